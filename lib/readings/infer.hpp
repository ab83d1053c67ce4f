// From a value tree to readings: which node is the value of which OBIS code. The operator chooses
// the layout, not the meter model, and there are many; they are inferred in one way:
//
//   an octet-string of 6 that reads as a logical name names the element behind it;
//   {scaler, unit} behind a value is its scaler and unit;
//   a structure or array with names in it is gone through element by element;
//   whatever is left is a value by its place. Nothing is dropped.
//
//   nested  {OBIS, value, {scaler, unit}} …   Kaifa Salzburg, TINETZ, VKW; Aidon, L+G (Nordic)
//   flat    OBIS, value, {scaler, unit}, …    Netz NÖ (Kaifa, Sagemcom): clock and number by place
//   pairs   OBIS, value, …                    L+G E450 Steiermark
//   list    list name, then pairs             Kamstrup
//   positional                                no name at all
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "cosem/obis.hpp"

namespace meterpipe::readings {

enum class Layout : std::uint8_t { nested, flat, pairs, list, positional };
std::string_view name(Layout layout);

struct Value {
  std::optional<cosem::Obis> obis;
  std::uint32_t pos = 0;    // place among the elements of the body, from 0
  std::uint32_t place = 0;  // place in a structure inside that element, from 1; 0: itself
  std::uint32_t node = 0;   // index of the value's node
  bool has_unit = false;    // a {scaler, unit} stood behind it
  std::int8_t scaler = 0;
  std::uint8_t unit = 255;
};

struct Inferred {
  std::vector<Value> values;  // in the order of the message
  Layout layout = Layout::positional;
  std::optional<std::size_t> clock;   // index of the body's clock
  std::optional<std::size_t> number;  // index of the meter number
};

// `nodes` as axdr::parse made them from `bytes`. `out` is cleared; its memory is used again.
void infer(const axdr::Nodes& nodes, Bytes bytes, Inferred& out);

}  // namespace meterpipe::readings
