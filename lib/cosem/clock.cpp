#include "cosem/clock.hpp"

#include "base/civil.hpp"

namespace meterpipe::cosem {
namespace {

constexpr int kAny = 0xff;
constexpr int kAnyYear = 0xffff;
constexpr int kNoDeviation = -0x8000;
constexpr int kLastDay = 0xfe, kSecondLastDay = 0xfd;

struct Fields {
  int year, month, day, weekday, hour, minute, second, hundredths, deviation, status;
};

Fields fields_of(Bytes b) {
  return {b[0] << 8 | b[1],
          b[2],
          b[3],
          b[4],
          b[5],
          b[6],
          b[7],
          b[8],
          static_cast<std::int16_t>(static_cast<std::uint16_t>(b[9] << 8 | b[10])),
          b[11]};
}

}  // namespace

bool is_clock(Bytes bytes) {
  if (bytes.size() != kClockLength) return false;
  const Fields f = fields_of(bytes);
  const auto in = [](int value, int low, int high) { return value >= low && value <= high; };
  if (f.year != kAnyYear && !in(f.year, 1970, 2199)) return false;
  if (!in(f.month, 1, 12) && !in(f.month, 0xfd, kAny)) return false;
  if (!in(f.day, 1, 31) && !in(f.day, 0xfd, kAny)) return false;
  // L+G ZMF100 sends weekday 0.
  if (!in(f.weekday, 0, 7) && f.weekday != kAny) return false;
  if (!in(f.hour, 0, 23) && f.hour != kAny) return false;
  if (!in(f.minute, 0, 59) && f.minute != kAny) return false;
  if (!in(f.second, 0, 59) && f.second != kAny) return false;
  if (!in(f.hundredths, 0, 99) && f.hundredths != kAny) return false;
  return f.deviation == kNoDeviation || in(f.deviation, -840, 840);
}

std::optional<Clock> parse_clock(Bytes bytes) {
  if (!is_clock(bytes)) return std::nullopt;
  const Fields f = fields_of(bytes);
  if (f.year == kAnyYear || f.month > 12 || f.day == kAny || f.hour == kAny || f.minute == kAny) {
    return std::nullopt;
  }
  Clock clock;
  clock.year = f.year;
  clock.month = f.month;
  const int last = last_day_of(f.year, f.month);
  clock.day = f.day == kLastDay ? last : f.day == kSecondLastDay ? last - 1 : f.day;
  if (clock.day > last) return std::nullopt;  // 31 February
  clock.hour = f.hour;
  clock.minute = f.minute;
  if (f.second != kAny) clock.second = f.second;
  if (f.deviation != kNoDeviation) clock.deviation = f.deviation;
  if (f.status != kAny) clock.status = static_cast<std::uint8_t>(f.status);
  return clock;
}

// Daylight saving with CET's own offset or none at all; or an offset of two hours in high summer
// without daylight saving: Central Europe has the bit then, Eastern Europe three hours.
bool Clock::dst_contradicts() const {
  if (!deviation || !status) return false;
  if (dst()) return *deviation >= -60;
  return *deviation == -120 && month >= 4 && month <= 9;
}

char* Clock::write_iso(char* to) const {
  to = write_civil(to, {year, month, day, hour, minute, second.value_or(0)});
  if (!second) to -= 3;  // without its ":00"
  return deviation ? write_offset(to, -*deviation) : to;
}

std::string Clock::iso() const {
  char text[kIsoChars];
  return {text, write_iso(text)};
}

std::optional<std::int64_t> Clock::utc_seconds() const {
  if (!deviation) return std::nullopt;
  return seconds_of({year, month, day, hour, minute, second.value_or(0)}) + *deviation * 60;
}

}  // namespace meterpipe::cosem
