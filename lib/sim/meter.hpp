// A simulated meter is a row of data: who it is, what its message holds in which order, how it
// ciphers and frames. A new meter is a new row in a meters_….cpp; a new body layout one more Layout
// and its writer in body.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "axdr/types.hpp"
#include "sim/apdu.hpp"
#include "sim/household.hpp"
#include "sim/link.hpp"
#include "sim/quantity.hpp"

namespace meterpipe::sim {

using Obis = std::array<std::uint8_t, 6>;

// How an item's OBIS code goes with its value.
enum class Code : std::uint8_t {
  sent,
  swapped,  // sent as `06 09` instead of `09 06` (L+G ZMF100)
  known,    // not sent, but this is what the value is
  none,     // not sent, and there is none
};

// One value of the message.
struct Item {
  Obis obis{};
  Quantity quantity = Quantity::constant;
  std::uint8_t part = 0;  // of the quantity: a phase or a tariff, see number_of
  // The type that is sent. array: of one double-long-unsigned. structure: the next `number` items
  // are its elements. null_data: the meter has the item and no value for it.
  axdr::Tag type = axdr::Tag::octet_string;
  std::int8_t scaler = 0;  // of the number that is sent
  std::uint8_t unit = 0;   // as the blue book counts
  Code code = Code::sent;
  std::uint16_t interface_class = 0;  // in lists of attributes; 0: as the quantity usually has it
  std::uint8_t attribute = 2;
  std::string_view text = {};  // of a constant; in a telegram the values themselves, or the unit
  std::uint32_t number = 0;    // of a constant
  std::uint8_t size = 0;       // a text is padded with NUL to it; digits of a telegram's number
  std::uint8_t decimals = 0;   // of a telegram's number
  // Of a wired meter: DIB and VIB in hex; its DIF says how the value is sent. 1f: the next telegram
  // begins behind it.
  std::string_view record = {};
};

enum class Layout : std::uint8_t {
  // structure of all: the first item flat as OBIS, value; the others each a structure of OBIS,
  // octet-string or OBIS, value, {scaler, unit}
  nested,
  // structure of all, flat: [OBIS,] value [, {scaler, unit} behind a number]
  triples,
  // the same without scaler and unit
  pairs,
  // array of structures of OBIS, value or OBIS, value, {scaler, unit}
  array,
  structures,  // the same as a structure
  // structure of the push-object-list, {class, OBIS, attribute, data-index} for each item and for
  // the list itself, and the values
  objects,
  // structure of an enum and an array of {attribute descriptor without tags, value}
  descriptors,
  // structure of values
  positional,
  // one value
  single,
  // no Data: a P1 telegram
  telegram,
  // no Data: records of EN 13757-3 in an answer, see wired.hpp
  records,
  // no Data: an SML file
  sml,
};

// A telegram that is none of P1 but a read-out of IEC 62056-21.
enum class ReadOut : std::uint8_t {
  none,
  pushed,  // mode D: 1-0:1.8.0*255(…), no check
  asked,   // mode C: STX, the same lines, ETX, BCC
  brief,   // mode C with codes as 1.8.0, C.1.0, F.F
};

// The twelve bytes of a clock, where meters differ.
struct ClockForm {
  std::uint8_t hundredths = 0;
  bool deviation = true;    // false: 8000
  std::uint8_t status = 0;  // or'ed with the DST bit
  bool dst_bit = true;
};

DateTime clock_bytes(const LocalTime& time, const ClockForm& form);

struct Meter {
  std::string_view name = {};
  std::string_view operators = {};  // whose meter it is, and where
  std::string_view description = {};
  std::string_view line = "2400-8E1";  // of its interface
  SystemTitle title{};
  std::string_view serial = {};
  std::string_view device_name = {};  // where the layout has one
  Layout layout = Layout::nested;
  std::span<const Item> items = {};
  House house = {};
  std::optional<std::uint8_t> control = 0x21;  // none: it does not cipher
  unsigned length_width = 0;                   // of the ciphered length, see add_length
  Bytes fixed_ak = {};                         // where all meters of an operator have the same
  TimeForm time = TimeForm::plain;
  std::uint32_t priority = 0;  // upper bits of the long-invoke-id
  bool counts_invoke = true;
  ClockForm clock = {};
  std::optional<ClockForm> body_clock = {};  // where it differs from that in the head
  std::optional<EventHead> event = {};       // an event-notification; its time is none
  bool telegram_crc = true;
  ReadOut read_out = ReadOut::none;
  bool oms = false;  // records in blocks of AES-CBC (mode 5), for which an acknowledgement is due
  LinkForm link = {};

  const ClockForm& clock_of_body() const { return body_clock ? *body_clock : clock; }
  bool has_time_in_head() const { return time != TimeForm::none && !event; }
};

// Of customer interfaces that speak DLMS or P1.
std::span<const Meter> meters();
// On wired M-Bus, with SML, with a read-out.
std::span<const Meter> wired_meters();
// Of both.
const Meter* find_meter(std::string_view name);
inline bool is_wired(const Meter& meter) {
  return meter.layout == Layout::records || meter.layout == Layout::sml ||
         meter.read_out != ReadOut::none;
}

// The rows, by region.
std::span<const Meter> austrian_meters();
std::span<const Meter> swiss_meters();
std::span<const Meter> nordic_meters();
std::span<const Meter> iskra_meters();
std::span<const Meter> other_meters();

// Keys of the simulator's own for a meter: made from its title, the same in every run.
CipherKeys own_keys(const Meter& meter, std::uint8_t control);

// Everything a message says besides its head.
struct Values {
  LocalTime time;
  DateTime clock{};  // of the body
  Snapshot snapshot;
};

void add_body(ByteVector& out, const Meter& meter, const Values& values);
std::string telegram_of(const Meter& meter, const Values& values);

bool is_number(const Item& item);
inline bool has_code(const Item& item) {
  return item.code == Code::sent || item.code == Code::swapped;
}
// Whether {scaler, unit} stands behind the item's value.
bool sends_scaler(const Meter& meter, const Item& item);
// What is sent of an item: its text or bytes, or its number in 10^scaler of its unit.
std::string text_of(const Meter& meter, const Item& item, const Values& values);
std::uint64_t number_of(const Item& item, const Snapshot& now);
// Class of the object that an item is an attribute of.
std::uint16_t class_of(const Item& item);

}  // namespace meterpipe::sim
