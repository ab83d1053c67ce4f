#include "doctor/line_evidence.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "doctor/changed_bytes.hpp"
#include "doctor/file_kinds.hpp"
#include "doctor/foreign.hpp"
#include "doctor/frame_scan.hpp"
#include "doctor/line_hypotheses.hpp"
#include "doctor/stray_bytes.hpp"
#include "doctor/traces.hpp"
#include "link/framer.hpp"

namespace meterpipe::doctor {
namespace {

constexpr std::size_t kMostBursts = 16384;
constexpr double kSure = 20;  // bits that chance gains once in a million

struct Numbers {
  std::size_t distinct = 0;
  double entropy = 0;
  double levels = 0;  // share of 00 and FF
};

Numbers numbers_of(const LineEvidence& line) {
  Numbers out;
  const auto total = static_cast<double>(line.total);
  for (const std::uint64_t count : line.histogram) {
    if (count == 0) continue;
    ++out.distinct;
    const double share = static_cast<double>(count) / total;
    out.entropy -= share * std::log2(share);
  }
  out.levels = static_cast<double>(line.histogram[0x00] + line.histogram[0xff]) / total;
  return out;
}

double share(std::uint64_t part, std::uint64_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}
double percent(std::uint64_t part, std::uint64_t all) { return 100 * share(part, all); }

// Counts frames that prove themselves.
class Counter final : public link::FrameSink {
 public:
  void on_frame(const link::Frame& frame) override {
    const bool is_strong =
        frame.kind == link::FrameKind::mbus_long || frame.kind == link::FrameKind::hdlc;
    count += is_strong ? 1 : 0;
  }
  void on_skipped(const link::Skipped&) override {}
  std::uint64_t count = 0;
};

ByteVector complement(Bytes bytes) {
  ByteVector turned(bytes.begin(), bytes.end());
  for (std::uint8_t& byte : turned) byte = static_cast<std::uint8_t>(~byte);
  return turned;
}

bool complement_verifies(Bytes sample, std::uint64_t& count) {
  constexpr std::size_t kEnough = 16384;
  const ByteVector turned = complement(sample.first(std::min(sample.size(), kEnough)));
  Counter counter;
  link::Framer framer;
  framer.push(turned, counter);
  framer.gap(counter);
  count = counter.count;
  if (count == 0) {
    const Foreign text = look_for_foreign(turned);
    count = text.is_text(turned.size()) ? text.text_heads + text.text_lines : 0;
  }
  return count > 0;
}

// Heads whose top bits are gone: 68 L L 68 53 7F, 7E 2x …, 66 67 00, 5B 08 and a title.
std::uint64_t seven_bit_heads(Bytes sample) {
  std::uint64_t count = 0;
  for (std::size_t at = 0; at + 6 <= sample.size(); ++at) {
    const Bytes rest = sample.subspan(at);
    const bool is_mbus = rest[0] == 0x68 && rest[3] == 0x68 && rest[1] == rest[2] &&
                         (rest[4] & 0xdf) == 0x53 && rest[5] == 0x7f;
    const bool is_llc = rest[0] == 0x66 && (rest[1] & 0xfe) == 0x66 && rest[2] == 0 &&
                        (rest[3] == 0x5b || rest[3] == 0x0f || rest[3] == 0x60);
    const bool is_ciphered = rest[0] == 0x5b && rest[1] == 0x08 && is_upper(rest[2]) &&
                             is_upper(rest[3]) && is_upper(rest[4]);
    const bool is_code = rest[0] <= 1 && rest[1] == 0 && rest[3] >= 7 && rest[3] <= 9 &&
                         rest[4] == 0 && rest[5] == 0x7f;
    count += is_mbus || is_llc || is_ciphered || is_code ? 1 : 0;
  }
  return count;
}

// One parity of nearly all bytes, where chance gives each to half of them.
bool judge_by_popcount(const LineEvidence& line, Finding& finding) {
  constexpr std::uint64_t kEnough = 24;
  constexpr std::size_t kKinds = 12;  // fewer are made by a wrong baud rate, too
  std::uint64_t all = 0, odd = 0;
  std::size_t kinds = 0;
  for (unsigned byte = 1; byte < 256; ++byte) {
    const std::uint64_t count = line.histogram[byte];
    all += count;
    kinds += count > 0 ? 1 : 0;
    if ((std::popcount(byte) & 1) != 0) odd += count;
  }
  if (all < kEnough || kinds < kKinds) return false;
  const std::uint64_t most = std::max(odd, all - odd);
  if (share(most, all) < 0.97) return false;
  const char* parity = most == odd ? "an odd" : "an even";
  const std::uint64_t zeros = line.histogram[0];
  finding.broken(
      Cause::parity, std::min(0.99, 0.8 + static_cast<double>(all) / 1000), "{}",
      share(zeros, line.total) > 0.2
          ? fmt::format("{:.0f} % of the bytes are 00, {:.0f} % of the others have {} number of "
                        "ones: bytes with a parity error come as 00",
                        percent(zeros, line.total), percent(most, all), parity)
          : fmt::format("{:.0f} % of {} bytes have {} number of ones: the eighth bit is a "
                        "parity bit, or bytes with a parity error are dropped",
                        percent(most, all), all, parity));
  finding.share("one_parity_share", share(most, all));
  return true;
}

bool judge_by_top_bit(const LineEvidence& line, Finding& finding) {
  constexpr std::uint64_t kEnough = 40;
  if (line.total < kEnough) return false;
  std::uint64_t high = 0;
  for (std::size_t byte = 0x80; byte < 256; ++byte) high += line.histogram[byte];
  if (high != 0) return false;
  const std::uint64_t heads = seven_bit_heads(line.sample());
  const bool is_set = line.line && line.line->data_bits < 8;
  if (heads == 0) {
    if (line.histogram['?'] * 25 >= line.total) return false;  // in place of others
    // Nor does chance leave the top bit at 0 so often; but a text has it so.
    std::uint64_t printable = line.histogram['\r'] + line.histogram['\n'], kinds = 0;
    for (std::size_t byte = 0; byte < 0x80; ++byte) {
      if (byte >= 0x20 && byte < 0x7f) printable += line.histogram[byte];
      if (line.histogram[byte] > 0) ++kinds;
    }
    if (kinds < 40 || printable * 4 > line.total * 3 || (!is_set && line.total < 100)) return false;
  }
  finding.broken(Cause::parity, heads > 0 ? 0.97 : 0.8,
                 "no byte above 7F in {}{}: the port is set to 7 data bits", line.total,
                 heads == 0 ? ""
                            : fmt::format(", and {} of frames without their top bits",
                                          counted(heads, "head")));
  finding.advice = "Set 8 data bits: --line 2400-8E1 for an M-Bus line, 8N1 for Kamstrup.";
  finding.fact("heads_without_top_bits", heads);
  return true;
}

// Bytes of 00 and FF only. A meter on a port that is set far too fast gives that, too: its start
// bits are as long as a character; then bursts differ in length as the messages differ in bits.
void judge_levels(const LineEvidence& line, const Numbers& numbers, Finding& finding) {
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i + 1 < line.bursts.size(); ++i) {
    sizes.push_back(line.bursts[i + 1] - line.bursts[i]);
  }
  bool differ = sizes.size() >= 3 && line.histogram[0xff] * 20 < line.total;
  if (differ) {
    std::ranges::sort(sizes);
    // Messages of one length in bytes: about as many edges each, and hardly ever the same number.
    const bool is_alike = sizes.front() * 10 >= sizes.back() * 6;
    const auto kinds = std::unique(sizes.begin(), sizes.end()) - sizes.begin();
    differ = is_alike && kinds * 2 > static_cast<std::ptrdiff_t>(sizes.size());
  }
  if (differ) {
    finding.broken(Cause::baud, 0.6,
                   "{:.0f} % of {} bytes are 00, in bursts of {} to {}: the port is set much "
                   "faster than the meter sends",
                   100 * numbers.levels, line.total, sizes.front(), sizes.back());
    finding.advice =
        "Set a slower rate (--line 2400-8E1); mbus-read -p PORT --detect tries them all.";
    return;
  }
  // A start bit of a sender that is nine times slower is a whole character of zeros.
  constexpr std::uint32_t kSlowest = 300, kRatio = 9;
  const bool may_be_fast = line.histogram[0xff] * 20 < line.total &&
                           (!line.line || line.line->baud >= kSlowest * kRatio);
  finding.broken(Cause::zeros_or_ones, may_be_fast ? 0.6 : 0.95, "{:.0f} % of {} are 00{}",
                 100 * numbers.levels, counted(line.total, "byte"), may_be_fast ? "" : " or FF");
  if (!may_be_fast) return;
  finding.advice =
      "Either the line is stuck at a level: swap the wires, look for a short circuit, check the "
      "adapter and its power. Or the meter sends much slower than the port is set (2400 on a port "
      "at 115200): mbus-read -p PORT --detect tells.";
}

// Whether the bytes tell apart in which form the meter sends at that rate: another form explains
// them nearly as well, or too few bytes are here for a difference that the ciphered part hides.
const Fit* other_form(const Fit& best, std::span<const Fit> fits) {
  constexpr double kClear = 0.1;  // of the gain
  const auto& [sender, reader, polarity] =
      std::tie(best.hypothesis.sender, best.hypothesis.reader, best.hypothesis.polarity);
  for (const Fit& fit : fits) {
    const Hypothesis& other = fit.hypothesis;
    if (other.sender.baud == sender.baud && other.sender != sender && other.reader == reader &&
        other.sender.data_bits == sender.data_bits && other.polarity == polarity &&
        best.gain - fit.gain < kClear * best.gain) {
      return &fit;
    }
  }
  return nullptr;
}

constexpr const char* kNoRate = "Let mbus-read -p PORT --detect find the line's rate and parity.";

// Rates that explain the bytes about as well, the likeliest first: of a sender that is faster than
// the port a byte tells little.
std::vector<std::uint32_t> likely_rates(const Fit& best, std::span<const Fit> fits) {
  constexpr double kAbout = 0.4;  // of the gain
  std::vector<std::uint32_t> rates{best.hypothesis.sender.baud};
  for (const Fit& fit : fits) {
    const Hypothesis& one = fit.hypothesis;
    const bool is_other = one.sender.baud != one.reader.baud &&
                          one.reader == best.hypothesis.reader &&
                          one.polarity == best.hypothesis.polarity;
    if (is_other && fit.gain >= kAbout * best.gain &&
        std::ranges::find(rates, one.sender.baud) == rates.end()) {
      rates.push_back(one.sender.baud);
    }
  }
  return rates;
}

void name_hypothesis(const LineEvidence& line, const Fit& best, std::span<const Fit> others,
                     std::size_t looked, double most, Finding& finding) {
  const Hypothesis& one = best.hypothesis;
  const double confidence = std::min(most, 0.6 + std::min(0.35, best.gain / 400));
  const std::string sender = to_string(one.sender);
  if (one.polarity == serial::Polarity::inverted) {
    return finding.broken(Cause::inverted, confidence,
                          "{} bytes read as if {} came with its levels exchanged", looked, sender);
  }
  const bool is_baud = one.sender.baud != one.reader.baud;
  if (is_baud && line.line) {
    if (const auto rates = likely_rates(best, others); rates.size() > 1) {
      finding.broken(Cause::baud, std::min(confidence, 0.7),
                     "{} bytes read as if the meter sent at another rate than the port's {}: they "
                     "do not tell whether at {} baud",
                     looked, to_string(one.reader), fmt::join(rates, ", "));
      finding.advice = kNoRate;
      return;
    }
  }
  finding.fact("seems_line", sender);
  finding.broken(is_baud ? Cause::baud : Cause::parity, confidence,
                 "{} bytes read as if the meter sent {} and the port were set to {}", looked,
                 sender, to_string(one.reader));
  if (const Fit* const other = is_baud ? other_form(best, others) : nullptr) {
    std::string first = sender, second = to_string(other->hypothesis.sender);
    finding.fact("or_line", second);
    finding.share("or_line_bits", other->gain);
    // The likelier one first: EN 13757-2 has even parity.
    if (one.sender.parity == serial::Parity::none) std::swap(first, second);
    finding.say(
        "{} bytes read as if the meter sent at {} baud, {} or {}, and the port were set to {}",
        looked, one.sender.baud, first, second, to_string(one.reader));
    finding.advice = fmt::format(
        "Set --line {} or {}: these bytes tell the rate and not the parity (an M-Bus meter has "
        "8E1, Kamstrup 8N1); mbus-read -p PORT --detect finds it.",
        first, second);
    return;
  }
  if (line.line) {
    finding.advice = fmt::format("Set --line {}; mbus-read -p PORT --detect tries more.", sender);
  } else if (is_baud) {
    const bool is_faster = one.sender.baud > one.reader.baud;
    const auto fast = static_cast<double>(std::max(one.sender.baud, one.reader.baud));
    const auto slow = static_cast<double>(std::min(one.sender.baud, one.reader.baud));
    finding.advice = fmt::format(
        "Set the port about {:.3g} times {} than it is (--line {} if it is {} now); mbus-read -p "
        "PORT --detect finds the line.",
        fast / slow, is_faster ? "faster" : "slower", sender, to_string(one.reader));
  }
}

// Bursts that do not all begin alike: on a line that is set wrong the same head comes as the same
// bytes each time, damaged ones differ.
bool is_varied(const LineEvidence& line) {
  std::array<std::size_t, 256> counts{};
  std::size_t all = 0;
  for (const std::size_t at : line.bursts) {
    if (at >= line.sample().size()) continue;
    ++counts[line.sample()[at]];
    ++all;
  }
  return all >= 3 && *std::ranges::max_element(counts) * 20 < all * 19;
}

void judge_by_fit(const LineEvidence& line, std::size_t distinct, Finding& finding) {
  const Surroundings around{line.bursts, line.line, line.burst_ms()};
  const Fits fits = fit_line(line.sample(), around);
  const double right = std::max(fits.right, traces(line.sample()));
  const double wrong = fits.best.empty() ? 0 : std::max(0.0, fits.wrong);
  const double turned = traces(complement(line.sample()));
  const double again = repetition(line.sample(), line.bursts);
  finding.share("fit_bits", wrong);
  finding.share("trace_bits", right);
  finding.share("repetition_bits", again);
  if (turned >= kSure / 2 && turned > right && turned > wrong) {
    return finding.broken(Cause::inverted, 0.85,
                          "heads of messages stand in the bytes once every bit is turned around");
  }
  // Few values are told well by many models, and so is what many models tell.
  constexpr double kUnclear = 0.5;
  const bool is_unclear =
      right >= kSure && wrong >= kSure && right < 2 * wrong && wrong < 2 * right;
  const double most = is_unclear ? kUnclear : 0.5 + 0.05 * static_cast<double>(distinct);
  if (right < kSure || wrong > right) {
    const std::optional<Fit> start = fit_starts(line.sample(), around);
    const bool is_start = start && start->gain >= kSure / 2 && start->gain > right;
    if (wrong >= kSure && wrong > right && (!is_start || wrong > 3 * start->gain)) {
      return name_hypothesis(line, fits.best.front(), fits.best, fits.looked, most, finding);
    }
    if (is_start) {
      return name_hypothesis(line, *start, fits.best, line.sample().size(), most, finding);
    }
  }
  if (right >= kSure) {
    return finding.broken(Cause::noise, is_unclear ? kUnclear : 0.6 + std::min(0.35, right / 400),
                          "{} bytes have traces of messages, but no frame verifies: many bytes "
                          "are damaged",
                          line.total);
  }
  if (again >= kSure && !is_varied(line)) {
    finding.broken(Cause::baud, 0.6,
                   "bytes come again as a meter's heads do, but are none at these "
                   "settings ({:.0f} bits against chance)",
                   again);
    finding.advice = kNoRate;
    return;
  }
  const double marked = share(line.marked, line.total);
  if (marked >= 0.2) {
    finding.broken(Cause::baud, 0.5,
                   "{:.0f} % of {} bytes are marked with a parity or framing error, and "
                   "they have no structure",
                   100 * marked, line.total);
    finding.advice = kNoRate;
    return;
  }
  finding.broken(Cause::noise, line.total >= 500 ? 0.9 : 0.6, "{} bytes without any structure",
                 line.total);
}

// Without frames: whether they were there, with damaged bytes, and how many of these.
bool judge_by_heads(const LineEvidence& line, const FrameEvidence& frames, const Scan& scan,
                    std::uint64_t good_bytes, Finding& finding) {
  if (scan.heads.empty()) return false;
  const std::uint64_t covered = scan.bytes + good_bytes;
  const double damage = scan.damage_per_frame();
  const std::string heads = counted(scan.heads.size(), "head");
  finding.fact("frame_heads", scan.heads.size());
  finding.share("damaged_bytes_per_frame", damage);
  if (share(line.marked, line.total) >= 0.2) {
    finding.broken(Cause::parity, 0.8,
                   "{} of frames, and {:.0f} % of the bytes are marked with a parity or framing "
                   "error",
                   heads, percent(line.marked, line.total));
    return true;
  }
  // Noise makes no frame shorter.
  const bool is_short = (scan.cut + scan.edges) * 2 >= scan.heads.size();
  if (scan.is_noisy() && !is_short) {
    finding.broken(Cause::noise, 0.9,
                   "{} of frames, {} of {} bytes in them are wrong: about {:.0f} damaged bytes in "
                   "each frame",
                   heads, scan.wrong, scan.checked, damage);
    return true;
  }
  // Frames without a check pass with any byte in them but those of their heads and lengths; where
  // even these are hit in every other message there is more than a bit wrong.
  const bool is_unchecked = std::ranges::all_of(scan.heads, [](const Head& head) {
    return head.kind != HeadKind::mbus && head.kind != HeadKind::hdlc &&
           head.kind != HeadKind::telegram;
  });
  if (is_unchecked && !is_short && scan.damaged * 2 >= scan.all_heads) {
    finding.broken(Cause::noise, 0.7,
                   "{} of {} messages have bytes that do not fit together, on a link without a "
                   "check",
                   scan.damaged, scan.all_heads);
    return true;
  }
  if (covered * 10 < line.sample().size() * 7 && !scan.is_half_a_message()) return false;
  finding.say(
      "{}, {} of frames, {}", counted(line.total, "byte"), heads,
      frames.verified > 0 ? fmt::format("{} more verified", frames.verified) : "none verifies");
  return true;
}

constexpr const char* kGiveBytes =
    "Give meter-doctor what the port gives: the records of mbus-read, a dump in hex, or with -i "
    "bin its bytes.";

// Those of letters beyond ASCII.
std::uint64_t bytes_of_utf8(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = bytes[at] < 0x80 ? 0 : utf8_sequence(text, at);
    sum += size;
    at += std::max<std::size_t>(size, 1);
  }
  return sum;
}

// Other files than a line's: a text, the same byte again and again.
bool judge_plain_text(const LineEvidence& line, const Foreign& foreign, const Numbers& numbers,
                      Finding& finding) {
  constexpr std::size_t kFew = 3, kLetters = 12;
  const std::string_view kind =
      line.sample().size() < 100 ? "" : kind_of_file(as_text(line.sample()));
  if (!kind.empty()) {
    finding.broken(Cause::noise, 0.8, "{} bytes: this is {}, not a meter's bytes", line.total,
                   kind);
    finding.advice = kGiveBytes;
    return true;
  }
  // A port that is too fast gives few values, too, but 00 or FF are among them.
  if (numbers.distinct <= kFew && numbers.levels < 0.05 && line.total >= 100) {
    finding.broken(Cause::noise, 0.6, "{} bytes of {} only: no meter's", line.total,
                   counted(numbers.distinct, "value"));
    return true;
  }
  const std::uint64_t tabs = line.histogram['\t'] * line.sample().size() / line.total;
  const std::uint64_t letters = foreign.printable + tabs + bytes_of_utf8(line.sample());
  if (numbers.distinct < kLetters || line.sample().size() < 20 ||
      letters * 20 < line.sample().size() * 19) {
    return false;
  }
  finding.broken(Cause::noise, 0.8, "{} bytes: this is text, not a meter's bytes", line.total);
  finding.advice = kGiveBytes;
  return true;
}

// Frames that are whole, and bytes in them that the port saw an error in: the setting of the parity
// is not the meter's, and the data bits are right by luck.
void judge_marked(const LineEvidence& line, const FrameEvidence& frames, const Scan& scan,
                  Finding& finding) {
  const std::uint64_t whole = frames.whole();
  const bool is_lucky = whole >= scan.heads.size();
  finding.set(
      is_lucky ? State::suspicious : State::broken, Cause::parity, is_lucky ? 0.9 : 0.8,
      "{} {}, {} not, and {:.0f} % of the bytes are marked with a parity or framing error{}",
      counted(whole, "frame"), frames.verified > 0 ? "verified" : "whole", scan.heads.size(),
      percent(line.marked, line.total), is_lucky ? ": it works by luck" : "");
}

void judge_bytes(const LineEvidence& line, const FrameEvidence& frames, Finding& finding) {
  finding.fact("bytes", line.total);
  if (line.total == 0) return finding.broken(Cause::nothing_received, 1, "no byte came");
  const Numbers numbers = numbers_of(line);
  finding.fact("marked", line.marked);
  finding.fact("distinct_bytes", numbers.distinct);
  finding.share("entropy_bits", numbers.entropy);
  finding.fact("frames_verified", frames.verified);
  const double good = share(frames.good_bytes, line.total);
  const double marked = share(line.marked, line.total);
  finding.say("{}, {} verified", counted(line.total, "byte"), counted(frames.verified, "frame"));
  if (judge_by_top_bit(line, finding)) return;
  if (frames.verified > 0 && frames.skipped_bytes() == 0 && marked < 0.02) return;

  const Scan scan = scan_frames(line.sample(), frames.places, line.bursts);
  const auto change = marked < 0.2 ? find_changes(line, scan) : std::nullopt;
  if (change) {
    finding.fact("change", std::string(change->change));
    finding.broken(Cause::changed_bytes, change->confidence, "{}", change->text);
    finding.advice = change->advice;
    return;
  }
  const std::uint64_t sampled_good = [&] {
    std::uint64_t sum = 0;
    for (const Place& place : frames.places) sum += place.size;
    return std::min<std::uint64_t>(sum, line.sample().size());
  }();
  const bool is_verified = frames.verified > 0;
  const bool is_whole = is_verified || (frames.unverified > 0 && good >= 0.5);
  const Strays strays = is_whole ? find_strays(line, frames, scan) : Strays{};
  if (is_whole && marked >= 0.2 && strays.marked_in_frames >= 0.2) {
    return judge_marked(line, frames, scan, finding);
  }
  if (is_whole && (good >= 0.2 || !is_verified)) {
    judge_strays(strays, line, frames, finding);
    const bool is_damaged = scan.is_noisy() && scan.heads.size() * 4 >= scan.all_heads;
    if (finding.state == State::ok && (is_damaged || marked >= 0.02)) {
      finding.set(State::suspicious, Cause::noise, 0.7, "{} {}, others with damaged bytes",
                  counted(frames.whole(), "frame"), is_verified ? "verified" : "whole");
    }
    return;
  }

  const Foreign foreign = look_for_foreign(line.sample());
  const std::uint64_t looked = line.sample().size();
  if (foreign.is_modbus(looked) || foreign.is_sml() || frames.rsp_uds > 0 ||
      frames.oms + frames.resets + frames.requests > 0 ||
      (foreign.is_oms() && numbers.levels < 0.9)) {
    if (marked >= 0.2) {
      return finding.broken(Cause::parity, 0.8,
                            "{} bytes of another protocol, and {:.0f} % of them are marked with a "
                            "parity or framing error",
                            line.total, percent(line.marked, line.total));
    }
    return finding.say("{} bytes of another protocol", line.total);
  }
  if (!is_whole && frames_without_start(line.sample(), line.bursts) > 0) {
    return finding.say("{} in {}, which begin too late", counted(line.total, "byte"),
                       counted(line.bursts.size(), "piece"));
  }
  if (numbers.levels >= 0.95 && !is_verified) return judge_levels(line, numbers, finding);
  if (is_text_with_parity(line.sample())) {
    finding.broken(Cause::parity, 0.97, "{} bytes are text whose eighth bit is a parity bit",
                   line.total);
    finding.advice = "Set 7 data bits and even parity: --line 9600-7E1 or 300-7E1.";
    return;
  }
  if (judge_by_popcount(line, finding)) return;
  if (foreign.is_text(looked)) {
    const std::uint64_t odd = looked - foreign.printable;
    const std::uint64_t telegrams = std::max<std::uint64_t>(1, foreign.text_heads);
    if (odd >= 3 * telegrams) {
      return finding.broken(Cause::noise, 0.85,
                            "{} bytes of text, {} of them cannot stand in a text", looked, odd);
    }
    return finding.say("{} bytes of text, {} lines with OBIS codes", line.total,
                       foreign.text_lines);
  }
  // Letters around an h make a head of M-Bus, half of it wrong, in one text of six.
  Finding file = finding;
  const bool is_file = !is_verified && judge_plain_text(line, foreign, numbers, file);
  if (!is_file && judge_by_heads(line, frames, scan, sampled_good, finding)) return;
  // Verified: then the settings are right.
  if (is_verified) return judge_strays(strays, line, frames, finding);
  std::uint64_t turned = 0;
  if (complement_verifies(line.sample(), turned)) {
    finding.fact("frames_in_complement", turned);
    return finding.broken(Cause::inverted, 0.99, "with every bit turned around {} verified",
                          counted(turned, "frame"));
  }
  if (is_file) {
    finding = std::move(file);
    return;
  }
  judge_by_fit(line, numbers.distinct, finding);
}

}  // namespace

void LineEvidence::add(Bytes bytes, const Arrival& arrival) {
  total += bytes.size();
  marked += arrival.marked.size();
  for (const std::uint8_t byte : bytes) ++histogram[byte];
  const std::size_t start = sample_.size();
  const Bytes kept = bytes.first(std::min(bytes.size(), kSample - start));
  if (kept.empty()) return;
  if (arrival.is_burst && bursts.size() < kMostBursts) bursts.push_back(start);
  append(sample_, kept);
  if (arrival.is_burst && arrival.ms > 0 && durations_.size() < kMostBursts) {
    durations_.push_back(arrival.ms);
  }
  for (const std::uint32_t mark : arrival.marked) {
    if (mark < kept.size()) marks.push_back(static_cast<std::uint32_t>(start + mark));
  }
}

std::uint64_t LineEvidence::burst_ms() const { return durations_.empty() ? 0 : median(durations_); }

Finding judge_line(const LineEvidence& line, const FrameEvidence& frames) {
  Finding finding;
  judge_bytes(line, frames, finding);
  return finding;
}

}  // namespace meterpipe::doctor
