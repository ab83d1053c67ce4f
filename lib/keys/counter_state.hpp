// The highest invocation counter of each meter and key, in a file that outlives the run: whoever
// recorded a message can send it again, and its tag still fits.
//
//   file  = pages of 4096 bytes: a header, then pairs of two copies of the same 128 entries
//   entry = title(8) key(8) counter(4) generation and flags(4) checksum(8)    big-endian, 32 bytes
//
// An entry is written to its two pages in turn, so that what a power cut damages leaves the value
// before it. The file is written once in five minutes at most and at the end, and at once when a
// meter is new or was verified for the first time: a power cut forgets five minutes.
//
// What proves a counter is the tag. Of messages without one, a counter that goes on by a few is
// taken; one that leaps when three messages in a row agree, so that a single forged FFFFFFFF locks
// nobody out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"

namespace meterpipe::keys {

class CounterState {
 public:
  // Opens the file, or makes it with mode 0600. Fatal: 66 no such folder, 74 in use by another
  // program, 77 not ours alone (os::check_own_file), 78 no file of counters.
  explicit CounterState(const std::string& path);
  // Writes what is new.
  ~CounterState();
  CounterState(const CounterState&) = delete;
  CounterState& operator=(const CounterState&) = delete;

  struct Meter {
    std::uint64_t title = 0;
    std::uint64_t key = 0;  // its fingerprint
    bool operator==(const Meter&) const = default;
  };
  // Where a meter's counter is kept. nullopt: no room for one more, which is said once.
  std::optional<std::size_t> place_of(const Meter& meter);
  // Of whom a message was verified.
  std::vector<Meter> verified() const;
  // Whether this counter, or a higher one, was there before; remembers it where it was not.
  bool is_replay(std::size_t place, std::uint32_t counter, bool verified);
  // The highest one so far.
  std::uint32_t highest(std::size_t place) const { return entries_[place].counter; }

  // Removes what is known of a title with any key: a meter that was reset. How many entries.
  std::size_t forget(std::uint64_t title);
  std::size_t size() const { return entries_.size(); }
  void write();

  // The fingerprint of a key; 64 bits of SHA-256, from which nobody gets the key.
  static std::uint64_t fingerprint_of(Bytes key);

  static constexpr std::size_t kMostMeters = 65'536;

 private:
  struct Entry {
    Meter meter;
    std::uint32_t counter = 0;
    std::uint32_t generation = 0;  // of what was written last; 24 bits count on and begin again
    bool is_known = false;         // there is a counter
    bool verified = false;         // a message was
    bool is_new = false;           // not written yet
    // Of messages without a tag, behind a leap.
    std::uint32_t candidate = 0;
    int in_row = 0;
  };
  struct Hash {
    std::size_t operator()(const Meter& meter) const {
      return (meter.title ^ meter.key) * 0x9e3779b97f4a7c15u;
    }
  };

  void read();
  void take(Bytes bytes, std::size_t place);
  void rise(Entry& entry, std::uint32_t counter);

  std::string path_;
  int fd_ = -1;
  std::vector<Entry> entries_;
  std::unordered_map<Meter, std::size_t, Hash> places_;
  bool has_new_ = false, is_urgent_ = false, is_full_ = false, is_failing_ = false;
  std::uint64_t damaged_ = 0;
  long long written_ms_;
};

}  // namespace meterpipe::keys
