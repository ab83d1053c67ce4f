// The meters that are known, each once. A record's meter is looked up once; behind that each stage
// finds its part of what is known of it by the meter's number (PerMeter).
//
// Bounded: when there are more than `most` meters, the one that was not heard of for longest is
// forgotten, by all stages at once, with what they have saved of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace meterpipe::state {

class Meter {
 public:
  const std::string& name() const { return *name_; }
  // Below the greatest number of meters that there ever were at once; that of a meter which was
  // forgotten is given to another one.
  std::size_t number() const { return number_; }
  // When it was heard of: in records of all meters.
  std::uint64_t heard() const { return heard_; }

 private:
  friend class Meters;
  const std::string* name_ = nullptr;
  std::size_t number_ = 0;
  std::uint64_t heard_ = 0;
  std::list<Meter*>::iterator place_;
};

// What somebody keeps of each meter.
class MeterPart {
 public:
  virtual ~MeterPart() = default;
  // It will be forgotten: what is held back of it comes now. All parts still have it.
  virtual void leaving(Meter&) {}
  virtual void forget(Meter& meter) = 0;
};

class Meters {
 public:
  static constexpr std::size_t kMost = 100'000;

  // most: 1 at least.
  explicit Meters(std::size_t most = kMost) : most_(most) {}
  Meters(const Meters&) = delete;
  Meters& operator=(const Meters&) = delete;

  // A record of the meter with this name has come. The meter is good until that of the next record
  // is heard: it is never the one that is forgotten.
  Meter& heard(std::string_view name);
  void heard(Meter& meter);
  // An earlier run has saved something of it. when: Meter::heard of then, 0 where that is not
  // known. The bound holds again with the next record, when all that was saved has been seen.
  Meter& restored(std::string_view name, std::uint64_t when = 0);
  void forget(Meter& meter);

  // nullptr: it is not known (any more). It does not count as heard of.
  const Meter* find(std::string_view name) const {
    const auto found = meters_.find(name);
    return found == meters_.end() ? nullptr : &found->second;
  }

  std::size_t size() const { return meters_.size(); }
  std::size_t most() const { return most_; }
  std::uint64_t forgotten() const { return forgotten_; }

  // take(Meter&), in the order of names.
  template <class Take>
  void for_each(const Take& take) {
    for (auto& [name, meter] : meters_) take(meter);
  }
  // The one that was not heard of for longest; there must be one.
  Meter& oldest();

  void add(MeterPart& part) { parts_.push_back(&part); }
  void remove(MeterPart& part) { std::erase(parts_, &part); }

 private:
  Meter& emplace(std::string_view name);
  void keep_bound();

  const std::size_t most_;
  std::map<std::string, Meter, std::less<>> meters_;
  std::list<Meter*> by_age_;  // the oldest first
  bool in_order_ = true;      // by_age_ is
  std::vector<std::size_t> free_numbers_;
  std::vector<MeterPart*> parts_;
  std::uint64_t clock_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace meterpipe::state
