#include "base/civil.hpp"

namespace meterpipe {

char* write_digits(char* to, std::int64_t value, int width) {
  std::uint64_t left = static_cast<std::uint64_t>(value < 0 ? -value : value);
  for (int i = width - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + left % 10);
    left /= 10;
  }
  return to + width;
}

char* write_civil(char* to, const CivilTime& time, char between) {
  to = write_digits(to, time.year, 4);
  *to++ = '-';
  to = write_digits(to, time.month, 2);
  *to++ = '-';
  to = write_digits(to, time.day, 2);
  *to++ = between;
  to = write_digits(to, time.hour, 2);
  *to++ = ':';
  to = write_digits(to, time.minute, 2);
  *to++ = ':';
  return write_digits(to, time.second, 2);
}

char* write_offset(char* to, int minutes) {
  const int size = minutes < 0 ? -minutes : minutes;
  *to++ = minutes < 0 ? '-' : '+';
  to = write_digits(to, size / 60, 2);
  *to++ = ':';
  return write_digits(to, size % 60, 2);
}

}  // namespace meterpipe
