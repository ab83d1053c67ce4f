#include "meterpipe/first.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/pieces.hpp"
#include "cli/options.hpp"
#include "io/capture_log.hpp"
#include "meterpipe/asking.hpp"
#include "meterpipe/counts.hpp"
#include "meterpipe/line_of_wire.hpp"
#include "meterpipe/printing.hpp"
#include "meterpipe/starting.hpp"
#include "os/child.hpp"
#include "os/files.hpp"
#include "os/log.hpp"
#include "os/pipeline.hpp"
#include "os/secrets.hpp"
#include "os/signals.hpp"
#include "os/status.hpp"
#include "serial/list.hpp"

namespace meterpipe::runner {
namespace {

constexpr long long kDetectMs = 180'000, kDecodeMs = 20'000, kDoctorMs = 60'000;

// A folder of this run alone, gone with it.
class Scratch {
 public:
  Scratch() {
    const char* const base = ::getenv("TMPDIR");
    path_ = std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/meterpipe.XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) throw os::file_error(path_, errno);
  }
  ~Scratch() {
    for (const char* name : {"/capture", "/apdus"}) ::unlink((path_ + name).c_str());
    ::rmdir(path_.c_str());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string capture() const { return path_ + "/capture"; }
  std::string apdus() const { return path_ + "/apdus"; }

 private:
  std::string path_;
};

std::string the_only_port() {
  const auto ports = serial::list_ports();
  if (ports.size() == 1) return ports.front().path;
  if (ports.empty()) {
    throw os::Fatal(os::kNoInput,
                    "no serial port is there: is the adapter plugged in? (dmesg shows what it "
                    "became)");
  }
  print(serial::format_list(ports));
  cli::usage_error("first: which of these ports has the adapter? meterpipe first PORT");
}

// By what mbus-read --detect finds; a status where it finds nothing.
int find_line(FirstLook& look) {
  say(fmt::format("Finding out what {} is set to: some seconds, at most three minutes …",
                  look.port));
  const auto found =
      os::capture(os::beside_us("mbus-read"), {"--detect", "--port=" + look.port}, kDetectMs);
  constexpr std::string_view kAnswer = "\nLINE=";
  const std::size_t at = found.out.rfind(kAnswer);
  if (found.status != 0 || at == std::string::npos) {
    print(found.out);
    os::write_all(STDERR_FILENO, found.err);
    return found.status == 0 ? os::kNo : found.status;
  }
  std::string_view rest = std::string_view(found.out).substr(at + kAnswer.size());
  look.line = take_piece(rest, '\n');
  return os::kOk;
}

// One message into the scratch folder, at the line that is set; false: none in time. That of a
// preset yields.
bool read_message(FirstLook& look, PresetLine line, const Scratch& scratch) {
  const auto attempt = [&](long long left_ms) -> PresetLine::Attempt {
    // What is left when a line was found out is no round number.
    const long long about_ms = left_ms < 10'000 ? left_ms : left_ms / 1000 * 1000;
    say(fmt::format("Reading one message at {}, at most {} …", look.line, seconds(about_ms)));
    const os::Descriptor apdus(
        ::open(scratch.apdus().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (apdus.get() < 0) throw os::file_error(scratch.apdus(), errno);
    Counts counts;
    const auto listen = [&counts](const char* name) {
      return [&counts, name](std::string_view said) {
        if (!counts.take(name, said)) os::Log::relay(said);
      };
    };
    std::vector<std::string> words{"--port=" + look.port, "--line=" + look.line, "--no-reconnect",
                                   "--quiet", "--stats"};
    if (look.preset != nullptr && look.preset->answer && look.port != "-") {
      words.emplace_back("--answer");
    }
    os::Pipeline pipeline(
        {{"mbus-read", os::beside_us("mbus-read"), std::move(words), nullptr, listen("mbus-read")},
         {"log",
          "",
          {},
          [&scratch] {
            return io::CaptureLog{scratch.capture(), 1U << 30, 0}.run();
          },
          listen("log")},
         {"mbus-frame",
          os::beside_us("mbus-frame"),
          {"--count=1", "--quiet", "--stats"},
          nullptr,
          listen("mbus-frame")}},
        {.own_input = look.port == "-", .output = apdus.get()});
    bool is_wrong = false;
    const auto outcome = pipeline.run(left_ms, line.look(pipeline, counts, left_ms, is_wrong));
    return {outcome, is_wrong};
  };
  const auto outcome = line.run(
      {.timeout_ms = look.timeout_ms, .attempt = attempt, .take = [&](const std::string& found) {
         look.line = found;
         // Of what was no message the doctor has nothing to say.
         ::unlink(scratch.capture().c_str());
       }});
  if (!outcome.failed.empty()) {
    throw os::Fatal(static_cast<os::Status>(outcome.status), "{} {}", outcome.failed, outcome.how);
  }
  struct stat status {};
  if (os::Signals::received() != 0) return false;
  return ::stat(scratch.apdus().c_str(), &status) == 0 && status.st_size != 0;
}

struct Decoded {
  std::string text;        // a value a line
  bool wants_key = false;  // it is ciphered, and there is none for it
  bool is_wrong_key = false;
};

// With the file of keys, or the line of one, which then stands nowhere else.
Decoded decode(const Scratch& scratch, const std::string& keys, const std::string& key_line) {
  std::vector<std::string> words{scratch.apdus()};
  if (!key_line.empty()) words.insert(words.begin(), "--keys=-");
  if (!keys.empty()) words.insert(words.begin(), "--keys=" + keys);
  const os::Pipe in = os::make_pipe(), out = os::make_pipe();
  if (os::write_all(in.write, key_line) != 0)
    throw os::Fatal(os::kIoError, "cannot hand over a key");
  ::close(in.write);
  Decoded decoded;
  std::string said;
  {
    const auto note = [&said](std::string_view line) { said.append(line).append(1, '\n'); };
    os::Pipeline pipeline({{"dlms-decrypt", os::beside_us("dlms-decrypt"), words, nullptr, note},
                           {"cosem-decode",
                            os::beside_us("cosem-decode"),
                            {"--count=1", "--output=text"},
                            nullptr,
                            note}},
                          {.input = in.read, .output = out.write});
    ::close(in.read);
    const auto outcome = pipeline.run(kDecodeMs);
    ::close(out.write);
    decoded.text = os::read_all(out.read, "the values", 1U << 20);
    ::close(out.read);
    // 65: nothing in it could be read, which is asked below.
    if (!outcome.failed.empty() && outcome.status != os::kData) {
      os::write_all(STDERR_FILENO, said);
      throw os::Fatal(static_cast<os::Status>(outcome.status), "{} {}", outcome.failed,
                      outcome.how);
    }
  }
  decoded.wants_key = said.find("no-key") != std::string::npos;
  decoded.is_wrong_key = said.find("wrong-key") != std::string::npos;
  return decoded;
}

// In columns.
std::string table_of(std::string_view text) {
  std::vector<std::array<std::string_view, 3>> rows;
  std::array<std::size_t, 2> widths{};
  while (!text.empty()) {
    std::string_view line = take_piece(text, '\n');
    std::array<std::string_view, 3> row{};
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t end = i + 1 < row.size() ? line.find("  ") : line.npos;
      row[i] = line.substr(0, end);
      line.remove_prefix(end == line.npos ? line.size() : end + 2);
    }
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    rows.push_back(row);
  }
  std::string table;
  for (const auto& [code, name, value] : rows) {
    table += fmt::format("{:<{}}  {:<{}}  {}\n", code, widths[0], name, widths[1], value);
  }
  return table;
}

// What the layers say of the capture.
int ask_doctor(const FirstLook& look, const Scratch& scratch) {
  struct stat status {};
  if (::stat(scratch.capture().c_str(), &status) != 0 || status.st_size == 0) {
    say(fmt::format(
        "Nothing came within {}. Is the customer interface activated by the operator, "
        "the adapter the right one (M-Bus: a slave, no master), and the plug in the right "
        "socket? `meterpipe operators NAME` shows adapter and wiring.",
        seconds(look.timeout_ms)));
    return os::kNo;
  }
  std::vector<std::string> words{scratch.capture()};
  if (!look.keys.empty()) words.insert(words.begin(), "--keys=" + look.keys);
  const auto said = os::capture(os::beside_us("meter-doctor"), words, kDoctorMs);
  print(said.out);
  os::write_all(STDERR_FILENO, said.err);
  return said.status == os::kOk ? os::kNo : said.status;
}

std::string wrong_name(const std::string& path) {
  if (path.empty() || ::access(path.c_str(), F_OK) != 0) return "";
  return "   " + path + ": is there already";
}

// A key that fits, from who sits there; the line of a key file. Empty: none.
std::string ask_key(const Scratch& scratch, Decoded& decoded) {
  os::forbid_core_dumps();
  const auto wrong = [&](const std::string& text) -> std::string {
    if (std::string trouble = wrong_key(text); !trouble.empty() || text.empty()) return trouble;
    decoded = decode(scratch, "", "* " + text + "\n");
    return decoded.text.empty() ? "   it is not the key of this meter" : "";
  };
  const std::string key =
      ask("The message is ciphered. The key (32 hex digits, and the authentication key behind it "
          "if there is one), nothing to give up; it does not show: ",
          "", wrong, Echo::hidden);
  return key.empty() ? "" : "* " + key + "\n";
}

void offer_to_keep(const std::string& key_line) {
  const std::string path = ask("Keep the key in which file? nothing for none: ", "", wrong_name);
  if (path.empty()) return;
  const os::Descriptor fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) throw os::file_error(path, errno);
  if (const int error = os::write_all(fd.get(), key_line); error != 0) {
    throw os::file_error(path, error);
  }
  say(fmt::format("{}: written, for its owner alone", path));
}

}  // namespace

int first(FirstLook look) {
  if (look.port.empty()) look.port = the_only_port();
  const bool is_device = look.port != "-" && look.port.find("://") == std::string::npos;
  const PresetLine preset(look.port, look.line.empty() ? look.preset : nullptr);
  if (look.line.empty() && look.preset != nullptr) look.line = look.preset->line;
  if (look.line.empty() && is_device) {
    if (const int status = find_line(look); status != os::kOk) return status;
  }
  if (look.line.empty()) look.line = "2400-8E1";  // of a connection: somebody else has set it
  const Scratch scratch;
  if (!read_message(look, preset, scratch)) {
    // Who ended it has not waited for it.
    return os::Signals::received() != 0 ? os::kNo : ask_doctor(look, scratch);
  }
  Decoded decoded = decode(scratch, look.keys, "");
  std::string key_line;
  if (decoded.text.empty() && decoded.wants_key && look.keys.empty()) {
    key_line = ask_key(scratch, decoded);
  }
  if (decoded.text.empty()) return ask_doctor(look, scratch);
  print(table_of(decoded.text));
  if (!key_line.empty()) offer_to_keep(key_line);
  say(fmt::format("\nport = \"{}\"\nline = \"{}\"\nNext: meterpipe init NAME", look.port,
                  look.line));
  return os::kOk;
}

}  // namespace meterpipe::runner
