// One JSON line as a record: the common keys, the rest by name. INTERFACE: meter-records(5).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/buffer.hpp"
#include "base/error.hpp"
#include "json/fields.hpp"
#include "json/writer.hpp"

namespace meterpipe::record {

enum class Type : std::uint8_t { bytes, frame, apdu, reading, mbus, error, unknown };

std::string_view name(Type type);

// The keys that every record may have, in this order behind v and t. Views belong to the line.
struct Head {
  std::string_view ts;   // RFC 3339 UTC with microseconds, or empty
  std::string_view src;  // where it came from, or empty
  std::optional<std::uint64_t> seq;
};

inline constexpr std::uint64_t kVersion = 1;

class Line {
 public:
  // Splits the line and reads v, t, ts, src and seq. `text` must live as long as this is used.
  Result<void> parse(std::string_view text);

  Type type() const { return type_; }
  std::uint64_t version() const { return version_; }
  const Head& head() const { return head_; }
  std::string_view text() const { return text_; }  // the line as it came
  // The same record with other numbers: text() is this. Fields and views stay those of the old one.
  void set_text(std::string_view text) { text_ = text; }
  const std::vector<json::Field>& fields() const { return fields_.all(); }
  const json::Field* find(std::string_view key) const { return fields_.find(key); }

  // Where its value stands in the line, from 1, so that a message can point at it.
  std::uint64_t column_of(const json::Field& field) const;

  // Text of a JSON string; escapes are resolved into memory of this line.
  std::optional<std::string_view> text_of(const json::Field& field);
  std::optional<std::string_view> text_of(std::string_view raw);
  // Of the field with this key; none where it is missing or no text.
  std::optional<std::string_view> text_at(std::string_view key);

 private:
  bool read_head(const json::Field& field);

  std::string_view text_;
  json::Fields fields_;
  std::deque<std::string> scratch_;
  Type type_ = Type::unknown;
  std::uint64_t version_ = kVersion;
  Head head_;
};

// Begins a record: {"v":1,"t":…,"ts":…,"src":…,"seq":…  (the object stays open)
void begin_record(json::Writer& out, Type type, const Head& head);
// Ends it: the keys that the tool did not know, `}` and the line's end.
void end_record(json::Writer& out, std::span<const json::Field> unknown = {});

}  // namespace meterpipe::record
