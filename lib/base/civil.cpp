#include "base/civil.hpp"

namespace meterpipe {
namespace {

// Each message has some times, so without a loop. 0 to 99.
char* write_two(char* to, int value) {
  to[0] = static_cast<char>('0' + value / 10);
  to[1] = static_cast<char>('0' + value % 10);
  return to + 2;
}

}  // namespace

char* write_digits(char* to, std::int64_t value, int width) {
  std::uint64_t left = static_cast<std::uint64_t>(value < 0 ? -value : value);
  for (int i = width - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + left % 10);
    left /= 10;
  }
  return to + width;
}

char* write_civil(char* to, const CivilTime& time, char between) {
  to = write_two(write_two(to, time.year / 100), time.year % 100);
  *to++ = '-';
  to = write_two(to, time.month);
  *to++ = '-';
  to = write_two(to, time.day);
  *to++ = between;
  to = write_two(to, time.hour);
  *to++ = ':';
  to = write_two(to, time.minute);
  *to++ = ':';
  return write_two(to, time.second);
}

char* write_offset(char* to, int minutes) {
  const int size = minutes < 0 ? -minutes : minutes;
  *to++ = minutes < 0 ? '-' : '+';
  to = write_two(to, size / 60);
  *to++ = ':';
  return write_two(to, size % 60);
}

}  // namespace meterpipe
