#include "doctor/clock_evidence.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "apdu/notification.hpp"
#include "base/civil.hpp"
#include "base/timestamp.hpp"
#include "cosem/clock.hpp"
#include "readings/shown.hpp"

namespace meterpipe::doctor {
namespace {

constexpr std::int64_t kInOrder = 60, kALittle = 300, kQuarter = 900, kOneHour = 3600,
                       kHalfHour = 1800, kWidestZone = 14 * 3600;
// Of places with a clock of their own: UTC-12 to UTC+14 in half hours, and these.
constexpr std::int64_t kFurthestWest = -12 * 3600;
constexpr std::array<std::int64_t, 3> kOddZones{5 * 3600 + 2700, 8 * 3600 + 2700,
                                                12 * 3600 + 2700};  // Nepal, Eucla, Chatham
constexpr cosem::Obis kClockCode{0, 0, 1, 0, 0, 255};

// Of a clock as if it stood in Greenwich.
std::int64_t local_seconds(cosem::Clock clock) {
  clock.deviation = 0;
  return *clock.utc_seconds();
}

MeterTime time_of_clock(const cosem::Clock& clock) {
  MeterTime time;
  time.zoned = clock.deviation.has_value();
  time.seconds = time.zoned ? *clock.utc_seconds() : local_seconds(clock);
  time.doubtful_dst = clock.dst_contradicts();
  time.invalid = clock.status && (*clock.status & 0x0f) != 0;
  return time;
}

std::optional<cosem::Clock> clock_in_body(const decode::DecodedMessage& reading) {
  if (reading.values == nullptr || reading.nodes == nullptr) return std::nullopt;
  for (const readings::Value& value : *reading.values) {
    // Netz NÖ's stands in front without a code.
    const bool named = value.obis && *value.obis == kClockCode && value.index == 0;
    if (!named && (value.obis || value.pos != 0 || value.place != 0)) continue;
    if (value.sent != nullptr) continue;  // its text stands in reading.time
    const axdr::Node& node = (*reading.nodes)[value.node];
    if (node.offset + node.size > reading.apdu.size()) continue;
    if (auto clock = cosem::parse_clock(reading.apdu.subspan(node.offset, node.size))) {
      readings::correct(*clock, value);
      return clock;
    }
  }
  return std::nullopt;
}

std::optional<MeterTime> time_of_text(std::string_view text) {
  const auto said = parse_wall_time(text);
  if (!said) return std::nullopt;
  MeterTime time;
  time.zoned = said->offset_minutes.has_value();
  time.seconds = (said->shown - said->offset_minutes.value_or(0) * kMinute) / kSecond;
  return time;
}

// The nearest whole number of quarters of an hour, if it is within a minute and can be a zone.
std::optional<std::int64_t> zone_of(std::int64_t off) {
  const std::int64_t quarters = (std::abs(off) + kQuarter / 2) / kQuarter * (off < 0 ? -1 : 1);
  const std::int64_t zone = quarters * kQuarter;
  if (std::abs(zone) > kWidestZone || std::abs(off - zone) > kInOrder) return std::nullopt;
  return zone;
}

// The zone in use that explains a clock that names none.
std::optional<std::int64_t> zone_in_use(std::int64_t off) {
  const auto zone = zone_of(off);
  if (!zone || *zone < kFurthestWest) return std::nullopt;
  const bool odd = std::ranges::find(kOddZones, *zone) != kOddZones.end();
  return odd || *zone % kHalfHour == 0 ? zone : std::nullopt;
}

std::string duration(std::int64_t seconds) {
  const std::int64_t s = std::abs(seconds);
  if (s < 120) return fmt::format("{} s", s);
  if (s < 7200) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 2 * kSecondsOfDay) return fmt::format("{} h {} min", s / 3600, s / 60 % 60);
  return fmt::format("{} days", s / kSecondsOfDay);
}

}  // namespace

std::optional<MeterTime> time_of(const record::ApduRecord& record,
                                 const decode::DecodedMessage& reading) {
  std::optional<cosem::Clock> head;
  if (const auto header = apdu::parse_header(record.bytes)) {
    head = cosem::parse_clock(header->date_time);
  }
  const auto body = clock_in_body(reading);
  if (!head && !body) return time_of_text(reading.time);
  MeterTime time = time_of_clock(head ? *head : *body);
  if (head && body) {
    const MeterTime other = time_of_clock(*body);
    const std::int64_t differs = other.zoned == time.zoned
                                     ? other.seconds - time.seconds
                                     : local_seconds(*body) - local_seconds(*head);
    if (differs != 0) time.body_differs = differs;
  }
  return time;
}

void ClockEvidence::add(std::string_view name, const std::optional<MeterTime>& time,
                        std::optional<std::int64_t> ts_us) {
  auto found = meters_.find(name);
  if (found == meters_.end()) {
    if (meters_.size() >= kMostMeters) return;
    found = meters_.try_emplace(std::string(name)).first;
  }
  Meter& meter = found->second;
  ++meter.messages;
  if (!time) return;
  ++meter.timed;
  meter.unzoned += time->zoned ? 0 : 1;
  meter.doubtful += time->doubtful_dst ? 1 : 0;
  meter.invalid += time->invalid ? 1 : 0;
  if (time->body_differs) {
    ++meter.body_differs;
    meter.body_by = *time->body_differs;
  }
  if (!ts_us) return;
  // A meter that names its zone in some messages is judged by those.
  if (time->zoned && !meter.is_zoned) meter.differences.clear();
  if (meter.is_zoned && !time->zoned) return;
  meter.is_zoned = time->zoned;
  const std::int64_t difference = time->seconds - *ts_us / kSecond;
  if (meter.differences.size() < kMostKept) {
    meter.differences.push_back(difference);
  } else {
    meter.differences[meter.compared % kMostKept] = difference;
  }
  ++meter.compared;
}

// Some of the times differ from arrival, others do not: a clock that was set, or that jumps. What
// comes late once does not count. `zone`: of a clock that names none, what explains most of it.
bool ClockEvidence::jumps(const Meter& meter, std::int64_t zone, Finding& finding) {
  const std::size_t count = meter.differences.size();
  const std::size_t oldest = meter.compared > count ? meter.compared % count : 0;
  std::vector<std::int64_t> odd;
  std::size_t summer_time = 0, changes = 0;
  bool was_odd = false;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t off = meter.differences[(oldest + i) % count] - zone;
    const bool hour = !meter.is_zoned && std::abs(std::abs(off) - kOneHour) <= kInOrder;
    const bool is_odd = std::abs(off) > kInOrder && !hour;
    summer_time += hour ? 1 : 0;
    if (is_odd) odd.push_back(off);
    changes += i > 0 && is_odd != was_odd ? 1 : 0;
    was_odd = is_odd;
  }
  finding.remark(summer_time > 0, "clock-hour",
                 "{} of {} times are an hour beside the others, as when summer "
                 "time begins or ends",
                 summer_time, count);
  if (odd.size() < 2 || odd.size() == count || odd.size() * 10 < count) return false;
  if ((count - odd.size()) * 10 < count || count - odd.size() < 2) return false;
  const std::int64_t middle = median(odd);
  const bool once = changes == 1;
  finding.state = once || std::abs(middle) < kALittle ? State::suspicious : State::broken;
  finding.cause = zone_of(middle) ? Cause::clock_zone : Cause::clock_off;
  finding.confidence = once ? 0.6 : 0.8;
  finding.say("{} of {} times are {} {} {}", odd.size(), count, duration(middle),
              middle < 0 ? "behind" : "ahead of",
              meter.is_zoned ? "the time when they came" : "the others");
  if (once) finding.text += was_odd ? "; the clock went wrong once" : "; it was set since";
  finding.fact("clock_jumps", std::uint64_t{odd.size()});
  return true;
}

void ClockEvidence::judge(const Meter& meter, Finding& finding) {
  if (meter.differences.empty()) return;
  const std::int64_t off = median(meter.differences);
  finding.difference("clock_offset_s", off);
  finding.say("the clock is {} {} when messages come", duration(off),
              off <= 0 ? "behind" : "ahead");
  const auto zone = meter.is_zoned ? zone_of(off) : zone_in_use(off);
  if (jumps(meter, !meter.is_zoned && zone ? *zone : 0, finding)) return;
  if (std::abs(off) <= kInOrder) return;
  if (!meter.is_zoned && zone) {
    finding.say("the clock names no zone, and one {} UTC explains it",
                *zone == 0
                    ? "at"
                    : fmt::format("{} {}", duration(*zone), *zone > 0 ? "ahead of" : "behind"));
    return;
  }
  finding.state = State::broken;
  finding.cause = zone ? Cause::clock_zone : Cause::clock_off;
  finding.confidence = 0.95;
  if (zone) {
    finding.say("the clock is {} {} when messages come: {} {} quarters of an hour", duration(off),
                off < 0 ? "behind" : "ahead", off == *zone ? "exactly" : "nearly",
                std::abs(*zone) / kQuarter);
    finding.confidence = 0.9;
    return;
  }
  // Of a zone that is not named whole hours are the likely ones.
  const std::int64_t hours =
      meter.is_zoned ? 0 : (std::abs(off) + kOneHour / 2) / kOneHour * kOneHour;
  const std::int64_t aside = std::abs(off) - hours;
  const std::int64_t widest = !meter.is_zoned && off < 0 ? -kFurthestWest : kWidestZone;
  if (hours <= widest && std::abs(aside) < kALittle) {
    finding.state = State::suspicious;
    if (!meter.is_zoned) finding.text += fmt::format(", {} beside a zone", duration(aside));
  }
}

Finding ClockEvidence::judge() const {
  Finding worst;
  bool first = true;
  std::uint64_t timed = 0, unzoned = 0, doubtful = 0, invalid = 0, compared = 0;
  std::uint64_t body_differs = 0;
  std::int64_t body_by = 0;
  const auto rank = [](State state) {
    return state == State::broken ? 2 : state == State::suspicious ? 1 : 0;
  };
  for (const auto& [name, meter] : meters_) {
    Finding one;
    judge(meter, one);
    if (first || rank(one.state) > rank(worst.state) ||
        (worst.text.empty() && rank(one.state) == rank(worst.state))) {
      worst = std::move(one);
    }
    first = false;
    timed += meter.timed;
    unzoned += meter.unzoned;
    doubtful += meter.doubtful;
    invalid += meter.invalid;
    compared += meter.compared;
    body_differs += meter.body_differs;
    if (meter.body_differs > 0) body_by = meter.body_by;
  }
  worst.fact("timed", timed);
  worst.fact("compared", compared);
  if (timed == 0) {
    worst.text = "the messages carry no time";
  } else if (compared == 0) {
    worst.text = "the clock is not judged: nothing says when the messages came";
  }
  worst.remark(unzoned > 0, "no-zone", "{} of {} times claim no time zone", unzoned, timed);
  worst.remark(doubtful > 0, "dst-doubt",
               "in {} of {} times the daylight-saving bit contradicts the "
               "deviation, which is followed",
               doubtful, timed);
  worst.remark(invalid > 0, "clock-status",
               "in {} of {} times the meter itself calls its clock doubtful or invalid", invalid,
               timed);
  worst.remark(body_differs > 0, "two-clocks",
               "in {} the body's clock differs from the head's, "
               "last by {} s",
               counted(body_differs, "message"), body_by);
  return worst;
}

}  // namespace meterpipe::doctor
