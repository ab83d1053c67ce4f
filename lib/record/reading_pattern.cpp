#include "record/reading_pattern.hpp"

#include <algorithm>
#include <cstring>

#include "base/fnv.hpp"
#include "base/timestamp.hpp"
#include "json/plain.hpp"

namespace meterpipe::record {
namespace {

// All views of a line and its record, in one order.
template <class LineFields, class Record, class Each>
void for_each_view(LineFields& fields, Record& record, Each each) {
  for (auto& field : fields) {
    each(field.key);
    each(field.raw);
  }
  for (auto* view : {&record.head.ts, &record.head.src, &record.id, &record.meter, &record.time,
                     &record.auth, &record.layout, &record.invoke}) {
    each(*view);
  }
  for (auto& value : record.values) {
    for (auto* view : {&value.obis, &value.pos, &value.name, &value.value, &value.hex, &value.unit,
                       &value.type, &value.scaler, &value.attr, &value.at}) {
      each(*view);
    }
  }
}

bool changes(std::string_view key) {
  return key == "id" || key == "time" || key == "invoke" || key == "seq";
}
bool changes_of_value(std::string_view key) {
  return key == "value" || key == "raw" || key == "hex";
}

// Readings of one meter have the same, those of another mostly not.
std::size_t slot_of(std::string_view text, std::size_t slots) {
  for (const std::string_view key : {"\"meter\":\"", "\"src\":\""}) {
    const std::size_t at = text.find(key);
    if (at == text.npos) continue;
    const std::string_view behind = text.substr(at + key.size(), 32);
    return fnv1a_64(behind.substr(0, behind.find('"'))) % slots;
  }
  return 0;
}

}  // namespace

class ReadingPattern::Maker {
 public:
  explicit Maker(std::string_view text) : text_(text) {}

  bool is_inside(std::string_view view) const {
    return view.data() >= text_.data() && view.data() + view.size() <= text_.data() + text_.size();
  }

  // A number or the text of a string may be another; what else it is stays.
  void leave_free(std::string_view raw, bool is_ts = false) {
    if (raw == "\"\"") return;  // nothing tells its begin from its end
    const auto begin = static_cast<std::uint32_t>(raw.data() - text_.data());
    const auto end = static_cast<std::uint32_t>(begin + raw.size());
    if (raw.front() == '"') {
      free_.push_back({begin + 1, end - 1, is_ts ? What::ts : What::string});
    } else if (json::is_number(raw)) {
      free_.push_back({begin, end, What::number});
    }
  }

  void finish(ReadingPattern& pattern) {
    std::ranges::sort(free_, {}, &Free::begin);
    std::uint32_t at = 0;
    for (const Free& free : free_) {
      pattern.holes_.push_back({free.begin - at, free.what});
      pattern.text_.append(text_.substr(at, free.begin - at));
      fixed_.push_back({at, free.begin});
      at = free.end;
    }
    pattern.text_.append(text_.substr(at));
    fixed_.push_back({at, static_cast<std::uint32_t>(text_.size())});
  }

  // Every place is in a fixed text, or at its end.
  Place place_of(const char* p) const {
    const auto at = static_cast<std::uint32_t>(p - text_.data());
    auto found = std::ranges::upper_bound(fixed_, at, {}, &Fixed::begin);
    --found;
    return {static_cast<std::uint32_t>(found - fixed_.begin()), at - found->begin};
  }

 private:
  struct Free {
    std::uint32_t begin, end;
    What what;
  };
  struct Fixed {
    std::uint32_t begin, end;
  };

  std::string_view text_;
  std::vector<Free> free_;
  std::vector<Fixed> fixed_;
};

std::optional<ReadingPattern> ReadingPattern::of(Line& line, const ReadingRecord& record) {
  if (line.type() != Type::reading || line.version() != kVersion) return std::nullopt;
  Maker maker(line.text());
  ReadingPattern pattern;
  bool is_own_form = true;
  for (const json::Field& field : line.fields()) {
    if (!maker.is_inside(field.raw) || !maker.is_inside(field.key)) return std::nullopt;
    if (field.key == "ts") maker.leave_free(field.raw, true);
    if (changes(field.key)) maker.leave_free(field.raw);
    if (field.key == "seq") pattern.has_seq_ = true;
    if (field.key != "values") continue;
    std::vector<std::string_view> values;
    std::vector<json::Field> members;
    if (!json::split_array(field.raw, values)) return std::nullopt;
    for (const std::string_view value : values) {
      if (!json::split_object(value, members)) return std::nullopt;
      for (const json::Field& member : members) {
        if (changes_of_value(member.key)) maker.leave_free(member.raw);
      }
    }
  }
  maker.finish(pattern);
  pattern.fields_ = line.fields().size();
  pattern.values_ = record.values.size();
  std::vector<std::string_view> views;
  for_each_view(line.fields(), record, [&](std::string_view view) {
    views.push_back(view);
    if (view.data() == nullptr) {
      pattern.views_.push_back({});
      return;
    }
    is_own_form = is_own_form && maker.is_inside(view);
    if (!is_own_form) return;
    pattern.views_.push_back(
        {maker.place_of(view.data()), maker.place_of(view.data() + view.size())});
  });
  // Once for all: the line fits its own pattern, and gives itself.
  Line line_again;
  ReadingRecord record_again;
  if (!is_own_form || !pattern.read(line.text(), line_again, record_again)) return std::nullopt;
  bool is_same = true;
  auto was = views.begin();
  for_each_view(line_again.fields(), record_again, [&](std::string_view view) {
    is_same = is_same && view == *was && (view.empty() || view.data() == was->data());
    ++was;
  });
  if (!is_same || record_again.head.seq != record.head.seq) return std::nullopt;
  return pattern;
}

bool ReadingPattern::read(std::string_view text, Line& line, ReadingRecord& record) const {
  constexpr std::size_t kMostHoles = 512;
  std::array<const char*, kMostHoles + 1> begins;
  if (holes_.size() > kMostHoles) return false;
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* fixed = text_.data();
  std::size_t n = 0;
  for (const Hole& hole : holes_) {
    if (static_cast<std::size_t>(end - at) < hole.before) return false;
    if (std::memcmp(at, fixed, hole.before) != 0) return false;
    begins[n++] = at;
    at += hole.before;
    fixed += hole.before;
    const char* const begin = at;
    at = hole.what == What::number ? json::skip_number(at, end) : json::skip_plain(at, end);
    if (at == nullptr) return false;
    if (hole.what == What::ts && !is_record_time({begin, static_cast<std::size_t>(at - begin)})) {
      return false;
    }
  }
  const auto tail = static_cast<std::size_t>(text_.data() + text_.size() - fixed);
  if (static_cast<std::size_t>(end - at) != tail || std::memcmp(at, fixed, tail) != 0) return false;
  begins[n] = at;

  std::vector<json::Field>& fields = line.set(text, Type::reading, {});
  fields.resize(fields_);
  record.values.resize(values_);
  const View* view = views_.data();
  for_each_view(fields, record, [&](std::string_view& to) {
    const char* const from = begins[view->begin.text] + view->begin.behind;
    const char* const behind = begins[view->end.text] + view->end.behind;
    to = {from, static_cast<std::size_t>(behind - from)};
    ++view;
  });
  for (ReadingValue& value : record.values) value.unchanged = false;
  record.head.seq.reset();
  if (has_seq_) {
    const auto seq = std::ranges::find(fields, "seq", &json::Field::key);
    record.head.seq = json::to_unsigned(seq->raw);
    if (!record.head.seq) return false;
  }
  line.set(text, Type::reading, record.head);
  return true;
}

bool ReadingPatterns::read(std::string_view text, Line& line, ReadingRecord& record) const {
  const auto& pattern = kept_[slot_of(text, kKept)];
  return pattern && pattern->read(text, line, record);
}

void ReadingPatterns::learn(Line& line, const ReadingRecord& record) {
  if (lines_++ % kLinesPerPattern != 0) return;
  auto& kept = kept_[slot_of(line.text(), kKept)];
  if (auto made = ReadingPattern::of(line, record)) kept = std::move(made);
}

}  // namespace meterpipe::record
