#include "keys/key_finder.hpp"

#include <array>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "os/log.hpp"

namespace meterpipe::keys {
namespace {

// A stream of made-up titles must not fill the memory.
constexpr std::size_t kMostRemembered = 16384;
constexpr std::size_t kMostWarned = 10;

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

void KeyFinder::keep_counters(CounterState& counters) {
  counters_ = &counters;
  for (const KeyRing::Entry& entry : ring_.entries()) {
    fingerprints_[entry.key.get()] = CounterState::fingerprint_of(entry.encryption);
  }
  for (const CounterState::Meter& meter : counters.verified()) {
    std::array<std::uint8_t, apdu::kTitleLength> title{};
    put_integer(title, meter.title);
    for (const apdu::Key* key : ring_.keys_for(title)) {
      if (fingerprints_[key] != meter.key) continue;
      verified_.insert({meter.title, key});
      verified_.insert({meter.title, nullptr});
    }
  }
}

std::optional<std::size_t> KeyFinder::counter_place(const apdu::Security& security,
                                                    const apdu::Key* key) {
  if (counters_ == nullptr || key == nullptr || !security.has_control) return std::nullopt;
  if (security.title.empty()) return std::nullopt;
  const Who who{Reader(security.title).unsigned_of(apdu::kTitleLength), key};
  if (who == last_counted_) return last_place_;
  last_counted_ = who;
  last_place_ = counters_->place_of({who.title, fingerprints_[key]});
  return last_place_;
}

bool KeyFinder::is_replay(const apdu::Security& security, const apdu::Key* key) {
  const auto place = counter_place(security, key);
  return place &&
         counters_->is_replay(*place, security.counter, security.auth == apdu::Auth::verified);
}

std::uint32_t KeyFinder::highest(const apdu::Security& security, const apdu::Key* key) {
  const auto place = counter_place(security, key);
  return place ? counters_->highest(*place) : 0;
}

// A meter that once proved what it says does so for ever: without its tag it is somebody else. One
// that never did may have none; that is said where its line has a key for tags.
bool KeyFinder::believes(const apdu::Security& security, const apdu::Key* key) {
  const std::uint64_t title =
      security.title.empty() ? 0 : Reader(security.title).unsigned_of(apdu::kTitleLength);
  const Who who{title, key};
  if (key == nullptr) return security.auth == apdu::Auth::verified || !verified_.contains(who);
  if (security.auth == apdu::Auth::verified) {
    if (who == last_who_) return true;
    last_who_ = who;
    last_open_ = {};
    verified_.insert(who);
    verified_.insert({title, nullptr});
    return true;
  }
  if (who == last_open_) return true;
  if (verified_.contains(who)) return false;
  last_open_ = who;
  if (key->has_authentication() && warned_.size() < kMostWarned && warned_.insert(who).second) {
    os::log_warning(
        "title {}: messages without a tag, though key {} has an AK: nothing proves what they say "
        "(auth=required in the key line refuses them, auth=none expects them)",
        to_hex(security.title), key->label());
  }
  return true;
}

}  // namespace meterpipe::keys
