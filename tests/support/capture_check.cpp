// Runs the real tools over captures of real meters and prints counts:
//
//   capture-check TOOLS FOLDER
//
// Each capture as it is, without profiles, cut in two at every position, with noise before it,
// entered in mid-frame at every position, cut off in the middle, and with one bit of its key
// changed; then all of them as one log, in random orders. Without the folder it says so and passes.

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>

#include "base/hex.hpp"
#include "support/capture.hpp"
#include "support/programs.hpp"

namespace meterpipe::test {
namespace {

struct Count {
  int passed = 0, failed = 0;
};

constexpr const char* kNoises[] = {"00",
                                   "68",
                                   "6816e5",
                                   "68fafa68",
                                   "6805056853",
                                   "10ff68ffff6816",
                                   "7e",
                                   "7ea8a4cf0223",
                                   "53ff000167db08",
                                   "7ea7ff4103",
                                   "0001000100010",
                                   "ffffffffffffffff68ff",
                                   "e6e700",
                                   "2f41"};

// In place of a record: a tool did not end with 0.
constexpr const char* kStatus = R"({"t":"status"})";

std::string bytes_record(const std::string& source, const std::string& hex) {
  return R"({"v":1,"t":"bytes","src":")" + source + R"(","hex":")" + hex + "\"}\n";
}

class Check {
 public:
  Check(std::string tools, const Folder& scratch) : tools_(std::move(tools)), scratch_(scratch) {}

  struct Options {
    Words frame, decode;
  };

  // One input, as records or lines of standard input.
  std::vector<Json> decode(const std::string& input, const std::string& keys,
                           const Options& options = {}) {
    const Ran ran = run({frame_words(options, {}), decrypt_words(keys), decode_words(options)},
                        {.in = scratch_.write("in", input)});
    std::vector<Json> records;
    for (const std::string& line : lines_of(ran.out)) records.push_back(Json::parse(line));
    if (ran.status != 0) records.emplace_back(kStatus);
    return records;
  }

  // The records of each of several inputs. Each is a file and so a source of its own: the tools are
  // started once for all of them.
  std::vector<std::vector<Json>> decode_each(const std::vector<std::string>& inputs,
                                             const std::string& keys, const Options& options) {
    return by_file(run({frame_words(options, inputs), decrypt_words(keys), decode_words(options)}),
                   inputs.size());
  }

  // The same of one input, each time with other keys.
  std::vector<std::vector<Json>> decode_with_each(const std::string& input,
                                                  const std::vector<std::string>& keys,
                                                  const Options& options) {
    const Ran framed = run({frame_words(options, std::vector<std::string>(keys.size(), input))});
    std::vector<std::string> apdus(keys.size());
    for (const std::string& line : lines_of(framed.out)) {
      apdus.at(file_of(Json::parse(line))) += line + '\n';
    }
    int status = framed.status;
    std::string plain;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Ran decrypted = run({decrypt_words(keys[i])}, {.in = scratch_.write("in", apdus[i])});
      plain += decrypted.out;
      status = std::max(status, decrypted.status);
    }
    Ran decoded = run({decode_words(options)}, {.in = scratch_.write("in", plain)});
    decoded.status = std::max(status, decoded.status);
    return by_file(decoded, keys.size());
  }

  void result(const std::string& kind, const std::string& id,
              const std::vector<std::string>& wrong) {
    Count& count = counts_[kind];
    ++(wrong.empty() ? count.passed : count.failed);
    if (wrong.empty() || ++shown_[kind + id.substr(0, id.find(' '))] > 3) return;
    for (const std::string& one : wrong) {
      std::printf("FAILED %s (%s): %s\n", id.c_str(), kind.c_str(), one.c_str());
    }
  }

  void as_it_is(const Capture& capture) {
    const std::string hex = to_hex(capture.bytes) + "\n";
    result("as it is", capture.id, compare(capture, decode(hex, capture.keys, of(capture))));
    result("without profiles", capture.id,
           compare(capture, decode(hex, capture.keys, of(capture, {"--profile", "none"}))));
    if (capture.category != "valid-badfcs") return;
    const auto wrong = expect_reason_only(decode(hex, capture.keys));
    result("rejected without --no-fcs", capture.id, wrong);
  }

  // Every cut is a source of its own, so that one run tries them all.
  void cut_everywhere(const Capture& capture) {
    by_source(
        "cut at every position", capture,
        [](Bytes bytes, std::size_t at) {
          const std::string source = "at" + std::to_string(at);
          return bytes_record(source, to_hex(bytes.first(at))) +
                 bytes_record(source, to_hex(bytes.subspan(at)));
        },
        compare);
  }

  // The end of a stream, then all of it: whatever the beginning gives, then all of it.
  void entered_everywhere(const Capture& capture) {
    by_source(
        "entered at every position", capture,
        [](Bytes bytes, std::size_t at) {
          return bytes_record("at" + std::to_string(at), to_hex(bytes.subspan(at)) + to_hex(bytes));
        },
        compare_the_last);
  }

  // Noise that holds starts of frames and false headers; its own error is expected.
  void behind_noise(const Capture& capture) {
    std::vector<std::string> noises(std::begin(kNoises), std::end(kNoises)), inputs;
    for (std::string& noise : noises) {
      if (noise.size() % 2 != 0) noise += '0';
      inputs.push_back(noise + to_hex(capture.bytes) + "\n");
    }
    auto all = decode_each(inputs, capture.keys, of(capture));
    for (std::size_t i = 0; i < noises.size(); ++i) {
      if (capture.category != "negative") std::erase_if(all[i], is_about_the_line);
      result("behind noise", capture.id + " behind " + noises[i], compare(capture, all[i]));
    }
  }

  void with_a_wrong_key(const Capture& capture) {
    std::vector<std::string> keys;
    for (std::size_t bit = 0; bit < 128; bit += 9) {
      char& digit = keys.emplace_back(capture.keys)[2 + bit / 4];
      digit = "0123456789abcdef"[hex_digit(digit) ^ (1 << bit % 4)];
    }
    for (const auto& records : decode_with_each(to_hex(capture.bytes) + "\n", keys, of(capture))) {
      result("one bit of the key wrong", capture.id, expect_reason_only(records));
    }
  }

  void half(const Capture& capture) {
    const Bytes bytes(capture.bytes);
    const auto halves = {to_hex(bytes.first(bytes.size() / 2)) + "\n",
                         to_hex(bytes.subspan(bytes.size() / 2)) + "\n"};
    for (const auto& records : decode_each(halves, capture.keys, of(capture))) {
      result("half the bytes", capture.id, expect_reason_only(records));
    }
  }

  // All good ones in one log, one line each and as one piece: every kind of frame behind every
  // other. One key ring for all.
  void one_log(const std::vector<Capture>& captures, bool lines, std::mt19937& random) {
    std::vector<const Capture*> order;
    std::string ring;
    for (const Capture& capture : captures) {
      if (!capture.keys.empty()) ring += capture.title + capture.keys.substr(1);
    }
    for (const Capture& capture : captures) {
      // Nobody published the key of this one, but another key of a meter with its title.
      const bool other_key = capture.category == "valid-nokey" && !capture.title.empty() &&
                             ring.find(capture.title) != std::string::npos;
      if (capture.category.starts_with("valid") && capture.category != "valid-badfcs" &&
          !other_key) {
        order.push_back(&capture);
      }
    }
    std::shuffle(order.begin(), order.end(), random);
    // Messages without a tag come before those of the same meter whose tag fits: behind them they
    // would not be believed.
    std::ranges::stable_partition(order, [](const Capture* capture) {
      return !std::ranges::any_of(capture->expected["apdus"].elements(),
                                  [](const Json& apdu) { return apdu["tag_ok"].raw() == "true"; });
    });
    // APDUs without a frame come first: behind frames with a check they do not count.
    std::stable_partition(order.begin(), order.end(),
                          [](const Capture* capture) { return capture->transport == "raw-apdu"; });
    std::string input;
    Capture all;
    std::string apdus;
    for (const Capture* capture : order) {
      input += to_hex(capture->bytes) + (lines ? "\n" : "");
      const std::string raw = capture->expected["apdus"].raw();
      const std::string inner = raw.substr(1, raw.size() - 2);
      apdus += (apdus.empty() || inner.empty() ? "" : ",") + inner;
    }
    all.category = "valid";
    all.expected = Json::parse("{\"apdus\":[" + apdus + "]}");
    auto records = decode(input + "\n", ring);
    std::erase_if(records, is_about_the_line);
    result(lines ? "one log of lines" : "one log in one piece", "all", compare(all, records));
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
  static Options of(const Capture& capture, const Words& decode = {}) {
    return {capture.category == "valid-badfcs" ? Words{"--no-fcs"} : Words{}, decode};
  }

  Words frame_words(const Options& options, const std::vector<std::string>& inputs) const {
    Words words{tools_ + "/mbus-frame"};
    words.insert(words.end(), options.frame.begin(), options.frame.end());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      words.push_back(scratch_.write(std::to_string(i), inputs[i]));
    }
    return words;
  }
  Words decrypt_words(const std::string& keys) const {
    Words words{tools_ + "/dlms-decrypt"};
    if (!keys.empty()) words.insert(words.end(), {"-k", scratch_.write("keys", keys)});
    return words;
  }
  Words decode_words(const Options& options) const {
    Words words{tools_ + "/cosem-decode"};
    words.insert(words.end(), options.decode.begin(), options.decode.end());
    return words;
  }
  // A file's name is its number, and so is the source of its records.
  static std::size_t file_of(const Json& record) { return std::stoul(record["src"].text()); }
  static std::vector<std::vector<Json>> by_file(const Ran& ran, std::size_t count) {
    std::vector<std::vector<Json>> records(count);
    for (const std::string& line : lines_of(ran.out)) {
      Json record = Json::parse(line);
      const std::size_t file = file_of(record);
      records.at(file).push_back(std::move(record));
    }
    if (ran.status != 0) {
      for (auto& some : records) some.emplace_back(kStatus);
    }
    return records;
  }

  template <class Input, class Compare>
  void by_source(const std::string& kind, const Capture& capture, Input input, Compare compare) {
    std::string text;
    for (std::size_t at = 1; at < capture.bytes.size(); ++at) text += input(capture.bytes, at);
    std::map<std::string, std::vector<Json>> found;
    for (Json& record : decode(text, capture.keys, of(capture))) {
      found[record["src"].text()].push_back(std::move(record));
    }
    for (std::size_t at = 1; at < capture.bytes.size(); ++at) {
      result(kind, capture.id + " at " + std::to_string(at),
             compare(capture, found["at" + std::to_string(at)]));
    }
  }

  std::string tools_;
  const Folder& scratch_;
  std::map<std::string, Count> counts_;
  std::map<std::string, int> shown_;
};

int run_all(const std::string& tools, const std::string& folder) {
  const std::vector<Capture> captures = load_captures(folder);
  if (captures.empty()) {
    std::printf("skipped: no captures of real meters at %s (0 of 0 tried)\n", folder.c_str());
    return 0;
  }
  const Folder scratch;
  Check check(tools, scratch);
  for (const Capture& capture : captures) {
    check.as_it_is(capture);
    check.cut_everywhere(capture);
    check.behind_noise(capture);
    if (capture.category != "negative") check.entered_everywhere(capture);
    check.half(capture);
    if (!capture.keys.empty()) check.with_a_wrong_key(capture);
  }
  std::mt19937 random(1);
  for (int round = 0; round < 10; ++round) {
    check.one_log(captures, true, random);
    check.one_log(captures, false, random);
  }
  std::printf("%zu captures tried\n", captures.size());
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
