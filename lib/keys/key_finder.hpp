// Which keys of a ring a message is tried with, and in which order.
//
//   title known      the lines of that title; if there are none, those for any meter
//   no title         the lines that have one, each with its own
//
// Thousands of lines may be in such a list. The one that fitted last, for the same title (without
// one: the same source) and the same security control, is tried first, so that the list is gone
// through once and not with every message. The same lines come into question then, so that another
// line could have won only by deciphering to an APDU by chance, or by being the same key.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "apdu/open.hpp"
#include "keys/counter_state.hpp"
#include "keys/keys.hpp"

namespace meterpipe::keys {

class KeyFinder final : public apdu::KeySource {
 public:
  explicit KeyFinder(const KeyRing& ring) : ring_(ring) {}

  // Where the next messages come from; must live as long as they are asked for.
  void set_source(std::string_view source) { source_ = source; }

  Choice keys_for(const apdu::Security& security) override;
  void fitted(const apdu::Security& security, bool title_was_known, apdu::Key& key) override;
  bool believes(const apdu::Security& security, const apdu::Key* key) override;
  bool requires_tags() const override { return ring_.requires_tags(); }

  // From now on counters are kept there, and what it says was verified counts as if it had been
  // now.
  void keep_counters(CounterState& counters);
  // Of a message that was opened, once for each: whether its counter was there before. `key`: that
  // it was opened with.
  bool is_replay(const apdu::Security& security, const apdu::Key* key);
  // The highest counter that was there.
  std::uint32_t highest(const apdu::Security& security, const apdu::Key* key);
  std::size_t remembered() const { return last_.size(); }

 private:
  struct Place {
    std::uint64_t who;    // the title, or a hash of the source
    std::uint16_t which;  // security control; bit 8: no title
    bool operator==(const Place&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Place& place) const {
      return (place.who ^ std::uint64_t{place.which} << 40) * 0x9e3779b97f4a7c15u;
    }
  };
  Place place_of(Bytes title, std::uint8_t control) const;
  std::optional<std::size_t> counter_place(const apdu::Security& security, const apdu::Key* key);

  const KeyRing& ring_;
  // A meter and the line that opens its messages.
  struct Who {
    std::uint64_t title = 0;
    const apdu::Key* key = nullptr;
    bool operator==(const Who&) const = default;
  };
  struct WhoHash {
    std::size_t operator()(const Who& who) const {
      return (who.title ^ std::hash<const void*>()(who.key)) * 0x9e3779b97f4a7c15u;
    }
  };

  std::string_view source_;
  std::unordered_set<Who, WhoHash> verified_;  // a tag was; without a key: of any line
  std::unordered_set<Who, WhoHash> warned_;    // that none is
  CounterState* counters_ = nullptr;
  std::unordered_map<const apdu::Key*, std::uint64_t> fingerprints_;
  Who last_counted_;
  std::optional<std::size_t> last_place_;
  Who last_who_, last_open_;  // the last that was verified, and that never was
  std::unordered_map<Place, apdu::Key*, Hash> last_;
};

}  // namespace meterpipe::keys
