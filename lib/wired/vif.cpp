#include "wired/vif.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "wired/latin1.hpp"
#include "wired/vif_tables.hpp"

namespace meterpipe::wired {
namespace {

constexpr std::uint8_t kVifMore = 0x80, kVifCode = 0x7f;
constexpr std::uint8_t kVifText = 0x7c, kVifOfMaker = 0x7f, kSecondTable = 0x7c, kNextTable = 0x7d;
constexpr std::size_t kMostVifes = 10;
constexpr std::size_t kLongestUnit = 0x3f;

constexpr std::array<std::string_view, 4> kDurations{"s", "min", "h", "d"};

std::string_view unit_of_row(const VifRow& row, std::size_t place) {
  constexpr std::array<std::string_view, 4> kFromHour{"h", "d", "months", "years"};
  switch (row.step) {
    case Step::from_second: return kDurations[place];
    case Step::from_minute: return kDurations[place + 1];
    case Step::from_hour: return kFromHour[place];
    case Step::from_month: return kFromHour[place + 2];
    default: return row.unit;
  }
}

void take_row(Meaning& meaning, std::span<const VifRow> rows, std::uint8_t code,
              std::string_view reserved) {
  const auto row = std::ranges::find_if(
      rows, [code](const VifRow& one) { return code >= one.first && code <= one.last; });
  if (row == rows.end()) {
    meaning.quantity = fmt::format("reserved-{}{:02x}", reserved, code);
    return;
  }
  const std::size_t place = code - row->first;
  meaning.quantity = row->quantity;
  meaning.unit = unit_of_row(*row, place);
  meaning.exponent = row->exponent + (row->step == Step::ten ? static_cast<int>(place) : 0);
  meaning.form = row->form;
}

// Which bytes say that something went wrong with the record, and that there is no value.
struct RecordError {
  std::uint8_t code;
  std::string_view name;
  bool no_value;
};
constexpr std::array kRecordErrors{
    RecordError{0x01, "too-many-difes", false},
    RecordError{0x02, "storage-not-implemented", false},
    RecordError{0x03, "subunit-not-implemented", false},
    RecordError{0x04, "tariff-not-implemented", false},
    RecordError{0x05, "function-not-implemented", false},
    RecordError{0x06, "class-not-implemented", false},
    RecordError{0x07, "size-not-implemented", false},
    RecordError{0x0b, "too-many-vifes", false},
    RecordError{0x0c, "illegal-vif-group", false},
    RecordError{0x0d, "illegal-vif-exponent", false},
    RecordError{0x0e, "vif-dif-mismatch", false},
    RecordError{0x0f, "action-not-implemented", false},
    RecordError{0x15, "no-data", true},
    RecordError{0x16, "overflow", true},
    RecordError{0x17, "underflow", true},
    RecordError{0x18, "data-error", true},
    RecordError{0x1c, "premature-end", false},
};

struct Qualifier {
  std::uint8_t code;
  std::string_view name;
};
constexpr std::array kQualifiers{
    Qualifier{0x12, "average"},
    Qualifier{0x13, "inverse-compact-profile"},
    Qualifier{0x14, "relative-deviation"},
    Qualifier{0x1d, "standard-content"},
    Qualifier{0x1e, "compact-profile-with-registers"},
    Qualifier{0x1f, "compact-profile"},
    Qualifier{0x20, "per-second"},
    Qualifier{0x21, "per-minute"},
    Qualifier{0x22, "per-hour"},
    Qualifier{0x23, "per-day"},
    Qualifier{0x24, "per-week"},
    Qualifier{0x25, "per-month"},
    Qualifier{0x26, "per-year"},
    Qualifier{0x27, "per-revolution"},
    Qualifier{0x28, "per-input-pulse-0"},
    Qualifier{0x29, "per-input-pulse-1"},
    Qualifier{0x2a, "per-output-pulse-0"},
    Qualifier{0x2b, "per-output-pulse-1"},
    Qualifier{0x2c, "per-litre"},
    Qualifier{0x2d, "per-m3"},
    Qualifier{0x2e, "per-kg"},
    Qualifier{0x2f, "per-k"},
    Qualifier{0x30, "per-kwh"},
    Qualifier{0x31, "per-gj"},
    Qualifier{0x32, "per-kw"},
    Qualifier{0x33, "per-k-litre"},
    Qualifier{0x34, "per-v"},
    Qualifier{0x35, "per-a"},
    Qualifier{0x36, "times-s"},
    Qualifier{0x37, "times-s-per-v"},
    Qualifier{0x38, "times-s-per-a"},
    Qualifier{0x3a, "uncorrected"},
    Qualifier{0x3b, "forward"},
    Qualifier{0x3c, "backward"},
    Qualifier{0x3d, "non-metric"},
    Qualifier{0x3e, "base-conditions"},
    Qualifier{0x3f, "obis-declaration"},
    Qualifier{0x40, "lower-limit"},
    Qualifier{0x48, "upper-limit"},
    Qualifier{0x68, "during-lower-limit-exceed"},
    Qualifier{0x69, "leakage"},
    Qualifier{0x6c, "during-upper-limit-exceed"},
    Qualifier{0x6d, "overflow"},
    Qualifier{0x7e, "future"},
};

// Behind 7C.
constexpr std::array kSecondQualifiers{
    Qualifier{0x01, "l1"},           Qualifier{0x02, "l2"},
    Qualifier{0x03, "l3"},           Qualifier{0x04, "n"},
    Qualifier{0x05, "l1-l2"},        Qualifier{0x06, "l2-l3"},
    Qualifier{0x07, "l3-l1"},        Qualifier{0x08, "quadrant-1"},
    Qualifier{0x09, "quadrant-2"},   Qualifier{0x0a, "quadrant-3"},
    Qualifier{0x0b, "quadrant-4"},   Qualifier{0x0c, "import-minus-export"},
    Qualifier{0x10, "absolute-sum"}, Qualifier{0x11, "type-c"},
    Qualifier{0x12, "type-d"},       Qualifier{0x13, "to-meter"},
    Qualifier{0x14, "from-meter"},
};

constexpr std::string_view limit(std::uint8_t code) { return (code & 8) != 0 ? "upper" : "lower"; }
constexpr std::string_view turn(std::uint8_t code) { return (code & 4) != 0 ? "last" : "first"; }
constexpr std::string_view edge(std::uint8_t code) { return (code & 1) != 0 ? "end" : "begin"; }

void become(Meaning& meaning, Form form, std::string_view unit) {
  meaning.form = form;
  meaning.unit = unit;
  meaning.exponent = 0;
  meaning.added.clear();
  meaning.is_changed = true;
}

// One of the combinable extensions, without its bit 7.
void take_extension(Meaning& meaning, std::uint8_t code) {
  std::vector<std::string>& names = meaning.qualifiers;
  if (code == 0) return;  // no error
  for (const RecordError& error : kRecordErrors) {
    if (error.code != code) continue;
    names.emplace_back(error.name);
    if (error.no_value) meaning.no_value = error.name;
    return;
  }
  for (const Qualifier& one : kQualifiers) {
    if (one.code != code) continue;
    names.emplace_back(one.name);
    return;
  }
  if (code == 0x39) {
    names.emplace_back("start-time");
    return become(meaning, Form::time, "");
  }
  if (code == 0x41 || code == 0x49) {
    names.push_back(fmt::format("count-of-{}-limit-exceeds", limit(code)));
    return become(meaning, kCount, "");
  }
  if (code >= 0x40 && code <= 0x4f && (code & 2) != 0) {
    names.push_back(
        fmt::format("time-of-{}-{}-limit-exceed-{}", turn(code), limit(code), edge(code)));
    return become(meaning, Form::time, "");
  }
  if (code >= 0x50 && code <= 0x5f) {
    // Bit 2 says first or last, bits 1 and 0 the unit.
    names.push_back(fmt::format("duration-of-{}-{}-limit-exceed", turn(code), limit(code)));
    return become(meaning, Form::number, kDurations[code & 3]);
  }
  if (code >= 0x60 && code <= 0x67) {
    names.push_back(fmt::format("duration-of-{}", turn(code)));
    return become(meaning, Form::number, kDurations[code & 3]);
  }
  if (code == 0x6a || code == 0x6b || code == 0x6e || code == 0x6f) {
    names.push_back(fmt::format("time-of-{}-{}", turn(code), edge(code)));
    return become(meaning, Form::time, "");
  }
  if (code >= 0x70 && code <= 0x77) {
    const int by = (code & 7) - 6;
    meaning.exponent += by;
    for (Decimal& one : meaning.added) one.exponent += by;
    return;
  }
  if (code >= 0x78 && code <= 0x7b) {
    meaning.added.push_back(Decimal::of(1, (code & 3) - 3));
    return;
  }
  if (code == 0x7d) {
    meaning.exponent += 3;
    for (Decimal& one : meaning.added) one.exponent += 3;
    return;
  }
  names.push_back(fmt::format("reserved-{:02x}", code));
}

void take_second_extension(Meaning& meaning, std::uint8_t code) {
  for (const Qualifier& one : kSecondQualifiers) {
    if (one.code != code) continue;
    if (code == 0x11) {
      meaning.form = kCount;
    } else if (code == 0x12) {
      meaning.form = Form::bits;
    } else {
      meaning.qualifiers.emplace_back(one.name);
    }
    return;
  }
  meaning.qualifiers.push_back(fmt::format("reserved-7c-{:02x}", code));
}

bool is_printable(std::uint8_t c) { return c >= 0x20 && c != 0x7f && (c < 0x80 || c >= 0xa0); }

class VibReader {
 public:
  VibReader(Bytes rest, Meaning& meaning) : rest_(rest), meaning_(meaning) {}

  Result<std::size_t> read() {
    if (rest_.empty()) return cut(1);
    const std::uint8_t vif = rest_[at_++];
    more_ = (vif & kVifMore) != 0;
    const std::uint8_t code = vif & kVifCode;
    if (code == kVifOfMaker) return of_maker();
    if (code == kVifText) return with_text();
    if (vif == 0xfd || vif == 0xfb) {
      auto behind = next();
      if (!behind) return tl::unexpected(behind.error());
      if (vif == 0xfd && *behind == kNextTable && more_) {
        behind = next();
        if (!behind) return tl::unexpected(behind.error());
        meaning_.quantity = fmt::format("reserved-fd-fd-{:02x}", *behind);
      } else {
        vif == 0xfd ? take_row(meaning_, kBehindFd, *behind, "fd-")
                    : take_row(meaning_, kBehindFb, *behind, "fb-");
      }
    } else if (vif == 0xef) {
      auto behind = next();
      if (!behind) return tl::unexpected(behind.error());
      meaning_.quantity = fmt::format("reserved-ef-{:02x}", *behind);
    } else {
      take_row(meaning_, kPrimary, code, "");
    }
    if (auto taken = extensions(); !taken) return tl::unexpected(taken.error());
    return at_;
  }

 private:
  tl::unexpected<Error> cut(std::size_t needed) const {
    return fail(Fault::record_cut, rest_.size(), needed, 0);
  }

  // The code of the next extension.
  Result<std::uint8_t> next() {
    if (at_ == rest_.size()) return cut(1);
    if (++extensions_ > kMostVifes) {
      return fail(Fault::too_many_extensions, at_, kMostVifes, rest_[at_]);
    }
    const std::uint8_t byte = rest_[at_++];
    more_ = (byte & kVifMore) != 0;
    return static_cast<std::uint8_t>(byte & kVifCode);
  }

  // What is left of them, without looking at it.
  Result<std::size_t> skip() {
    while (more_) {
      if (auto one = next(); !one) return tl::unexpected(one.error());
    }
    return at_;
  }

  Result<void> extensions() {
    while (more_) {
      const auto code = next();
      if (!code) return tl::unexpected(code.error());
      if (*code == kVifOfMaker) {
        const std::size_t begin = at_;
        if (auto rest = skip(); !rest) return tl::unexpected(rest.error());
        meaning_.maker = to_hex(rest_.subspan(begin, at_ - begin));
        meaning_.qualifiers.push_back("manufacturer:" + meaning_.maker);
      } else if (*code == kSecondTable && more_) {
        const auto second = next();
        if (!second) return tl::unexpected(second.error());
        take_second_extension(meaning_, *second);
      } else {
        take_extension(meaning_, *code);
      }
    }
    return {};
  }

  Result<std::size_t> of_maker() {
    meaning_.quantity = "manufacturer-specific";
    const std::size_t begin = at_;
    if (auto rest = skip(); !rest) return tl::unexpected(rest.error());
    meaning_.maker = to_hex(rest_.subspan(begin, at_ - begin));
    if (!meaning_.maker.empty()) meaning_.qualifiers.push_back("vife:" + meaning_.maker);
    return at_;
  }

  // Whether a length and so many characters stand here, and a byte behind them.
  bool is_old_order() const {
    if (at_ == rest_.size()) return false;
    const std::size_t length = rest_[at_];
    if (length == 0 || length > kLongestUnit || rest_.size() - at_ - 1 <= length) return false;
    return std::ranges::all_of(rest_.subspan(at_ + 1, length), is_printable);
  }

  Result<void> words() {
    if (at_ == rest_.size()) return cut(1);
    const std::size_t length = rest_[at_];
    if (rest_.size() - at_ - 1 < length) {
      return fail(Fault::record_cut, rest_.size(), length, rest_.size() - at_ - 1);
    }
    meaning_.unit = latin1(rest_.subspan(at_ + 1, length), true);
    at_ += 1 + length;
    return {};
  }

  Result<std::size_t> with_text() {
    meaning_.quantity = "text";
    meaning_.is_text = true;
    const bool is_old = !more_ || is_old_order();
    if (is_old) {
      if (auto read = words(); !read) return tl::unexpected(read.error());
    }
    if (auto taken = extensions(); !taken) return tl::unexpected(taken.error());
    if (!is_old) {
      const std::string unit = meaning_.unit;
      if (auto read = words(); !read) return tl::unexpected(read.error());
      if (meaning_.is_changed) meaning_.unit = unit;
    }
    return at_;
  }

  Bytes rest_;
  Meaning& meaning_;
  std::size_t at_ = 0;
  std::size_t extensions_ = 0;
  bool more_ = false;
};

}  // namespace

Result<Meaning> read_vib(Bytes rest, std::size_t& size) {
  Meaning meaning;
  const auto read = VibReader(rest, meaning).read();
  if (!read) return tl::unexpected(read.error());
  size = *read;
  return meaning;
}

}  // namespace meterpipe::wired
