// From a value tree to readings: which node is the value of which OBIS code. The operator chooses
// the layout, not the meter model, and there are many; they are inferred in one way:
//
//   an octet-string of 6 that reads as a logical name names the element behind it;
//   {scaler, unit} behind a value is its scaler and unit, other forms: readings/scaler_unit.hpp;
//   a structure or array with names in it is gone through element by element;
//   {value, {scaler, unit}} behind a name is a register: its value, scaler and unit;
//   whatever is left is a value by its place. Nothing is dropped.
//
//   nested  {OBIS, value, {scaler, unit}} …   Kaifa Salzburg, TINETZ, VKW; Aidon, L+G (Nordic)
//   flat    OBIS, value, {scaler, unit}, …    Netz NÖ (Kaifa, Sagemcom): clock and number by place
//   pairs   OBIS, value, …                    L+G E450 Steiermark
//   list    list name, then pairs             Kamstrup
//   object-list  the list of what follows     L+G, Iskra in Switzerland (readings/object_list.hpp)
//   descriptors  untagged descriptor, value   Sagemcom XT211, ZPA: {enum, array of pairs}; the
//                                             enum tells the kind of list and is no value;
//                                             {class, OBIS, attribute, [data index,] value},
//                                             tagged, also flat or alone (readings/descriptor.hpp)
//   positional                                no name at all (readings/profile.hpp)
//
// A push setup's logical name (0-b:25.9.0) in front, with no entry of its own, is the list's own
// name and not that of what follows: Kärnten, Wels.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "base/decimal.hpp"
#include "cosem/obis.hpp"
#include "readings/object_list.hpp"
#include "readings/value.hpp"

namespace meterpipe::readings {

enum class Layout : std::uint8_t {
  nested,
  flat,
  pairs,
  list,
  object_list,
  descriptors,
  positional,
};
std::string_view name(Layout layout);

struct Inferred {
  std::vector<Value> values;  // in the order of the message
  Layout layout = Layout::positional;
  std::optional<std::size_t> clock;   // index of the body's clock
  std::optional<std::size_t> number;  // index of the meter number
  std::optional<cosem::Obis> list;    // the list's own name, where it stands in front
  // Entries and values of an object list whose numbers do not fit.
  struct Misfit {
    std::size_t entries = 0, values = 0;
  };
  std::optional<Misfit> misfit;
  // Of descriptors without a sure value, which stand by place: perhaps entries of an object list.
  std::uint32_t doubtful = 0;
  std::uint32_t elements = 0;  // of the body
  std::uint32_t root = 0;      // its node
};

// `nodes` as axdr::parse made them from `bytes`. `out` is cleared; its memory is used again.
void infer(const axdr::Nodes& nodes, Bytes bytes, Inferred& out);

// Sets out.clock and out.number anew, after the values were given names.
void find_clock_and_number(const axdr::Nodes& nodes, Bytes bytes, Inferred& out);

// The number of a meter that sends it as a number: 0-0:96.1.0, not 0.
std::optional<Decimal> number_of_meter(const Value& value, const axdr::Nodes& nodes, Bytes bytes);

}  // namespace meterpipe::readings
