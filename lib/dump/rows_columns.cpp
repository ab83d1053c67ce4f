// Which numbers of a dump's rows are no bytes: columns, offsets, what grows from row to row.
#include <algorithm>
#include <array>

#include "dump/lead.hpp"
#include "dump/rows.hpp"

namespace meterpipe::dump {
namespace {

constexpr std::array<unsigned, 3> kOffsetBases{16, 10, 8};
constexpr std::size_t kMostLeads = 5;  // that are remembered: so many that grow are no chance

// Seconds with a decimal comma or point: 0,070 68 fa
bool is_fraction(const Lexed& lexed, std::size_t index) {
  const std::size_t from = lexed.tokens[index].from;
  return index > 0 && lexed.tokens[index - 1].to + 1 == from &&
         (lexed.line[from - 1] == ',' || lexed.line[from - 1] == '.');
}

}  // namespace

// A first number as wide as the bytes: an offset or a count where each row agrees.
void RowReader::find_columns(std::span<Line* const> rows) {
  const auto take = [](Row& row) {
    if (!row.column && row.last - row.first >= 2) row.column = row.first++;
    if (row.fault && row.fault->fault == Fault::unsure_column) row.fault.reset();
  };
  if (forced_) {
    for (Line* line : rows) {
      Row& row = line->row;
      if (!row.column && row.has_run() && row.first == 0) row.column = row.first++;
      if (row.fault && row.fault->fault == Fault::unsure_column) row.fault.reset();
    }
    return;
  }
  if (in_dump_ && hidden_column_) {
    for (Line* line : rows) take(line->row);
    return;
  }
  if (!in_dump_) leads_.clear();
  if (!in_dump_) lead_is_byte_ = was_unsure_ = false;
  const std::size_t known = leads_.size();
  bool any_hidden = false;
  for (Line* line : rows) {
    const Row& row = line->row;
    if (!row.has_run() || (row.fault && row.fault->fault != Fault::unsure_column)) continue;
    // The last row of od and hexdump is an offset alone.
    if (line == rows.back() && row.last - row.first == 1 && !row.column) continue;
    any_hidden = any_hidden || !row.column;
    std::size_t bytes = 0;
    for (std::size_t i = row.first + (row.column ? 0 : 1); i < row.last; ++i) {
      bytes += bytes_of(row.token(i));
    }
    const std::size_t at = row.column ? *row.column : row.first;
    leads_.push_back({std::string(row.lexed.digits(row.token(at))), bytes});
  }
  const bool is_confirmed = was_unsure_ && known == 1 && leads_follow();
  const bool is_hidden =
      any_hidden && !lead_is_byte_ && leads_.size() >= 2 && leads_.size() > known &&
      (is_confirmed || (!may_be_whole() && (leads_grow(true) || leads_grow(false))) ||
       leads_climb());
  if (leads_.size() > kMostLeads) {
    leads_.erase(leads_.begin(), leads_.end() - static_cast<std::ptrdiff_t>(kMostLeads));
  }
  if (!is_hidden) return;
  for (Line* line : rows) {
    if (line != rows.back() || line->row.last - line->row.first > 1) take(line->row);
  }
  hidden_column_ = true;
}

// Whether the second of two first numbers goes on from the first, by one or by the bytes of its
// row.
bool RowReader::leads_follow() const {
  if (leads_.size() != 2) return false;
  return std::ranges::any_of(kOffsetBases, [&](unsigned base) {
    const auto first = value_in(leads_[0].digits, base), second = value_in(leads_[1].digits, base);
    return first && second && (*second == *first + 1 || *second == *first + leads_[0].bytes);
  });
}

// Whether there are few rows, and with their first numbers they have an even number of bytes, as
// rows have: then these may be bytes that grow like offsets or counts by chance.
bool RowReader::may_be_whole() const {
  constexpr std::size_t kWidest = 3;  // of a byte, decimal
  return leads_.size() < kMostLeads && leads_[0].digits.size() <= kWidest &&
         leads_[0].bytes % 2 != 0;
}

// The first row of a live source is read before others tell what its first number is, and two rows
// that follow each other do not tell it.
bool RowReader::is_unsure_lead(const Row& row, Bytes bytes) const {
  if (row.column || row.last - row.first <= 2) return false;
  if (!lead_is_byte_ && leads_.size() >= 2 && may_be_whole() &&
      (leads_grow(true) || leads_grow(false))) {
    return true;
  }
  if (base_ != Base::hex) return false;
  const Token& lead = row.token(row.first);
  if (lead.width() != 2 || lead.mark != Mark::none || row.lexed.join(row.first) != " ")
    return false;
  // Rows that text parts from each other are dumps of one row each: as those before.
  const bool is_first =
      live_ && leads_.size() == 1 && plain_shape_ != shape_of(row.prefix()) + row.separator;
  return (is_first || leads_follow()) && may_have_lead(bytes);
}

// Whether the first numbers grow by the bytes behind them, or else by one.
bool RowReader::leads_grow(bool by_bytes) const {
  for (const unsigned base : kOffsetBases) {
    bool grow = true;
    std::uint64_t before = 0;
    std::size_t followed = 0, begun = 0;  // rows that go on; dumps behind the first that begin
    for (std::size_t i = 0; i < leads_.size() && grow; ++i) {
      const Lead& lead = leads_[i];
      const auto value = lead.bytes == 0 ? std::nullopt : value_in(lead.digits, base);
      if (!value) {
        grow = false;
      } else if (i > 0) {
        std::uint64_t due = before + (by_bytes ? leads_[i - 1].bytes : 1);
        if (base == 16 && lead.digits.size() < 8) due &= (1ULL << 4 * lead.digits.size()) - 1;
        const bool follows = *value == due && (!by_bytes || leads_[i - 1].bytes >= 4);
        followed += follows;
        begun += !follows;
        grow = follows || (by_bytes && *value == 0);
      } else if (by_bytes) {
        grow = *value == 0 || leads_.size() > 3;
      } else {
        grow = leads_.size() > (*value <= 1 ? 2U : 4U);
      }
      before = value.value_or(0);
    }
    if (grow && followed >= 2 * begun) return true;
  }
  return false;
}

// Whether the first numbers are decimal and grow from row to row, by whatever: times in
// milliseconds. Eight such rows are no chance.
bool RowReader::leads_climb() const {
  constexpr std::size_t kFewest = 8;
  if (leads_.size() < kFewest) return false;
  std::optional<std::uint64_t> before;
  for (const Lead& lead : leads_) {
    const auto value = lead.bytes == 0 ? std::nullopt : value_in(lead.digits, 10);
    const bool plain = lead.digits.size() == 1 || !lead.digits.starts_with('0');
    if (!value || !plain || (before && *value <= *before)) return false;
    before = value;
  }
  return true;
}

// Whether the numbers before the bytes are offsets, in which base; and an offset alone at the end.
void RowReader::find_offsets(std::span<Line* const> rows, std::span<Outcome* const> outcomes) {
  struct Place {
    std::size_t index;
    std::string_view digits;
    std::size_t bytes;
  };
  std::vector<Place> places;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i]->row;
    if (!row.has_run() || (row.column && is_fraction(row.lexed, *row.column))) continue;
    std::size_t bytes = 0;
    for (std::size_t t = row.first; t < row.last; ++t) {
      const std::size_t width = row.token(t).width();
      bytes += base_ == Base::hex ? (width + 1) / 2 : 1;
    }
    if (row.column) {
      places.push_back({i, row.lexed.digits(row.token(*row.column)), bytes});
    } else if (row.last - row.first == 1 && row.is_bare && !places.empty() &&
               row.token(row.first).width() >= 2 &&
               row.token(row.first).width() == places.back().digits.size()) {
      places.push_back({i, row.lexed.digits(row.token(row.first)), 0});
    } else if (row.last - row.first == 1 && row.is_bare && places.empty() && in_dump_ &&
               offsets_ == Offsets::yes && row.token(row.first).width() == column_width_) {
      places.push_back({i, row.lexed.digits(row.token(row.first)), 0});
    }
  }
  if (places.empty()) return;
  if (forced_) offsets_ = Offsets::yes;
  if (offset_bases_.empty()) offset_bases_.assign(kOffsetBases.begin(), kOffsetBases.end());
  if (offsets_ != Offsets::no && offset_bases_.size() > 1) {
    std::size_t best = 0, most_pairs = 0;
    bool follows = offsets_ == Offsets::yes || is_zero(places[0].digits);
    std::vector<unsigned> bases;
    for (const unsigned base : offset_bases_) {
      // Two offsets in octal may be hex with rows missing between: od has seven digits.
      if (base == 8 && places.size() < 3 && places[0].digits.size() != 7) continue;
      std::size_t fits = 0, pairs = 0;
      std::optional<std::uint64_t> due;
      std::size_t size = row_bytes_;
      if (offsets_ == Offsets::yes && !forced_) due = next_offset_;
      for (const Place& place : places) {
        const auto value = value_in(place.digits, base);
        if (due && value) {
          ++pairs;
          // Rows may be missing; an offset of 0 begins anew.
          const bool hole = *value > *due && size >= 4 && (*value - *due) % size == 0;
          fits += *value == *due ? 4 : hole ? 2 : *value == 0 ? 1 : 0;
          follows = follows || *value == *due;
        }
        due = value ? std::optional(*value + place.bytes) : std::nullopt;
        size = place.bytes;
      }
      if (fits > best) bases.clear();
      if (fits >= best) bases.push_back(base);
      best = std::max(best, fits);
      most_pairs = std::max(most_pairs, pairs);
    }
    if (most_pairs > 0) {
      // Holes alone are numbers that happen to differ by the bytes of a row.
      if (best < most_pairs || !follows) {
        if (!forced_) offsets_ = Offsets::no;
      } else {
        offsets_ = Offsets::yes;
        offset_bases_ = bases;
      }
    } else if (offsets_ == Offsets::unknown) {
      const std::string_view digits = places[0].digits;
      if (is_zero(digits) && digits.size() >= 3) offsets_ = Offsets::yes;
    }
  }
  if (offsets_ != Offsets::yes) return;
  for (const Place& place : places) {
    const auto value = value_in(place.digits, offset_bases_.front());
    if (!value) continue;
    Outcome& outcome = *outcomes[place.index];
    const bool is_end = place.bytes == 0;
    // Behind the last row its place, or more where rows are missing; anything else is data.
    if (is_end && (*value < next_offset_ || *value > next_offset_ + 65536)) continue;
    outcome.offset = value;
    outcome.is_end = is_end;
    next_offset_ = *value + place.bytes;
    if (place.bytes != 0) row_bytes_ = place.bytes;
  }
}

}  // namespace meterpipe::dump
