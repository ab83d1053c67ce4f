// Runs the real tools over captures of real meters and prints counts:
//
//   capture-check TOOLS FOLDER
//
// Each capture as it is, cut in two at every position, with noise before it, with one bit of its
// key changed, and cut off in the middle. Without the folder it says so and passes.

#include <cstdio>
#include <map>

#include "base/hex.hpp"
#include "support/capture.hpp"
#include "support/shell.hpp"

namespace meterpipe::test {
namespace {

struct Count {
  int passed = 0, failed = 0;
};

class Check {
 public:
  Check(std::string tools, const Scratch& scratch) : tools_(std::move(tools)), scratch_(scratch) {}

  std::vector<Json> decode(const std::string& input, const std::string& keys) {
    const std::string file = scratch_.write("input", input);
    const std::string ring = keys.empty() ? "" : " -k " + scratch_.write("keys", keys);
    const Ran ran = run(tools_ + "/mbus-frame < " + file + " | " + tools_ + "/dlms-decrypt" + ring +
                        " | " + tools_ + "/cosem-decode");
    std::vector<Json> records;
    for (const std::string& line : lines_of(ran.out)) records.push_back(Json::parse(line));
    if (ran.status != 0) records.emplace_back(R"({"t":"status"})");
    return records;
  }

  void result(const std::string& kind, const std::string& id,
              const std::vector<std::string>& wrong) {
    Count& count = counts_[kind];
    ++(wrong.empty() ? count.passed : count.failed);
    for (const std::string& one : wrong) {
      std::printf("FAILED %s (%s): %s\n", id.c_str(), kind.c_str(), one.c_str());
    }
  }

  void as_it_is(const Capture& capture) {
    result("as it is", capture.id,
           compare(capture, decode(to_hex(capture.bytes) + "\n", capture.keys)));
  }

  // Every cut is a source of its own, so that one run tries them all.
  void cut_everywhere(const Capture& capture) {
    std::string input;
    for (std::size_t at = 1; at < capture.bytes.size(); ++at) {
      const Bytes bytes(capture.bytes);
      for (const Bytes part : {bytes.first(at), bytes.subspan(at)}) {
        input += R"({"v":1,"t":"bytes","src":"cut)" + std::to_string(at) + R"(","hex":")" +
                 to_hex(part) + "\"}\n";
      }
    }
    std::map<std::string, std::vector<Json>> by_source;
    for (Json& record : decode(input, capture.keys)) {
      by_source[record["src"].text()].push_back(std::move(record));
    }
    for (std::size_t at = 1; at < capture.bytes.size(); ++at) {
      result("cut at every position", capture.id + " at " + std::to_string(at),
             compare(capture, by_source["cut" + std::to_string(at)]));
    }
  }

  // Noise that holds starts of frames and a false header; its own error is expected.
  void behind_noise(const Capture& capture) {
    for (const char* noise : {"00", "68", "6816e5", "68fafa68", "6805056853", "10ff68ffff6816",
                              "53ff000167db08", "ffffffffffffffff68ff"}) {
      std::vector<Json> records =
          decode(std::string(noise) + to_hex(capture.bytes) + "\n", capture.keys);
      if (capture.category != "negative") {
        std::erase_if(records, [](const Json& record) {
          const std::string code = record["code"].text();
          return code == "noise" || code == "truncated" || code == "bad-checksum";
        });
      }
      result("behind noise", capture.id + " behind " + noise, compare(capture, records));
    }
  }

  void with_a_wrong_key(const Capture& capture) {
    for (std::size_t bit = 0; bit < 128; bit += 9) {
      std::string keys = capture.keys;
      char& digit = keys[2 + bit / 4];
      digit = "0123456789abcdef"[hex_digit(digit) ^ (1 << bit % 4)];
      result("one bit of the key wrong", capture.id,
             expect_reason_only(decode(to_hex(capture.bytes) + "\n", keys)));
    }
  }

  void half(const Capture& capture) {
    const Bytes bytes(capture.bytes);
    for (const Bytes part : {bytes.first(bytes.size() / 2), bytes.subspan(bytes.size() / 2)}) {
      result("half the bytes", capture.id,
             expect_reason_only(decode(to_hex(part) + "\n", capture.keys)));
    }
  }

  int report() const {
    int failed = 0;
    for (const auto& [kind, count] : counts_) {
      std::printf("%-26s %5d passed, %d failed\n", kind.c_str(), count.passed, count.failed);
      failed += count.failed;
    }
    return failed == 0 ? 0 : 1;
  }

 private:
  std::string tools_;
  const Scratch& scratch_;
  std::map<std::string, Count> counts_;
};

// What the link and transport layers read by now.
bool is_readable(const Capture& capture) {
  return capture.transport == "mbus" ||
         (capture.transport == "raw-apdu" && capture.id.starts_with("salzburg"));
}

int run_all(const std::string& tools, const std::string& folder) {
  const std::vector<Capture> captures = load_captures(folder);
  if (captures.empty()) {
    std::printf("skipped: no captures of real meters at %s (0 of 0 tried)\n", folder.c_str());
    return 0;
  }
  const Scratch scratch;
  Check check(tools, scratch);
  std::size_t tried = 0;
  for (const Capture& capture : captures) {
    if (!is_readable(capture)) continue;
    ++tried;
    check.as_it_is(capture);
    if (capture.transport == "mbus") {
      check.cut_everywhere(capture);
      check.behind_noise(capture);
    }
    check.half(capture);
    if (!capture.keys.empty()) check.with_a_wrong_key(capture);
  }
  std::printf("%zu of %zu captures tried\n", tried, captures.size());
  return check.report();
}

}  // namespace
}  // namespace meterpipe::test

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: capture-check TOOLS FOLDER\n");
    return 64;
  }
  return meterpipe::test::run_all(argv[1], argv[2]);
}
