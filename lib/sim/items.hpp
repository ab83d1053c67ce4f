// The items that the rows of meters_….cpp are made of.
#pragma once

#include <array>

#include "sim/meter.hpp"

namespace meterpipe::sim::items {

using axdr::Tag;
using Q = Quantity;

inline constexpr std::uint8_t kM3 = 13, kW = 27, kVar = 29, kWh = 30, kVarh = 32, kA = 33, kV = 35,
                              kNone = 255;

// Measurement and processing: A-B:C.D.E*255.
constexpr Obis energy(std::uint8_t c, std::uint8_t e = 0, std::uint8_t b = 0) {
  return {1, b, c, 8, e, 255};
}
constexpr Obis now(std::uint8_t c, std::uint8_t b = 0) { return {1, b, c, 7, 0, 255}; }

constexpr Item text(Obis obis, Q quantity) { return {.obis = obis, .quantity = quantity}; }
constexpr Item fixed_text(Obis obis, std::string_view value) {
  return {.obis = obis, .quantity = Q::constant, .text = value};
}
// The natural unit of a quantity.
constexpr std::uint8_t unit_of(Q quantity) {
  if (quantity == Q::voltage) return kV;
  if (quantity == Q::current) return kA;
  if (quantity == Q::import_power || quantity == Q::export_power || quantity == Q::net_power) {
    return kW;
  }
  if (quantity == Q::reactive_import_power || quantity == Q::reactive_export_power) return kVar;
  if (quantity == Q::power_factor) return kNone;
  if (quantity == Q::gas) return kM3;
  if (quantity >= Q::reactive_import_energy && quantity <= Q::quadrant_4) return kVarh;
  return kWh;
}
constexpr Item value(Obis obis, Q quantity, Tag type, std::int8_t scaler = 0) {
  return {.obis = obis,
          .quantity = quantity,
          .type = type,
          .scaler = scaler,
          .unit = unit_of(quantity)};
}
constexpr Item u16(Obis obis, Q quantity, std::int8_t scaler = 0) {
  return value(obis, quantity, Tag::long_unsigned, scaler);
}
constexpr Item u32(Obis obis, Q quantity, std::int8_t scaler = 0) {
  return value(obis, quantity, Tag::double_long_unsigned, scaler);
}
constexpr Item fixed_number(Obis obis, Tag type, std::uint32_t number) {
  return {.obis = obis, .quantity = Q::constant, .type = type, .unit = kNone, .number = number};
}

// The same item, sent otherwise.
constexpr Item with(Item item, Code code) {
  item.code = code;
  return item;
}
constexpr Item without_code(Item item) { return with(item, Code::known); }
constexpr Item plain(Item item) { return with(item, Code::none); }
constexpr Item as(Item item, Tag type) {
  item.type = type;
  return item;
}
constexpr Item scaled(Item item, std::int8_t scaler) {
  item.scaler = scaler;
  return item;
}
constexpr Item at(Item item, Obis obis) {
  item.obis = obis;
  return item;
}
// The same of a phase, whose C is 20 further for each; and of a tariff.
constexpr Item in_phase(Item item, std::uint8_t phase) {
  item.obis[2] = static_cast<std::uint8_t>(item.obis[2] + 20 * phase);
  item.part = phase;
  return item;
}
constexpr Item at_rate(Item item, std::uint8_t tariff) {
  item.obis[4] = item.part = tariff;
  return item;
}
constexpr Item at_1(Item item) {  // B, the channel
  item.obis[1] = 1;
  return item;
}
constexpr Item of(Item item, std::uint16_t interface_class, std::uint8_t attribute = 2) {
  item.interface_class = interface_class;
  item.attribute = attribute;
  return item;
}
// As the value of a telegram: with `size` digits in all, `decimals` of them behind the point.
constexpr Item line(Item item, std::string_view unit, std::uint8_t size, std::uint8_t decimals) {
  item.text = unit;
  item.size = size;
  item.decimals = decimals;
  return item;
}
constexpr Item kilo_hours(Item item, std::string_view unit = "kWh") {
  return line(item, unit, 9, 3);
}
constexpr Item kilowatts(Item item, std::string_view unit = "kW") { return line(item, unit, 5, 3); }
constexpr Item volts(Item item) { return line(item, "V", 4, 1); }

// Without a code, and no reader knows one.
constexpr Item unnamed(std::string_view value) { return plain(fixed_text({}, value)); }
constexpr Item unnamed(Tag type, std::uint32_t number) {
  return plain(fixed_number({}, type, number));
}
// 0 is no code: a structure of the `count` items that follow.
constexpr Item group(std::uint32_t count) {
  return {.quantity = Q::constant, .type = Tag::structure, .code = Code::none, .number = count};
}

// What a message holds: items with their codes, or values by place.
template <class... Items>
constexpr std::array<Item, sizeof...(Items)> list(const Items&... items) {
  return {{items...}};
}
template <class... Items>
constexpr std::array<Item, sizeof...(Items)> by_place(const Items&... items) {
  std::array<Item, sizeof...(Items)> list{{items...}};
  for (Item& item : list) {
    if (item.code == Code::sent) item.code = Code::known;
  }
  return list;
}

inline constexpr Item kClock = text({0, 0, 1, 0, 0, 255}, Q::clock);
inline constexpr Item kSerial = text({0, 0, 96, 1, 0, 255}, Q::serial);
inline constexpr Item kDevice = text({0, 0, 42, 0, 0, 255}, Q::device_name);
inline constexpr Item kTime = text({1, 0, 0, 9, 1, 255}, Q::time);
inline constexpr Item kDate = text({1, 0, 0, 9, 2, 255}, Q::date);
inline constexpr Item kEmpty = unnamed("");
inline constexpr Item kDsmr5 = fixed_text({1, 3, 0, 2, 8, 255}, "50");

inline constexpr Item kU = u16(now(12), Q::voltage, -1), kI = u16(now(11), Q::current, -2);
inline constexpr Item kU1 = in_phase(kU, 1), kU2 = in_phase(kU, 2), kU3 = in_phase(kU, 3);
inline constexpr Item kI1 = in_phase(kI, 1), kI2 = in_phase(kI, 2), kI3 = in_phase(kI, 3);
inline constexpr Item kPlusP = u32(now(1), Q::import_power);
inline constexpr Item kPlusP1 = in_phase(kPlusP, 1), kPlusP2 = in_phase(kPlusP, 2),
                      kPlusP3 = in_phase(kPlusP, 3);
inline constexpr Item kMinusP = u32(now(2), Q::export_power);
inline constexpr Item kMinusP1 = in_phase(kMinusP, 1), kMinusP2 = in_phase(kMinusP, 2),
                      kMinusP3 = in_phase(kMinusP, 3);
inline constexpr Item kPlusQ = u32(now(3), Q::reactive_import_power);
inline constexpr Item kPlusQ1 = in_phase(kPlusQ, 1), kPlusQ2 = in_phase(kPlusQ, 2),
                      kPlusQ3 = in_phase(kPlusQ, 3);
inline constexpr Item kMinusQ = u32(now(4), Q::reactive_export_power);
inline constexpr Item kMinusQ1 = in_phase(kMinusQ, 1), kMinusQ2 = in_phase(kMinusQ, 2),
                      kMinusQ3 = in_phase(kMinusQ, 3);
inline constexpr Item kPlusA = u32(energy(1), Q::import_energy);
inline constexpr Item kPlusA1 = at_rate(kPlusA, 1), kPlusA2 = at_rate(kPlusA, 2);
inline constexpr Item kMinusA = u32(energy(2), Q::export_energy);
inline constexpr Item kMinusA1 = at_rate(kMinusA, 1), kMinusA2 = at_rate(kMinusA, 2);
inline constexpr Item kPlusR = u32(energy(3), Q::reactive_import_energy);
inline constexpr Item kPlusR1 = at_rate(kPlusR, 1), kPlusR2 = at_rate(kPlusR, 2);
inline constexpr Item kMinusR = u32(energy(4), Q::reactive_export_energy);
inline constexpr Item kMinusR1 = at_rate(kMinusR, 1), kMinusR2 = at_rate(kMinusR, 2);
inline constexpr Item kFactor = u16(now(13), Q::power_factor, -3);

// A maker's three letters and the five bytes behind them.
constexpr SystemTitle title(std::string_view maker, std::uint64_t rest) {
  SystemTitle title{};
  for (std::size_t i = 0; i < 3; ++i) title[i] = static_cast<std::uint8_t>(maker[i]);
  for (std::size_t i = 7; i >= 3; --i, rest >>= 8) title[i] = static_cast<std::uint8_t>(rest);
  return title;
}
// What tells a meter from others of its kind.
struct Own {
  std::string_view name, operators, description;
  SystemTitle title;
  std::string_view serial = {}, device_name = {};
};
constexpr Meter like(Meter kind, const Own& own, std::span<const Item> items, House house = {}) {
  kind.name = own.name;
  kind.operators = own.operators;
  kind.description = own.description;
  kind.title = own.title;
  kind.serial = own.serial;
  kind.device_name = own.device_name;
  kind.items = items;
  kind.house = house;
  return kind;
}

constexpr LinkForm hdlc(HdlcAddress to, HdlcAddress from, std::uint8_t control = 0x13) {
  return {.link = Link::hdlc, .hdlc = {.destination = to, .source = from, .control = control}};
}
constexpr LinkForm hdlc_iskra(std::uint32_t room = 1024, std::uint8_t segment_control = 0x13) {
  LinkForm form = hdlc({0xcf}, {0x02, 0x23});
  form.hdlc.room = room;
  form.hdlc.segment_control = segment_control;
  return form;
}
constexpr LinkForm hdlc_landis(std::uint8_t address, BlockForm blocks) {
  LinkForm form = hdlc({0xce, address}, {0x03});
  form.blocks = blocks;
  return form;
}
inline constexpr BlockForm kE450Blocks{.size = 0x7a, .free_behind = 6, .less_in_first = 3};
inline constexpr LinkForm kBare{.link = Link::none};

inline constexpr ClockForm kNoZone{.hundredths = 0xff, .deviation = false, .dst_bit = false};
inline constexpr ClockForm kNoZoneInvalid{.hundredths = 0xff, .deviation = false, .status = 0x01};

}  // namespace meterpipe::sim::items
