// The first corpus of each target: a folder of its own in OUT, made of
//
//   what simulated meters send, in every form that the layers see it
//   the project's own captures (tests/captures), captures of real meters and cases beside them
//
//   fuzz-seeds SOURCE CAPTURES OUT
//
// Files that are there already stay: a corpus grows.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

#include "base/hex.hpp"
#include "base/timestamp.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/keys.hpp"
#include "keys/keys.hpp"
#include "record/records.hpp"
#include "sim/simulator.hpp"
#include "spool/batch_codec.hpp"
#include "support/anonymised.hpp"
#include "support/capture.hpp"
#include "support/pasted_forms.hpp"
#include "support/text.hpp"

namespace meterpipe::fuzz {
namespace {

namespace fs = std::filesystem;

using Targets = std::initializer_list<std::string_view>;
const Targets kStream{"link", "frames", "serial", "chain"};
const Targets kText{"dump", "lines", "chain", "share"};
const Targets kApdu{"apdu", "frames", "views"};
const Targets kPlain{"apdu", "readings", "views", "plans"};

class Corpora {
 public:
  explicit Corpora(fs::path to) : to_(std::move(to)) {}

  void add(Targets targets, const std::string& name, Bytes bytes) {
    for (const std::string_view target : targets) {
      const fs::path folder = to_ / target;
      fs::create_directories(folder);
      const fs::path path = folder / name;
      if (fs::exists(path)) continue;
      std::ofstream(path, std::ios::binary) << as_text(bytes);
      ++files_;
    }
  }
  void add(Targets targets, const std::string& name, std::string_view text) {
    add(targets, name, as_bytes(text));
  }
  // Behind bytes that say how.
  void add_after(Targets targets, const std::string& name, const ByteVector& how, Bytes bytes) {
    add(targets, name, test::join(how, bytes));
  }
  std::size_t files() const { return files_; }

 private:
  fs::path to_;
  std::size_t files_ = 0;
};

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string record_of(const sim::Message& message, Bytes apdu, int n) {
  const std::string ts = format_timestamp(message.sent * 1'000'000 + n);
  record::ApduRecord record;
  record.head = {ts, "port", static_cast<std::uint64_t>(n)};
  record.bytes.assign(apdu.begin(), apdu.end());
  Buffer text;
  record::write(text, record);
  return std::string(text.view());
}

void add_meter(Corpora& corpora, const sim::Meter& meter) {
  const std::string name(meter.name);
  const sim::SimSettings settings = test::settings_of(meter, 1);
  sim::Simulator simulator(settings);
  ByteVector stream;
  std::string lines, apdus;
  for (int n = 1; n <= 2; ++n) {
    const auto made = simulator.next();
    if (!made) return;
    const sim::Message& message = **made;
    for (const ByteVector& frame : message.frames) {
      append(stream, frame);
      lines += to_hex(frame) + "\n";
    }
    apdus += record_of(message, message.apdu, n);
    if (n != 1) continue;
    corpora.add(kApdu, name + ".apdu", message.apdu);
    corpora.add(kPlain, name + ".plain", message.plain);
    corpora.add_after({"cipher"}, name, {2, 0, 1, 17}, message.plain);
    for (std::uint8_t link = 0; link < 3; ++link) {  // each is cut, and each has blocks once
      const std::string kind = name + std::to_string(link);
      const auto how = static_cast<std::uint8_t>(message.plain.size() % 2 == 0 ? 0 : 0x41);
      corpora.add_after({"carry"}, kind, {link, how, 100}, message.apdu);
      const std::size_t form = (message.apdu.size() + link) % test::pasted_forms().size();
      const ByteVector forms{static_cast<std::uint8_t>(form >> 8), static_cast<std::uint8_t>(form)};
      corpora.add_after({"paste"}, kind, test::join(forms, ByteVector{link, 0, 245}), message.apdu);
    }
    corpora.add(kStream, name + ".one", stream);
    corpora.add({"doctor"}, name + ".one", stream);  // some only: it takes its time
    const auto push = apdu::parse_header(message.plain);
    if (push) corpora.add({"data"}, name, Bytes(message.plain).subspan(push->body));
  }
  corpora.add(kStream, name, stream);
  corpora.add(kText, name + ".hex", lines);
  corpora.add({"lines", "doctor"}, name + ".apdus", apdus);
  test::Seen seen(test::key_line(settings));
  seen.read(lines);
  std::string readings;
  for (const test::Json& one : seen.readings) readings += one.raw() + "\n";
  corpora.add({"intake", "lines", "json"}, name + ".readings", readings);
  corpora.add({"keys"}, name, test::key_line(settings));
}

// A text of any kind goes wherever texts are read.
void add_files(Corpora& corpora, const fs::path& folder, Targets targets, const char* extension) {
  if (!fs::is_directory(folder)) return;
  for (const auto& one : fs::recursive_directory_iterator(folder)) {
    const fs::path& path = one.path();
    if (!one.is_regular_file() || one.file_size() > 200'000) continue;
    if (*extension != '\0' && path.extension() != extension) continue;
    std::string name = path.lexically_relative(folder.parent_path());
    for (char& c : name) c = c == '/' ? '-' : c;
    corpora.add(targets, name, contents(path));
  }
}

void add_words(Corpora& corpora) {
  int n = 0;
  mqtt::Batch batch = mqtt::event_of("house", {"m/house/json", "{}", true}, "4b464d:1", "none");
  batch.messages.emplace_back("m/house/1-0:1.8.0", "1327456", true);
  batch.first_byte = 1'795'000'000'000'000;
  for (const bool late : {false, true}) {
    if (late) batch.history = mqtt::Message("m/house/history", "{}", false);
    const std::string bytes = spool::encode(batch);
    corpora.add({"spool"}, "batch" + std::to_string(n++), std::string_view(bytes));
    // The target adds a checksum of its own.
    corpora.add({"spool"}, "batch" + std::to_string(n++),
                std::string_view(bytes).substr(0, bytes.size() - 4));
  }
  // A meter that goes on, written and read again; two meters; a header.
  corpora.add({"counters"}, "one", *from_hex("040001000104000100200300040001000500"));
  corpora.add({"counters"}, "two",
              *from_hex("040001000104010100200100100104000100110201000400020005"));
  corpora.add({"counters"}, "header", std::string_view("meterpipe counters 1\n"));
  // A heat meter's records, an old meter's counters, a unit in words, two values of an SML file.
  corpora.add({"wired"}, "heat",
              *from_hex("00785634122d2c1b04050400000c1367452301025a8003046d0b0bcd13029315000002ff68"
                        "07000fabcd"));
  corpora.add({"wired"}, "fixed",
              *from_hex("0178563412"
                        "0a00e97e0100000035010000"));
  corpora.add({"wired"}, "words",
              *from_hex("0505000000"
                        "02fc0348522574d4110d7c025750e20102"));
  corpora.add({"wired"}, "sml",
              *from_hex("0a7602016200620072630701770107313030313138350101727707010001080000ff6281"
                        "01621e52ff650000ffff0177070100100700ff0101621b520053ff38010101630000"
                        "00000000"));
  for (const char* text :
       {"232.0", "-0.50\n1e5", "18446744073709551615", "2026-11-22T17:00:00.123456Z",
        "2026-11-22 18:00:00+01:00", "raspberrypi:2000", "[fe80::1%eth0]:1883", "192.168.1.5",
        "mqtt://meter%40home@broker.example:8884/", "mqtts://[::1]", "\xc3\xa4\xe2\x80\xae\x1b[0m",
        "00ff7e68"}) {
    corpora.add({"text"}, "word" + std::to_string(n++), std::string_view(text));
  }
  for (const char* text :
       {R"({"v":1,"t":"apdu","ts":"2026-11-22T17:00:00.000000Z","src":"tty","seq":1,"hex":"0f00"})",
        R"({"v":1,"t":"bytes","ms":3,"line":"2400-8E1","marked":[1],"why":"gap","hex":"68ff"})",
        R"({ "a" : [1, -2.5e+3, {"b\u00e4": null}], "c":"\ud83d\ude00\n", "d":true })"}) {
    corpora.add({"json", "lines"}, "word" + std::to_string(n++), std::string_view(text));
  }
}

}  // namespace
}  // namespace meterpipe::fuzz

int main(int argc, char** argv) {
  using namespace meterpipe;
  using namespace meterpipe::fuzz;
  if (argc != 4) {
    std::fprintf(stderr, "usage: fuzz-seeds SOURCE CAPTURES OUT\n");
    return 64;
  }
  begin_asserts();
  const fs::path source = argv[1], captures = argv[2];
  Corpora corpora(argv[3]);
  for (const sim::Meter& meter : sim::meters()) add_meter(corpora, meter);
  add_words(corpora);
  add_files(corpora, source / "tests/captures", kText, ".hex");
  add_files(corpora, source / "profiles", {"profiles"}, ".profile");
  add_files(corpora, source / "operators", {"config"}, ".operator");
  add_files(corpora, source / "man/examples", {"config"}, ".conf");
  corpora.add(
      {"config"}, "json5",
      std::string_view("{ // a\n serial: { port: '/dev/x', parity: \"none\", baudRate: 0x960, },"
                       " mqtt: { password: \"a\\u00e4\", topicBase: 'b/', }, key: "
                       "\"00112233445566778899aabbccddeeff\" }"));
  add_files(corpora, captures, kText, ".hex");
  const fs::path cases = captures.parent_path() / "cases";
  add_files(corpora, cases, kText, "");
  add_files(corpora, cases / "wire", {"doctor"}, ".hex");
  add_files(corpora, cases / "keyfiles", {"keys"}, "");
  if (fs::is_directory(captures)) {
    for (const test::Capture& capture : test::load_captures(captures)) {
      corpora.add(kStream, capture.id, capture.bytes);
      for (const test::Json& apdu : capture.expected["apdus"].elements()) {
        if (!apdu["plain"]) continue;
        if (const auto plain = from_hex(apdu["plain"].text())) {
          corpora.add(kPlain, capture.id + ".plain", *plain);
        }
      }
    }
  }
  std::printf("counted: %zu new seeds\n", corpora.files());
  return 0;
}
