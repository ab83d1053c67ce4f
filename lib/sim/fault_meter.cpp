#include "sim/fault_meter.hpp"

#include <algorithm>

#include "apdu/ciphered.hpp"
#include "apdu/security.hpp"
#include "axdr/tree.hpp"
#include "sim/chance.hpp"
#include "sim/fault_check.hpp"
#include "sim/items.hpp"

namespace meterpipe::sim {
namespace {

// What the numbers of chance are for.
enum Purpose : std::uint64_t {
  kTouch = 100,
  kKeys,
  kTitle,
  kSuite,
  kTag,
  kApdu,
  kLayout,
};

constexpr std::array kKeyFaults{FaultKind::wrong_key, FaultKind::wrong_ak, FaultKind::swap_keys,
                                FaultKind::garbled_key};

void exchange_digits(ByteVector& key, Chance& chance) {
  const auto digit = [&](std::size_t at) { return key[at / 2] >> (at % 2 == 0 ? 4 : 0) & 15; };
  const std::size_t digits = key.size() * 2, first = chance.below(digits - 1);
  for (std::size_t i = 0; i + 1 < digits; ++i) {
    const std::size_t at = (first + i) % (digits - 1);
    const int a = digit(at), b = digit(at + 1);
    if (a == b) continue;
    const auto set = [&](std::size_t place, int value) {
      const int shift = place % 2 == 0 ? 4 : 0;
      key[place / 2] =
          static_cast<std::uint8_t>((key[place / 2] & ~(15 << shift)) | value << shift);
    };
    set(at, b);
    set(at + 1, a);
    return;
  }
}

void garble(ByteVector& key, Garbling how, Chance chance) {
  switch (how) {
    case Garbling::halves:
      std::rotate(key.begin(), key.begin() + key.size() / 2, key.end());
      return;
    case Garbling::reversed: std::ranges::reverse(key); return;
    case Garbling::digit: {
      const std::size_t at = chance.below(key.size() * 2);
      const std::uint64_t other = 1 + chance.below(15);
      key[at / 2] ^= static_cast<std::uint8_t>(at % 2 == 0 ? other << 4 : other);
      return;
    }
    case Garbling::transposed: return exchange_digits(key, chance);
    case Garbling::nibbles:
      for (std::uint8_t& byte : key) byte = static_cast<std::uint8_t>(byte << 4 | byte >> 4);
      return;
  }
}

bool is_type(std::uint8_t tag) {
  return std::ranges::find(axdr::kTypes, axdr::Tag{tag}, &axdr::Type::tag) != axdr::kTypes.end();
}

// A tag that stands for no type, or a count that the bytes behind it cannot hold. In the latter
// half of the body, so that what stands before shows that the key was right.
void damage_data(ByteVector& plain, std::size_t body, Chance chance) {
  axdr::Nodes nodes;
  std::vector<std::size_t> places;  // of tags
  std::vector<std::size_t> counts;
  if (axdr::parse_all(plain, body, nodes)) {
    for (const axdr::Node& node : nodes) {
      if (node.tag == axdr::Tag::descriptor) continue;
      if (node.start < (body + plain.size()) / 2 && &node != nodes.begin()) continue;
      places.push_back(node.start);
      const axdr::Shape shape = axdr::type_of(node.tag).shape;
      const bool counted = shape == axdr::Shape::container || shape == axdr::Shape::sized;
      if (counted && plain[node.start] == static_cast<std::uint8_t>(node.tag)) {
        counts.push_back(node.start + 1);
      }
    }
  }
  // The body itself only where nothing else is left.
  if (places.size() > 1) places.erase(places.begin());
  if (counts.size() > 1) counts.erase(counts.begin());
  if (!counts.empty() && chance.below(2) == 0) {
    const std::size_t at = counts[chance.below(counts.size())];
    const std::size_t width = plain[at] < 0x80 ? 1 : 1U + (plain[at] & 0x7fU);
    const auto place = plain.begin() + at;
    plain.erase(place, place + width);
    constexpr std::array<std::uint8_t, 3> kMost{0x82, 0xff, 0xff};
    plain.insert(plain.begin() + at, kMost.begin(), kMost.end());
    return;
  }
  const std::size_t at = places.empty() ? body : places[chance.below(places.size())];
  std::uint8_t tag = chance.byte();
  while (is_type(tag)) ++tag;
  plain[at] = tag;
}

}  // namespace

CipherKeys faulty_keys(const Faults& faults, const CipherKeys& keys, std::uint8_t control,
                       std::uint64_t seed) {
  CipherKeys real = keys;
  Chance chance(seed, kKeys);
  const std::size_t size = key_length(control);
  if (faults.find(FaultKind::wrong_key) != nullptr) {
    real = {chance.bytes(size), chance.bytes(size), chance.bytes(size)};
  }
  if (faults.find(FaultKind::wrong_ak) != nullptr) real.ak = chance.bytes(size);
  if (faults.find(FaultKind::swap_keys) != nullptr) std::swap(real.ek, real.ak);
  if (const FaultChoice* garbled = faults.find(FaultKind::garbled_key); garbled != nullptr) {
    const bool broadcast = (control & apdu::kBroadcast) != 0;
    garble(broadcast ? real.broadcast : real.ek, static_cast<Garbling>(garbled->value), chance);
  }
  return real;
}

std::vector<Item> items_by_place(const Meter& meter) {
  std::vector<Item> items;
  if (meter.layout == Layout::telegram || meter.event) return items;
  for (const Item& item : meter.items) {
    const bool is_number_of_list = item.quantity == Quantity::logical_name;
    if (is_number_of_list || item.type == axdr::Tag::structure) continue;
    Item& one = items.emplace_back(item);
    if (one.code != Code::none) one.code = Code::known;
  }
  return items;
}

MeterFaults::MeterFaults(const Faults& faults, const Meter& meter,
                         std::optional<std::uint8_t> control, const CipherKeys& keys,
                         std::uint64_t seed)
    : faults_(faults), seed_(seed), changed_(meter), title_(meter.title) {
  change_layout(meter);
  const auto wanted = [&](FaultKind kind) { return faults.find(kind) != nullptr; };
  if (control && std::ranges::any_of(kKeyFaults, wanted)) {
    cipherer_ = std::make_unique<Cipherer>(*control, faulty_keys(faults, keys, *control, seed));
  }
  // A neighbour's meter of the same make: its number is another.
  Chance chance(seed, kTitle);
  const auto its_number = std::span(title_).last(3);
  std::uint64_t number = chance.below(9'999'999);
  if (number >= integer_of(its_number)) ++number;
  put_integer(its_number, number);
}

// The values rotated behind a number and a boolean, which no profile begins with.
void MeterFaults::change_layout(const Meter& meter) {
  if (faults_.find(FaultKind::layout) == nullptr) return;
  items_ = items_by_place(meter);
  if (items_.empty()) return;
  Chance chance(seed_, kLayout);
  if (items_.size() > 1) {
    const auto by = static_cast<std::ptrdiff_t>(1 + chance.below(items_.size() - 1));
    std::rotate(items_.begin(), items_.begin() + by, items_.end());
  }
  const auto number = static_cast<std::uint32_t>(1 + chance.below(255));
  items_.insert(items_.begin(), {items::unnamed(axdr::Tag::unsigned_, number),
                                 items::unnamed(axdr::Tag::boolean, 1)});
  changed_.layout = Layout::positional;
  changed_.items = items_;
}

void MeterFaults::begin(Message& message) {
  message.number = number_++;
  message.fault = {};
  message.touched =
      faults_.any() && Chance(seed_, kTouch, message.number).happens(faults_.share_ppm);
}

void MeterFaults::set_counter(Message& message) {
  if (faults_.find(FaultKind::counter_backwards) == nullptr) return;
  // Far enough up for all the way down.
  if (!last_counter_) {
    message.counter += 1U << 30;
  } else if (message.touched) {
    message.counter = *last_counter_ - 1;
    message.fault.add(FaultKind::counter_backwards);
  } else {
    message.counter = *last_counter_ + 1;
  }
  last_counter_ = message.counter;
}

void MeterFaults::set_clock(Message& message) {
  if (const FaultChoice* off = active(message, FaultKind::clock); off != nullptr) {
    message.values.time = vienna(message.utc + off->value);
    // Of wired meters nobody looks at the clock.
    message.fault.add(FaultKind::clock,
                      is_wired(*message.meter)
                          ? std::nullopt
                          : cause_of_clock(off->value, says_deviation(*message.meter)));
  }
  if (const FaultChoice* zone = active(message, FaultKind::clock_zone); zone != nullptr) {
    message.values.time.deviation += static_cast<int>(zone->value);
    message.fault.add(FaultKind::clock_zone, cause_of_clock(zone->value * 60, true));
  }
}

void MeterFaults::set_values(Message& message) {
  message.values.snapshot.gas_unread = notes(message, FaultKind::unread);
}

const Meter& MeterFaults::meter_of(Message& message) {
  return notes(message, FaultKind::layout) ? changed_ : *message.meter;
}

void MeterFaults::damage_plain(Message& message, std::size_t body) {
  if (!notes(message, FaultKind::bad_apdu)) return;
  if (message.meter->layout == Layout::telegram) {  // a text without head and end
    message.plain.erase(message.plain.begin());
    const auto end = std::find(message.plain.rbegin(), message.plain.rend(), '!');
    if (end != message.plain.rend()) *end = '.';
    return;
  }
  damage_data(message.plain, body, Chance(seed_, kApdu, message.number));
}

bool MeterFaults::notes_of_keys(Message& message) const {
  bool other = false;
  for (const FaultKind kind : kKeyFaults) other |= notes(message, kind);
  return other;
}

Cipherer* MeterFaults::cipherer_of(Message& message) {
  return notes_of_keys(message) ? cipherer_.get() : nullptr;
}

void MeterFaults::damage_apdu(Message& message) {
  const auto parsed = apdu::parse_ciphered(message.apdu);
  if (!parsed) return;
  std::uint8_t* const first = message.apdu.data();
  const auto place = [&](Bytes part) { return first + (part.data() - first); };
  if (notes(message, FaultKind::wrong_title)) {
    message.title = title_;
    std::ranges::copy(title_, place(parsed->title));
  }
  std::uint8_t& control = place(parsed->counter_bytes)[-1];
  if (notes(message, FaultKind::suite)) {
    control = static_cast<std::uint8_t>((control & 0xf0) | (3 + Chance(seed_, kSuite).below(13)));
  }
  if (notes(message, FaultKind::compressed)) control |= apdu::kCompressed;
  message.control = control;
  if (notes(message, FaultKind::wrong_tag)) {
    Chance chance(seed_, kTag, message.number);
    std::uint8_t* const tag = place(parsed->mac);
    for (std::size_t i = 0; i < parsed->mac.size(); ++i) tag[i] = chance.byte_but(tag[i]);
  }
}

}  // namespace meterpipe::sim
