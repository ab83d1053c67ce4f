// A simulated meter is a row of data: who it is, what its message holds in which order, how it
// ciphers and frames. A new meter is a new row in meters.cpp; a new body layout one more Layout and
// its writer in body.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "axdr/types.hpp"
#include "sim/apdu.hpp"
#include "sim/household.hpp"
#include "sim/mbus.hpp"

namespace meterpipe::sim {

using Obis = std::array<std::uint8_t, 6>;

enum class Quantity : std::uint8_t {
  clock,
  serial,       // the meter's number
  device_name,  // the logical device name
  voltage_1,
  voltage_2,
  voltage_3,
  current_1,
  current_2,
  current_3,
  import_power,
  export_power,
  import_energy,
  export_energy,
  reactive_import_energy,
  reactive_export_energy,
  power_factor,
};

// One value of the message. Its scaler is the one in which Snapshot holds it.
struct Item {
  Obis obis{};
  Quantity quantity;
  axdr::Tag type = axdr::Tag::octet_string;  // or long-unsigned, or double-long-unsigned
  std::int8_t scaler = 0;
  std::uint8_t unit = 0;  // as the blue book counts; not sent with an octet-string
};

enum class Layout : std::uint8_t {
  // structure of all: the first item flat as OBIS, value; the others each a structure of OBIS,
  // octet-string or OBIS, value, {scaler, unit}
  nested,
  // structure of all, flat: value without OBIS (octet-string), or OBIS, value, {scaler, unit}
  triples,
};

struct Meter {
  std::string_view name = {};
  std::string_view description = {};
  SystemTitle title{};
  std::string_view serial = {};
  std::string_view device_name = {};  // where the layout has one
  Layout layout = Layout::nested;
  std::span<const Item> items = {};
  House house = {};
  std::uint8_t control = 0x21;
  std::uint32_t priority = 0;     // upper bits of the long-invoke-id
  std::uint8_t clock_status = 0;  // besides the DST bit
  MbusForm mbus = {};
};

std::span<const Meter> meters();
const Meter* find_meter(std::string_view name);

// Keys of the simulator's own for a meter: made from its title, the same in every run.
CipherKeys own_keys(const Meter& meter, std::uint8_t control);

// Everything a message says besides its head.
struct Values {
  LocalTime time;
  DateTime clock{};
  Snapshot snapshot;
};

void add_body(ByteVector& out, const Meter& meter, const Values& values);

// The text of an octet-string item, or the number of any other.
std::string_view text_of(const Meter& meter, Quantity quantity);
std::uint64_t number_of(const Snapshot& snapshot, Quantity quantity);

}  // namespace meterpipe::sim
