#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "os/files.hpp"
#include "serial/holder.hpp"
#include "serial/list.hpp"
#include "support/folder.hpp"

namespace meterpipe::serial {

namespace fs = std::filesystem;

namespace {

struct Tree {
  void file(const fs::path& path, std::string_view text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  void link(const fs::path& path, const fs::path& target) const {
    fs::create_directories((root / path).parent_path());
    fs::create_symlink(target, root / path);
  }
  meterpipe::test::Folder folder;
  fs::path root = folder.path();
};

}  // namespace

TEST_CASE("the list names what is known of a port and nothing else") {
  PortInfo bare, usb, paired;
  bare.path = "/dev/ttyS0";
  usb.path = "/dev/ttyUSB9";
  usb.driver = "ftdi_sio";
  usb.manufacturer = "FTDI";
  usb.product = "FT232R USB UART";
  usb.usb_id = "0403:6001";
  usb.by_id = {"/dev/serial/by-id/a", "/dev/serial/by-id/b"};
  paired.path = "/dev/rfcomm0";
  paired.bluetooth = "00:1A:7D:DA:71:13";
  CHECK(format_list({bare, usb, paired}) ==
        "/dev/ttyS0\n"
        "/dev/ttyUSB9  FTDI FT232R USB UART (0403:6001, ftdi_sio)\n"
        "    /dev/serial/by-id/a\n"
        "    /dev/serial/by-id/b\n"
        "/dev/rfcomm0  (Bluetooth 00:1A:7D:DA:71:13)\n");
  usb.serial = "A5069RR4";
  CHECK(format_list({usb}).find("(0403:6001, serial A5069RR4, ftdi_sio)") != std::string::npos);
}

TEST_CASE("the holder is the one with the lock, else those that have it open") {
  const Tree tree;
  tree.file("dev/tty", "");
  const std::string path = tree.root / "dev/tty";
  const std::string proc = tree.root / "proc";
  tree.file("proc/41/comm", "minicom\n");
  tree.link("proc/41/fd/3", path);
  tree.file("proc/7/comm", "socat\n");
  tree.link("proc/7/fd/0", "/dev/null");
  tree.link("proc/7/fd/5", path);
  tree.file("proc/8/comm", "idle\n");
  tree.link("proc/8/fd/0", "/dev/null");
  CHECK(describe(holders(path, proc)) == "socat (pid 7), minicom (pid 41)");
  CHECK(!lockers(path, proc));  // the list of locks is hidden

  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  tree.file("proc/locks", fmt::format("1: POSIX  ADVISORY  WRITE 8 {0:02x}:{1:02x}:{2} 0 EOF\n"
                                      "2: FLOCK  ADVISORY  WRITE 41 {0:02x}:{1:02x}:{2} 0 EOF\n"
                                      "3: FLOCK  ADVISORY  WRITE 7 {0:02x}:{1:02x}:{3} 0 EOF\n",
                                      status.st_dev >> 8 & 0xfff, status.st_dev & 0xff,
                                      status.st_ino, status.st_ino + 1));
  CHECK(describe(holders(path, proc)) == "minicom (pid 41)");
  CHECK(lockers(path, proc).value().size() == 1);
  CHECK(holders(tree.root / "dev/none", proc).empty());
  CHECK(describe({}).find("cannot be seen") != std::string::npos);
}

TEST_CASE("who would be refused is found by trying") {
  const Tree tree;
  tree.file("tty", "");
  const std::string path = tree.root / "tty";
  CHECK(!is_refused(path));
  CHECK(!is_refused(tree.root / "none"));
  {
    const os::Descriptor other(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(::flock(other.get(), LOCK_EX) == 0);
    CHECK(is_refused(path));
  }
  CHECK(!is_refused(path));  // the one before has left no lock
}

}  // namespace meterpipe::serial
