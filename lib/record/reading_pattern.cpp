#include "record/reading_pattern.hpp"

#include <algorithm>
#include <array>

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
    for (auto* view : {&value.obis, &value.pos, &value.name, &value.value, &value.hex, &value.text,
                       &value.unit, &value.type, &value.scaler, &value.attr, &value.at}) {
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

// A number or the text of a string may be another; what else it is stays.
void leave_free(std::vector<TextPattern::Free>& free, std::string_view raw,
                TextPattern::Kind of_string = TextPattern::Kind::plain) {
  if (raw.front() == '"') {
    // Of an empty one nothing tells the begin from the end.
    if (raw.size() > 2) free.push_back({raw.substr(1, raw.size() - 2), of_string});
  } else if (json::is_number(raw)) {
    free.push_back({raw, TextPattern::Kind::number});
  }
}

}  // namespace

std::optional<ReadingPattern> ReadingPattern::of(Line& line, const ReadingRecord& record) {
  if (line.type() != Type::reading || line.version() != kVersion) return std::nullopt;
  const std::string_view text = line.text();
  const auto is_inside = [&](std::string_view view) {
    return view.data() >= text.data() && view.data() + view.size() <= text.data() + text.size();
  };
  ReadingPattern made;
  std::vector<TextPattern::Free> free;
  std::vector<std::string_view> values;
  std::vector<json::Field> members;
  for (const json::Field& field : line.fields()) {
    if (!is_inside(field.raw) || !is_inside(field.key)) return std::nullopt;
    if (field.key == "ts") leave_free(free, field.raw, TextPattern::Kind::time);
    if (changes(field.key)) leave_free(free, field.raw);
    if (field.key == "seq") made.has_seq_ = true;
    if (field.key != "values") continue;
    if (!json::split_array(field.raw, values)) return std::nullopt;
    for (const std::string_view value : values) {
      if (!json::split_object(value, members)) return std::nullopt;
      for (const json::Field& member : members) {
        if (changes_of_value(member.key)) leave_free(free, member.raw);
      }
    }
  }
  if (free.size() > kMostParts) return std::nullopt;
  // The fixed texts, by where they begin: every place is in one of them, or at its end.
  std::vector<const char*> begins{text.data()};
  for (const TextPattern::Free& one : free) begins.push_back(one.part.data() + one.part.size());
  std::ranges::sort(begins);
  const auto place_of = [&](const char* at) {
    const auto found = std::ranges::upper_bound(begins, at) - 1;
    return Place{static_cast<std::uint32_t>(found - begins.begin()),
                 static_cast<std::uint32_t>(at - *found)};
  };
  made.pattern_ = TextPattern(text, std::move(free));
  made.fields_ = line.fields().size();
  made.values_ = record.values.size();
  made.is_replayed_ = record.replayed;
  made.shape_ = shape_of(record);
  bool is_own_form = true;
  std::vector<std::string_view> views;
  for_each_view(line.fields(), record, [&](std::string_view view) {
    views.push_back(view);
    is_own_form = is_own_form && (view.data() == nullptr || is_inside(view));
    made.views_.push_back(view.data() == nullptr || !is_own_form
                              ? View{}
                              : View{place_of(view.data()), place_of(view.data() + view.size())});
  });
  // Once for all: the line fits its own pattern, and gives itself.
  Line line_again;
  ReadingRecord record_again;
  if (!is_own_form || !made.read(text, line_again, record_again)) return std::nullopt;
  bool is_same = record_again.head.seq == record.head.seq;
  auto was = views.begin();
  for_each_view(line_again.fields(), record_again, [&](std::string_view view) {
    is_same = is_same && view == *was && (view.empty() || view.data() == was->data());
    ++was;
  });
  if (!is_same) return std::nullopt;
  return made;
}

bool ReadingPattern::read(std::string_view text, Line& line, ReadingRecord& record) const {
  // The first is the line's begin, as if a free part ended there.
  thread_local std::array<std::string_view, kMostParts + 1> parts;
  parts[0] = text.substr(0, 0);
  if (!pattern_.fits(text, parts.data() + 1)) return false;
  std::vector<json::Field>& fields = line.set(text, Type::reading, {});
  fields.resize(fields_);
  record.values.resize(values_);
  const auto at = [](const Place& place) {
    return parts[place.text].data() + parts[place.text].size() + place.behind;
  };
  const View* view = views_.data();
  for_each_view(fields, record, [&](std::string_view& to) {
    const char* const begin = at(view->begin);
    to = {begin, static_cast<std::size_t>(at(view->end) - begin)};
    ++view;
  });
  for (ReadingValue& value : record.values) value.unchanged = false;
  record.replayed = is_replayed_;
  record.shape = shape_;
  record.head.seq.reset();
  if (has_seq_) {
    const auto seq = std::ranges::find(fields, "seq", &json::Field::key);
    record.head.seq = json::to_unsigned(seq->raw);
    if (!record.head.seq) return false;
  }
  line.set(text, Type::reading, record.head);
  return true;
}

std::size_t ReadingPattern::memory() const {
  return pattern_.memory() + views_.capacity() * sizeof(View) + sizeof *this;
}

namespace {

std::uint64_t meter_of(std::string_view text) {
  return source_key(text, {"\"meter\":\"", "\"src\":\""});
}

}  // namespace

bool ReadingPatterns::read(std::string_view text, Line& line, ReadingRecord& record) const {
  const auto found = kept_.find(meter_of(text));
  return found != kept_.end() && found->second.read(text, line, record);
}

void ReadingPatterns::learn(Line& line, const ReadingRecord& record) {
  if (lines_++ % kLinesPerPattern != 0) return;
  auto made = ReadingPattern::of(line, record);
  if (!made) return;
  const std::uint64_t meter = meter_of(line.text());
  if (const auto old = kept_.find(meter); old != kept_.end()) {
    bytes_ -= old->second.memory();
    kept_.erase(old);
  }
  bytes_ += made->memory();
  while (bytes_ > kMostBytes && !kept_.empty()) {
    bytes_ -= kept_.begin()->second.memory();
    kept_.erase(kept_.begin());
  }
  kept_.emplace(meter, std::move(*made));
}

}  // namespace meterpipe::record
