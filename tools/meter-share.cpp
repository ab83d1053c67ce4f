// meter-share: makes of a capture one that may be shown to others. meter-share(1).
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/counted.hpp"
#include "cli/common.hpp"
#include "cli/options.hpp"
#include "io/input.hpp"
#include "io/output.hpp"
#include "keys/key_finder.hpp"
#include "keys/keys.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/sandbox.hpp"
#include "os/secrets.hpp"
#include "os/status.hpp"
#include "share/anonymise.hpp"

namespace meterpipe {
namespace {

constexpr std::size_t kLargest = std::size_t{64} << 20;

struct Arguments {
  std::string keys, new_keys, output;
  bool insecure_key_file = false;
  std::optional<std::uint64_t> seed;
  cli::Common common;
};

class Keys final : public share::KeyRings {
 public:
  explicit Keys(const keys::KeyRing& ring) : ring_(ring), old_(ring) {}

  apdu::KeySource& old_keys() override { return old_; }
  apdu::KeySource& new_keys(std::string_view lines) override {
    std::vector<std::string> warnings;
    new_ring_ = keys::KeyRing::parse(lines, "the new keys", warnings);
    new_ = std::make_unique<keys::KeyFinder>(new_ring_);
    return *new_;
  }
  std::vector<Bytes> secrets() const override {
    std::vector<Bytes> all;
    for (const keys::KeyRing::Entry& entry : ring_.entries()) {
      for (const Bytes key :
           {Bytes(entry.encryption), Bytes(entry.authentication), Bytes(entry.broadcast)}) {
        if (!key.empty()) all.push_back(key);
      }
    }
    return all;
  }

 private:
  const keys::KeyRing& ring_;
  keys::KeyFinder old_;
  keys::KeyRing new_ring_;
  std::unique_ptr<keys::KeyFinder> new_;
};

// The last that is opened, but for the file of the new keys.
std::string read_all(const Arguments& arguments, io::Output& output) {
  const std::string& path = arguments.common.files.front();
  io::Input input({path}, false);
  if (arguments.new_keys.empty()) {
    os::contain({os::Calls::pipe, {}});
  } else {
    os::contain({os::Calls::write, {.change = {os::folder_of(arguments.new_keys)}}});
  }
  std::string text;
  while (const auto chunk = input.read(output)) {
    if (text.size() + chunk->text.size() > kLargest) {
      throw os::Fatal(os::kData,
                      path + ": more than 64 MiB: share a part of it (head -c, split -l)");
    }
    text += chunk->text;
  }
  return text;
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    throw os::Fatal(os::kIoError, "getrandom: {}", std::strerror(errno));
  }
  return seed;
}

// A new file: what may be somebody's keys is never written over.
void write_keys(const std::string& path, std::string_view lines) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) throw os::file_error(path, errno);
  while (!lines.empty()) {
    const ssize_t n = write(fd, lines.data(), lines.size());
    if (n < 0) {
      const int error = errno;
      close(fd);
      throw os::file_error(path, error);
    }
    lines.remove_prefix(static_cast<std::size_t>(n));
  }
  if (close(fd) != 0) throw os::file_error(path, errno);
}

void say(const share::Anonymised& made) {
  for (const auto& [why, count] : made.framing) {
    os::log_warning("{} on the line: {}", counted(count, "fault"), why);
  }
  for (const auto& [why, count] : made.left_out) {
    os::log_warning("{} left out: {}", counted(count, "message"), why);
  }
  if (made.other_records != 0) {
    os::log_warning("{} left out: neither bytes nor apdu", counted(made.other_records, "record"));
  }
  if (made.bad_lines != 0) {
    os::log_warning("{} left out: cannot be read", counted(made.bad_lines, "line"));
  }
  const std::string answers =
      made.answers == 0 ? "" : fmt::format(", {} of other meters", counted(made.answers, "answer"));
  os::log_info("{} in, {} re-ciphered, {} plain{}, {} that belong to no readable message left out",
               counted(made.messages, "message"), made.reciphered, made.plain, answers,
               counted(made.bytes_left_out, "byte"));
}

// " (2 bad-fcs, 1 no-key)": why nothing came out.
std::string reasons(const share::Anonymised& made) {
  std::string text;
  for (const auto* some : {&made.framing, &made.left_out}) {
    for (const auto& [why, count] : *some) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, why);
    }
  }
  return text.empty() ? text : " (" + text + ')';
}

[[noreturn]] void refuse(const std::string& capture, const share::AnonymiseFault& fault) {
  using Kind = share::AnonymiseFault::Kind;
  switch (fault.kind) {
    case Kind::nothing:
      say(fault.so_far);
      throw os::Fatal(os::kData, "{}: {}{}", capture, fault.text, reasons(fault.so_far));
    case Kind::bin_keys: cli::usage_error(fault.text + ": use --new-keys FILE, or -o hex");
    case Kind::left:
      throw os::Fatal(os::kData, "{}: a title, a serial or a key would be left {}: nothing written",
                      capture, fault.text);
    case Kind::differs:
      throw os::Fatal(os::kData, "{}: {} would be changed: nothing written", capture, fault.text);
    default: throw os::Fatal(os::kSoftware, "{}: {}: nothing written", capture, fault.text);
  }
}

void parse(cli::Options& options, Arguments& arguments, int argc, char** argv) {
  options.positional("CAPTURE", arguments.common.files,
                     "what is to be shown to others; without it, or -: standard input");
  options.value("-k,--keys", arguments.keys, "FILE", "keys that open it");
  options.flag("--insecure-key-file", arguments.insecure_key_file,
               "accept a key file that others can read");
  cli::add_input_option(options, arguments.common);
  options.choice("-o,--output", arguments.output, {"hex", "json", "bin"},
                 "form of the output (that of the capture)");
  options.value("--new-keys", arguments.new_keys, "FILE",
                "write the fresh keys to FILE, not to '# key:' lines at the top");
  options.number("--seed", arguments.seed, "N",
                 "the same keys and names for the same N (random ones each time)");
  cli::add_log_options(options, arguments.common);
  options.parse(argc, argv);
  cli::apply_log_options("meter-share", arguments.common);
  if (arguments.common.files.empty()) arguments.common.files.emplace_back("-");
  if (arguments.common.files.size() > 1) {
    cli::usage_error("one capture at a time, {} found: cat them, or call it for each",
                     arguments.common.files.size());
  }
  if (arguments.common.reads_stdin() && arguments.keys == "-") {
    cli::usage_error("- and --keys - exclude each other: there is one standard input");
  }
}

int run(int argc, char** argv) {
  Arguments arguments;
  cli::Options options("meter-share",
                       "Prints a capture with fresh keys and made-up titles and serials, so that "
                       "it may be shown to others.");
  parse(options, arguments, argc, argv);
  const std::string& capture = arguments.common.files.front();
  if (!arguments.new_keys.empty() && access(arguments.new_keys.c_str(), F_OK) == 0) {
    throw os::Fatal(os::kIoError, arguments.new_keys + ": exists: no key file is written over");
  }
  os::forbid_core_dumps();
  const keys::KeyRing ring = keys::load_keys(arguments.keys, arguments.insecure_key_file);
  io::Output output;
  const std::string text = read_all(arguments, output);
  share::AnonymiseSettings settings;
  settings.input = arguments.common.form;
  if (!arguments.output.empty()) {
    settings.output = arguments.output == "json"  ? share::SharedForm::json
                      : arguments.output == "bin" ? share::SharedForm::bin
                                                  : share::SharedForm::hex;
  }
  settings.seed = arguments.seed ? *arguments.seed : random_seed();
  settings.keys_in_output = arguments.new_keys.empty();
  Keys keys(ring);
  const auto made = share::anonymise(text, settings, keys);
  if (!made) refuse(capture, made.error());
  if (!arguments.new_keys.empty()) write_keys(arguments.new_keys, made->keys);
  output.buffer().add(made->text);
  output.close();
  say(*made);
  return os::kOk;
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("meter-share", [&] { return meterpipe::run(argc, argv); });
}
