// The code, name and place of a value, and what is kept ready for each code.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "cosem/names.hpp"
#include "readings/value.hpp"

namespace meterpipe::views {

// 1-0:1.8.0; 1.8.0 where the meter sent no medium and channel. The value must have one.
inline std::string code_of(const readings::Value& value) {
  std::string code = cosem::to_string(*value.obis);
  return value.short_code ? code.substr(code.find(':') + 1) : code;
}
// "3", "3.2", "3.2.1"
inline std::string place_of(const readings::Place& place) {
  std::string text = std::to_string(place.pos);
  if (place.place != 0) text += '.' + std::to_string(place.place);
  for (const std::uint16_t below : place.below) {
    if (below != 0) text += '.' + std::to_string(below);
  }
  return text;
}

struct ValueName {
  std::string code, name;  // the name may be empty
  ValueName() = default;
  ValueName(const readings::Value& value, const cosem::NameFormat& format)
      : code(code_of(value)),
        name(cosem::name_of(*value.obis, format, {value.channel, value.sent != nullptr})) {}
};

// A Made per code, made once. Messages come with the same codes in the same order, so that the one
// behind the last is looked at first.
template <class Made>
class ByCode {
 public:
  // That of a value that has a code; `make` gives a new one.
  template <class Make>
  Made& of(const readings::Value& value, Make make) {
    constexpr std::uint64_t kShort = std::uint64_t{1} << 48, kSent = std::uint64_t{1} << 49;
    const std::uint64_t key = value.obis->packed() | (value.short_code ? kShort : 0) |
                              (value.sent != nullptr ? kSent : 0) |
                              std::uint64_t{static_cast<std::uint8_t>(value.channel)} << 50;
    if (next_ < kept_.size() && kept_[next_]->key == key) return kept_[next_++]->made;
    return find(key, make);
  }

 private:
  static constexpr std::size_t kMost = 8192;
  struct Kept {
    std::uint64_t key;
    Made made;
  };

  template <class Make>
  Made& find(std::uint64_t key, Make make) {
    if (!kept_.empty() && kept_[0]->key == key) {  // a message begins
      next_ = 1;
      return kept_[0]->made;
    }
    if (const auto found = index_.find(key); found != index_.end()) {
      next_ = found->second + 1;
      return kept_[found->second]->made;
    }
    if (kept_.size() >= kMost) {
      kept_.clear();
      index_.clear();
    }
    index_.emplace(key, kept_.size());
    kept_.push_back(std::make_unique<Kept>(Kept{key, make()}));
    next_ = kept_.size();
    return kept_.back()->made;
  }

  std::vector<std::unique_ptr<Kept>> kept_;               // in the order of their first coming
  std::unordered_map<std::uint64_t, std::size_t> index_;  // of a key in kept_
  std::size_t next_ = 0;  // where the next code will be if this message is like the last
};

}  // namespace meterpipe::views
