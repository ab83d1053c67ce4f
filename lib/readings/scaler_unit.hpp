// Scaler and unit of a number where they do not stand behind it as the standard's {integer, enum}:
//
//   {OBIS, 1234, {enum 30, integer -1}}       the two in another order, or as other integers
//   OBIS, 1234, integer -1, enum 30           without a structure of their own
//   {OBIS, {integer -1, enum 30}, 1234}       in front of it
//   {OBIS, unsigned 0, 1234, {-1, 30}}        a status, an attribute or a time in between
//   {OBIS, 1200, 1100, {-1, 30}}              of two numbers of one type: current and last average
//   1-0:1.8.0 2 -> 1234, 1-0:1.8.0 3 -> {…}   an attribute of its own, or its two elements by index
//
// Without them the number would be another one, by powers of ten.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "readings/value.hpp"

namespace meterpipe::readings {

struct ScalerUnit {
  std::int8_t scaler = 0;
  std::uint8_t unit = 255;
  std::uint32_t next = 0;      // the node behind both
  std::uint32_t elements = 1;  // that they take: one structure, or two
};

// The first two forms, at the node `at` and before `end`; not the standard's.
std::optional<ScalerUnit> other_scaler_unit(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t at,
                                            std::uint32_t end);

// Where in an entry that begins with a name, in the node `entry`, the number stands that {scaler,
// unit} belongs to, if it is not right behind the name with these behind it. Nothing where that
// is not sure.
struct ScaledNumber {
  std::uint32_t number = 0;
  std::uint32_t second = 0;  // the other of two, or 0
  std::uint32_t scaler_unit = 0;
};
std::optional<ScaledNumber> number_in_entry(const axdr::Nodes& nodes, Bytes bytes,
                                            std::uint32_t entry);

// Gives registers' values the scaler and unit that came as an attribute of their own, which are no
// values themselves then.
void pair_scalers(const axdr::Nodes& nodes, Bytes bytes, std::vector<Value>& values);

}  // namespace meterpipe::readings
