// Holds what dlms-decrypt and cosem-decode write of lines that are like the ones before against
// what they write when each line is read by itself (-vv: then nothing is remembered):
//
//   plan-check TOOLS
//
// Over all simulated meters and views, with lines that are like the ones before but for one thing.
// Prints counts and the seed (METERPIPE_SEED=N runs one again), and ends with 1 where they differ.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "apdu/security.hpp"
#include "base/buffer.hpp"
#include "base/hex.hpp"
#include "base/timestamp.hpp"
#include "record/records.hpp"
#include "sim/simulator.hpp"
#include "support/folder.hpp"
#include "support/programs.hpp"
#include "support/random.hpp"

namespace meterpipe::test {
namespace {

constexpr int kMessages = 60;

std::string replaced(std::string line, std::string_view what, const std::string& by) {
  const std::size_t at = line.find(what);
  return at == std::string::npos ? line : line.replace(at, what.size(), by);
}

// The value of a key, with its quotes; empty: there is none.
std::string_view value_of(std::string_view line, const std::string& key) {
  const std::size_t at = line.find('"' + key + "\":");
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + key.size() + 3;
  const std::size_t end =
      line[begin] == '"' ? line.find('"', begin + 1) + 1 : line.find_first_of(",}", begin);
  return line.substr(begin, end - begin);
}

class Lines {
 public:
  // One thing about the line is changed.
  std::string changed(const std::string& line) {
    const std::string hex(value_of(line, "hex")), seq(value_of(line, "seq")),
        ts(value_of(line, "ts")), counter(value_of(line, "counter"));
    const auto with = [&](const std::string& old, const std::vector<std::string>& values) {
      return old.empty() ? line
                         : replaced(line, ":" + old, ":" + values[random.below(values.size())]);
    };
    switch (random.below(14)) {
      case 0:
      case 1:
      case 2: return with(hex, {with_digit(hex, "0123456789abcdef")});
      case 3: return with(hex, {with_digit(hex, "ABCDEFgx \\:")});
      case 4: {
        std::string upper = hex;
        for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 32 : c);
        return with(hex, {upper});
      }
      case 5:
        return with(hex,
                    {hex.substr(0, hex.size() - 2) + "\"", hex.substr(0, hex.size() - 1) + "0\"",
                     hex.substr(0, hex.size() - 1) + "00\"", "\"\""});
      case 6:
        return with(seq, {"0" + seq, "-1", "1.5", "1e3", "18446744073709551616", "0",
                          "9223372036854775808", "\"" + seq + "\"", "null"});
      case 7: return with(counter, {"4294967295", "4294967296", "0" + counter, "0", "-3", "1.0"});
      case 8:
        return with(ts,
                    {"\"2026-13-01T00:00:00.000000Z\"", "\"2026-02-29T00:00:00.000000Z\"",
                     "\"2026-02-28 00:00:00.000000Z\"", "\"2026-02-28T00:00:60.000000Z\"",
                     "\"2026-02-28T24:00:00.000000Z\"", "\"2026-02-28T00:00:00.00000aZ\"",
                     "\"2026-02-28T00:00:00Z\"", "\"2026-02-28T01:02:03.456789+01:00\"",
                     "\"2026-02-28T00:00:00.000000z\"", "\"2028-02-29T23:59:59.999999Z\"", "\"\""});
      case 9:  // a key twice
        return replaced(line, "\"seq\":", "\"seq\":1,\"seq\":");
      case 10:  // a key that is not known; one key behind the others
        return random.one_in(2) ? replaced(line, "\"seq\":", "\"x\":[1,{\"hex\":2}],\"seq\":")
                                : replaced(replaced(line, "\"seq\":" + seq + ",", ""), "\"}",
                                           "\",\"seq\":" + seq + "}");
      case 11: return random.one_in(2) ? " " + line + " " : line + "\r";
      case 12: return line.substr(0, random.below(line.size()));
      default: return replaced(line, "\"t\":\"apdu\"", "\"t\":\"\\u0061pdu\"");
    }
  }

  Random random;

 private:
  std::string with_digit(std::string hex, std::string_view digits) {
    if (hex.size() > 2) hex[1 + random.below(hex.size() - 2)] = digits[random.below(digits.size())];
    return hex;
  }
};

class Check {
 public:
  explicit Check(std::string tools) : tools_(std::move(tools)) {}

  void meter(const sim::Meter& meter) {
    sim::SimSettings settings;
    settings.meter = &meter;
    settings.seed = lines_.random.bits();
    settings.start =
        sim::kFirstStart + 86400 * static_cast<sim::Seconds>(lines_.random.below(3000));
    settings.control = meter.control;
    settings.keys = sim::own_keys(meter, meter.control.value_or(0));
    const std::string keys =
        scratch_.write("keys", "title=" + to_hex(meter.title) + " ek=" + to_hex(settings.keys.ek) +
                                   " ak=" + to_hex(settings.keys.ak) +
                                   " broadcast=" + to_hex(settings.keys.broadcast) + '\n');
    const std::vector<std::string> ciphered = records_of(settings);
    std::string all;
    for (const std::string& line : ciphered) all += line + '\n';
    const Words decrypt{tools_ + "/dlms-decrypt", "-k", keys};
    const std::string plain = output(decrypt, all).out;
    compare(decrypt, ciphered, meter.name);
    const std::vector<std::string> records = lines_of(plain);
    for (const char* view : {"json", "text", "csv"}) {
      compare({tools_ + "/cosem-decode", "-o", view}, records, meter.name);
    }
  }

  int report() const {
    std::printf(
        "plans: %zu lines in %d streams counted: %zu of them changed, %d streams differ (seed "
        "%llu)\n",
        total_, streams_, changed_, wrong_, static_cast<unsigned long long>(seed()));
    return wrong_ == 0 ? 0 : 1;
  }

 private:
  std::vector<std::string> records_of(const sim::SimSettings& settings) {
    sim::Simulator simulator(settings);
    std::vector<std::string> lines;
    for (int i = 0; i < kMessages; ++i) {
      const auto message = simulator.next();
      if (!message) break;
      const std::string ts = format_timestamp((*message)->sent * 1'000'000 + 250'000 + i);
      record::ApduRecord record;
      record.head = {ts, settings.meter->name, static_cast<std::uint64_t>(i + 1)};
      record.link = "mbus";
      record.frames = "2";
      record.bytes = (*message)->apdu;
      Buffer text;
      record::write(text, record);
      lines.emplace_back(text.view().substr(0, text.size() - 1));
    }
    return lines;
  }

  Ran output(const Words& command, const std::string& input) {
    return run({command}, {scratch_.write("in", input), "/dev/null"});
  }

  void compare(Words command, const std::vector<std::string>& records, std::string_view meter) {
    std::string input;
    for (const std::string& line : records) {
      if (lines_.random.one_in(3)) {
        input += lines_.changed(line) + '\n';
        ++changed_, ++total_;
      }
      input += line + '\n';
      ++total_;
    }
    ++streams_;
    const Ran remembering = output(command, input);
    command.emplace_back("-vv");
    const Ran each = output(command, input);
    if (remembering.out == each.out && remembering.status == each.status && !each.out.empty())
      return;
    if (++wrong_ > 10) return;
    const auto [a, b] = std::ranges::mismatch(remembering.out, each.out);
    const auto begin =
        remembering.out.rfind('\n', static_cast<std::size_t>(a - remembering.out.begin()));
    std::printf("%s %s: statuses %d, %d; of lines like the last: %s\n", std::string(meter).c_str(),
                command[0].c_str(), remembering.status, each.status,
                remembering.out.substr(begin + 1, 2000).c_str());
  }

  std::string tools_;
  Folder scratch_;
  Lines lines_;
  std::size_t total_ = 0, changed_ = 0;
  int streams_ = 0, wrong_ = 0;
};

}  // namespace
}  // namespace meterpipe::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: plan-check TOOLS\n");
    return 64;
  }
  meterpipe::test::Check check(argv[1]);
  for (const auto& meter : meterpipe::sim::meters()) check.meter(meter);
  return check.report();
}
