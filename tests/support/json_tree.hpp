// A small JSON reader for tests: objects, arrays and raw tokens, on top of lib/json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/fields.hpp"

namespace meterpipe::test {

class Json {
 public:
  explicit Json(std::string raw) : raw_(std::move(raw)) {}
  static Json parse(const std::string& text) {
    json::Fields fields;
    if (!fields.parse(text)) return Json("");
    std::string compact = "{";
    for (const json::Field& field : fields.all()) {
      if (compact.size() > 1) compact += ',';
      compact += '"' + std::string(field.key) + "\":" + std::string(field.raw);
    }
    return Json(compact + "}");
  }

  const std::string& raw() const { return raw_; }
  bool present() const { return !raw_.empty(); }
  bool is_null() const { return raw_ == "null"; }
  // Neither absent nor null.
  explicit operator bool() const { return present() && !is_null(); }

  Json operator[](std::string_view key) const {
    std::vector<json::Field> members;
    if (raw_.empty() || raw_[0] != '{' || !json::split_object(raw_, members)) return Json("");
    for (const json::Field& member : members) {
      if (member.key == key) return Json(std::string(member.raw));
    }
    return Json("");
  }
  std::vector<Json> elements() const {
    std::vector<std::string_view> parts;
    std::vector<Json> result;
    if (raw_.empty() || raw_[0] != '[' || !json::split_array(raw_, parts)) return result;
    for (const std::string_view part : parts) result.emplace_back(std::string(part));
    return result;
  }
  // The text of a string, the token of anything else.
  std::string text() const {
    std::string scratch;
    const auto text = json::to_text(raw_, scratch);
    return text ? std::string(*text) : raw_;
  }

 private:
  std::string raw_;
};

}  // namespace meterpipe::test
