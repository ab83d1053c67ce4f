#include "sim/faults.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/nearest.hpp"
#include "base/pieces.hpp"
#include "base/table.hpp"
#include "base/whole_number.hpp"

namespace meterpipe::sim {
namespace {

using doctor::Cause;
using K = FaultKind;
using C = Cause;
constexpr auto kRows = std::to_array<FaultRow>({
    {K::clock, "clock", C::clock_off, "the meter's clock is fast by so much, slow if negative",
     "SECONDS", "1000"},
    {K::clock_zone, "clock-zone", C::clock_zone, "the deviation that the clock claims is wrong",
     "MINUTES", "60"},
    {K::layout, "layout", C::unknown_layout,
     "the values come by place, in an order that no profile knows"},
    {K::bad_apdu, "bad-apdu", C::bad_apdu,
     "a wrong type or count in the plaintext, a telegram without its head"},
    {K::wrong_key, "wrong-key", C::wrong_key, "ciphered with other keys than --print-keys prints"},
    {K::wrong_ak, "wrong-ak", C::tag_failed,
     "another authentication key, the right encryption key"},
    {K::swap_keys, "swap-keys", C::swapped_keys, "EK and AK exchanged"},
    {K::garbled_key, "garbled-key", C::garbled_key, "the real key is what was printed, typed wrong",
     "halves|reversed|digit|transposed|nibbles", "digit"},
    {K::wrong_title, "wrong-title", C::wrong_title,
     "the title that is sent is not the one that was ciphered with"},
    {K::suite, "suite", C::unsupported_cipher, "a security suite that there is not: 3 to 15"},
    {K::compressed, "compressed", C::unsupported_cipher,
     "bit 7 of the security control byte is set"},
    {K::wrong_tag, "wrong-tag", C::tag_failed, "the authentication tag is not that of the message"},
    {K::counter_backwards, "counter-backwards", C::counter_backwards,
     "the invocation counter runs down"},
    {K::replay, "replay", C::counter_replay,
     "now and then an older message in place of the new one"},
    {K::lost_segment, "lost-segment", C::segment_lost, "one frame of each message is missing"},
    {K::lost_block, "lost-block", C::block_lost, "one block of each message is missing"},
    {K::duplicate, "duplicate", C::none, "frames are sent twice"},
    {K::reorder, "reorder", C::segment_lost,
     "two neighbouring frames, blocks or messages exchanged"},
    {K::modbus, "modbus", C::modbus, "Modbus RTU in place of the messages"},
    {K::rsp_ud, "rsp-ud", C::rsp_ud, "answers of a heat or water meter in place of the messages"},
    {K::oms, "oms", C::needs_answer, "an OMS meter that waits for its E5 in place of the messages"},
    {K::sml, "sml", C::sml, "SML files in place of the messages"},
    {K::dsmr, "dsmr", C::dsmr,
     "lines of a P1 telegram without its head and end in place of the messages"},
    {K::bitflip, "bitflip", C::checksum, "so many bits of each message are turned over", "N", "1"},
    {K::drop_byte, "drop-byte", C::cut_frames, "so many bytes of each frame are missing", "N", "1"},
    {K::cut, "cut", C::cut_frames, "each frame ends early, after this share of it", "SHARE", "0.6"},
    {K::checksum, "checksum", C::checksum, "the check bytes of each frame are wrong"},
    {K::noise, "noise", C::noise, "random bytes in place of this share, and between frames",
     "SHARE", "0.3"},
    {K::parity, "parity", C::parity, "the reader expects another parity",
     "zeroed|dropped|seven|marked", "zeroed"},
    {K::wrong_baud, "wrong-baud", C::baud,
     "the reader samples at another rate (2400 of 9600, else 9600)", "BAUD"},
    {K::inverted, "inverted", C::inverted, "the levels are inverted"},
    {K::zeros, "zeros", C::zeros_or_ones, "all bytes are 00"},
    {K::ones, "ones", C::zeros_or_ones, "all bytes are FF"},
    {K::silence, "silence", C::nothing_received, "nothing is sent"},
    {K::unread, "unread", C::none, "the gas meter at a P1 port was not read: no time, and 0"},
});

static_assert(stands_in_order(kRows, &FaultRow::kind) && kRows.back().kind == K::unread,
              "one row per fault, in the order of the enum");

constexpr std::int64_t kMostSeconds = 315'360'000;  // ten years
// COSEM's deviation goes from -720 to 840, and the meter's own is -60 or -120.
constexpr std::int64_t kLeastMinutes = -600, kMostMinutes = 840;

std::optional<std::int64_t> whole(std::string_view text, std::int64_t least, std::int64_t most) {
  const auto value = whole_number<std::int64_t>(text);
  return value && *value >= least && *value <= most ? value : std::nullopt;
}

// Place of `text` among words with `|` between them.
std::optional<std::int64_t> word(std::string_view words, std::string_view text) {
  for (std::int64_t i = 0; !words.empty(); ++i) {
    if (take_piece(words, '|') == text) return i;
  }
  return std::nullopt;
}

std::optional<std::int64_t> value_of(const FaultRow& row, std::string_view text) {
  if (row.value == "SHARE") return parse_share(text);
  if (row.value == "N") return whole(text, 1, 1000);
  if (row.value == "SECONDS") return whole(text, -kMostSeconds, kMostSeconds);
  if (row.value == "MINUTES") return whole(text, kLeastMinutes, kMostMinutes);
  if (row.value == "BAUD") return text.empty() ? 0 : whole(text, 50, 4'000'000);
  return word(row.value, text);
}

std::string_view range_of(const FaultRow& row) {
  if (row.value == "SHARE") return "a share above 0, at most 1";
  if (row.value == "N") return "1 to 1000";
  if (row.value == "SECONDS") return "-315360000 to 315360000";
  if (row.value == "MINUTES") return "-600 to 840";
  if (row.value == "BAUD") return "50 to 4000000";
  return row.value;
}

tl::expected<void, std::string> add_one(Faults& faults, std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const FaultRow* row = find_row(kRows, name, &FaultRow::name);
  if (row == nullptr) {
    std::vector<std::string_view> names;
    for (const FaultRow& one : kRows) names.push_back(one.name);
    return tl::unexpected(
        fmt::format("'{}' is none of --list-faults{}", name, did_you_mean(name, names)));
  }
  if (faults.find(row->kind) != nullptr) {
    return tl::unexpected(fmt::format("{} is given twice", name));
  }
  FaultChoice choice{row->kind, 0};
  const bool given = equals != std::string_view::npos;
  if (row->value.empty()) {
    if (given) return tl::unexpected(fmt::format("{} has no value", name));
  } else {
    const std::string_view value = given ? text.substr(equals + 1) : row->usual;
    const auto number = given && value.empty() ? std::nullopt : value_of(*row, value);
    if (!number) {
      return tl::unexpected(fmt::format("{}: '{}' is not {}", name, value, range_of(*row)));
    }
    choice.value = *number;
  }
  const auto place = std::ranges::find_if(
      faults.list, [&](const FaultChoice& other) { return other.kind > choice.kind; });
  faults.list.insert(place, choice);
  return {};
}

// The order in which layers are walked; what cannot be told stands before what does no harm.
int rank(const std::optional<Cause>& cause) {
  const int none = 2 * static_cast<int>(doctor::Layer::none);
  return cause ? 2 * static_cast<int>(doctor::layer_of(*cause)) : none - 1;
}

}  // namespace

std::span<const FaultRow> fault_rows() { return kRows; }
const FaultRow& row_of(FaultKind kind) { return kRows[static_cast<std::size_t>(kind)]; }

const FaultChoice* Faults::find(FaultKind kind) const {
  return find_row(list, kind, &FaultChoice::kind);
}

tl::expected<void, std::string> add_faults(Faults& faults, std::string_view text) {
  for (;;) {
    const std::size_t comma = text.find(',');
    if (auto done = add_one(faults, text.substr(0, comma)); !done) return done;
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

std::optional<std::uint32_t> parse_share(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view before = text.substr(0, point);
  const std::string_view behind = point < text.size() ? text.substr(point + 1) : "";
  if (text.empty() || text.back() == '.' || behind.size() > 6) return std::nullopt;
  const auto units = before.empty() ? std::optional<std::int64_t>(0) : whole(before, 0, 1);
  auto rest = behind.empty() ? std::optional<std::int64_t>(0) : whole(behind, 0, 999'999);
  if (!units || !rest || before.find('-') != before.npos || behind.find('-') != behind.npos) {
    return std::nullopt;
  }
  for (std::size_t i = behind.size(); i < 6; ++i) *rest *= 10;
  const std::int64_t ppm = *units * 1'000'000 + *rest;
  if (ppm < 1 || ppm > 1'000'000) return std::nullopt;
  return static_cast<std::uint32_t>(ppm);
}

void FaultNote::add(FaultKind kind, std::optional<Cause> cause) {
  const std::string_view name = row_of(kind).name;
  if (std::ranges::find(names_, name) == names_.end()) names_.push_back(name);
  causes_.push_back(cause);
}

std::optional<Cause> FaultNote::cause() const {
  const auto first = std::ranges::min_element(
      causes_, [](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return first == causes_.end() ? Cause::none : *first;
}

std::optional<Cause> cause_of_clock(std::int64_t seconds, bool says_deviation) {
  constexpr std::int64_t kQuarter = 900, kMostZone = 14 * 3600, kMinute = 60;
  const std::int64_t off = seconds < 0 ? -seconds : seconds;
  if (off < kMinute) return Cause::none;
  const std::int64_t beside = std::min(off % kQuarter, kQuarter - off % kQuarter);
  if (beside >= kMinute || off > kMostZone + kMinute) return Cause::clock_off;
  // Without a zone that it claims the same time is right somewhere else, where zones differ by half
  // hours.
  if (!says_deviation) {
    const bool half = (off + kMinute) % (2 * kQuarter) < 2 * kMinute;
    return half ? std::nullopt : std::optional(Cause::clock_off);
  }
  return Cause::clock_zone;
}

}  // namespace meterpipe::sim
