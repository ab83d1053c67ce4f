// Whole files: what is read, written and replaced, and which files with secrets are refused.
#include "os/files.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/fnv.hpp"
#include "os/secrets.hpp"
#include "os/status.hpp"
#include "support/folder.hpp"

namespace meterpipe::os {

namespace {

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// The status of what it throws, and the message behind `path`; 0 and nothing: it throws nothing.
template <class Action>
std::pair<int, std::string> fatal_of(const std::string& path, const Action& action) {
  try {
    action();
  } catch (const Fatal& fatal) {
    const std::string text = fatal.what();
    CHECK(text.starts_with(path));
    return {fatal.status(), text.substr(path.size())};
  }
  return {0, ""};
}

using Refused = std::pair<int, std::string>;

}  // namespace

TEST_CASE("files: all is read, and one byte more than is wanted tells that there is more") {
  const test::Folder folder;
  for (const std::size_t size : {0, 1, 15, 16, 16'383, 16'384, 16'385, 100'000}) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2654435761U >> 13);
    const std::string path = folder.write("f", text);
    for (const std::size_t most : {std::size_t{0}, size / 2, size, size + 1, 10 * size + 7}) {
      CAPTURE(size);
      CAPTURE(most);
      const Descriptor file(open_file(path));
      CHECK(read_all(file.get(), path, most) == text.substr(0, most + 1));
    }
  }
  CHECK(fatal_of(folder.file("none"), [&] { open_file(folder.file("none")); }) ==
        Refused{kNoInput, ": No such file or directory"});
  const Descriptor itself(open_file(folder.file("")));
  CHECK(fatal_of("name", [&] { read_all(itself.get(), "name", 10); }) ==
        Refused{kIoError, ": Is a directory"});
}

TEST_CASE("files: a pipe is read and written in whatever pieces it takes") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  std::string sent(300'000, 'x');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i % 251);
  int error = -1;
  std::thread writer([&] {
    error = write_all(ends[1], sent);
    ::close(ends[1]);
  });
  const Descriptor reader(ends[0]);
  const std::string got = read_all(reader.get(), "pipe", 1 << 20);
  writer.join();
  CHECK(error == 0);
  CHECK(got == sent);
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  CHECK(write_all(full.get(), "x") == ENOSPC);
  CHECK(write_all(full.get(), "") == 0);
}

TEST_CASE("files: a file is replaced as a whole or stays, with its mode under any umask") {
  const test::Folder folder;
  const std::string path = folder.write("f", "old");
  const mode_t before = ::umask(077);
  replace_file(path, "new", 0644);
  ::umask(before);
  CHECK(content_of(path) == "new");
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0644);
  CHECK(::access((path + ".tmp").c_str(), F_OK) != 0);
  const std::string lost = folder.file("none/f");
  CHECK(fatal_of(lost, [&] { replace_file(lost, "x", 0644); }) ==
        Refused{kNoInput, ".tmp: No such file or directory"});
  CHECK(fatal_of("/dev/null", [] { replace_file("/dev/null", "x", 0644); }) ==
        Refused{kIoError, ": is there and no file"});
  // What stands beside it under that name is not followed.
  REQUIRE(::symlink("f", (path + ".tmp").c_str()) == 0);
  replace_file(path, "x", 0644);
  CHECK(content_of(path) == "x");
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  CHECK(S_ISREG(status.st_mode));
  REQUIRE(::mkdir((path + ".tmp").c_str(), 0700) == 0);
  CHECK(fatal_of(path, [&] { replace_file(path, "y", 0644); }).first == kIoError);
  CHECK(content_of(path) == "x");
}

TEST_CASE("secrets: which files are refused") {
  const test::Folder folder;
  const std::string path = folder.write("s", "secret");
  const auto check = [&](Secret secret, Guarded guarded) {
    const Descriptor file(open_file(path));
    return fatal_of(path, [&] { check_secret(secret, file.get(), path, guarded); });
  };
  for (mode_t mode = 0400; mode <= 0777; ++mode) {
    CAPTURE(mode);
    if ((mode & 0400) == 0) continue;
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    const Refused keys =
        (mode & 077) == 0
            ? Refused{}
            : Refused{kNoPermission, ": others may read the keys (mode 0" +
                                         std::to_string(mode >> 6) + std::to_string(mode >> 3 & 7) +
                                         std::to_string(mode & 7) +
                                         "): chmod 600 it, or use --insecure-key-file"};
    CHECK(check(Secret::keys, Guarded::no) == keys);
    const Refused password =
        (mode & 004) == 0
            ? Refused{}
            : Refused{kNoPermission, ": everybody can read this password (chmod o-r it)"};
    CHECK(check(Secret::password, Guarded::no) == password);
    for (const Guarded guarded : {Guarded::by_systemd, Guarded::by_user}) {
      CHECK(check(Secret::keys, guarded) == Refused{});
      CHECK(check(Secret::password, guarded) == Refused{});
    }
  }
  const Descriptor itself(open_file(folder.file("")));
  CHECK(fatal_of("f", [&] { check_secret(Secret::keys, itself.get(), "f", Guarded::by_user); }) ==
        Refused{kConfig, ": a folder, no key file"});
  CHECK(fatal_of("f", [&] { check_secret(Secret::password, itself.get(), "f", Guarded::no); }) ==
        Refused{});
}

TEST_CASE("hash: the values that saved files hold") {
  CHECK(fnv1a_64("") == 0xcbf29ce484222325);
  CHECK(fnv1a_64("a") == 0xaf63dc4c8601ec8c);
  CHECK(fnv1a_64("\xff") == 0xaf64724c8602eb6e);  // a byte, not a sign
  CHECK(fnv1a_32("a") == 0xe40c292c);
}

}  // namespace meterpipe::os
