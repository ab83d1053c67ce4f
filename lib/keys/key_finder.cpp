#include "keys/key_finder.hpp"

#include <functional>

#include "base/reader.hpp"

namespace meterpipe::keys {
namespace {

// A stream of made-up titles must not fill the memory.
constexpr std::size_t kMostRemembered = 16384;

}  // namespace

KeyFinder::Place KeyFinder::place_of(Bytes title, std::uint8_t control) const {
  if (!title.empty()) return {Reader(title).unsigned_of(apdu::kTitleLength), control};
  return {std::hash<std::string_view>()(source_), static_cast<std::uint16_t>(0x100 | control)};
}

apdu::KeySource::Choice KeyFinder::keys_for(const apdu::Security& security) {
  const Bytes title = security.title;
  Choice choice{title.empty() ? ring_.titled() : ring_.keys_for(title), nullptr};
  if (choice.keys.size() > 1) {
    const auto found = last_.find(place_of(title, security.control));
    if (found != last_.end()) choice.first = found->second;
  }
  return choice;
}

void KeyFinder::fitted(const apdu::Security& security, bool title_was_known, apdu::Key& key) {
  if (last_.size() >= kMostRemembered) last_.clear();
  last_[place_of(title_was_known ? Bytes(security.title) : Bytes(), security.control)] = &key;
}

}  // namespace meterpipe::keys
