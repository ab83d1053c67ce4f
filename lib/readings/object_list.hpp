// The push-object-list (IEC 62056-6-2, 4.4.8.2.2) as the first element of a body: it says what the
// other elements are.
//
//   02 04                                        structure of n elements
//     01 04                                      element 0: array of n entries, one per element
//       02 04 12 0028 09 06 0008190900ff 0f 02 12 0000   class 40, its attribute 2: this list
//       02 04 12 0001 09 06 0000600100ff 0f 02 12 0000   {class, logical name, attribute, data
//       02 04 12 0003 09 06 0100010700ff 0f 02 12 0000    index[, restriction, …]}
//       02 04 12 0003 09 06 0100010700ff 0f 03 12 0000
//     09 08 3132333435363738                     element 1: the value of entry 1
//     06 00000161                                element 2: the value of entry 2
//     02 02 0f 00 16 1b                          element 3: attribute 3, its scaler and unit
//
// Senders: Landis+Gyr E450, E360, E570 and Iskra AM550 in Switzerland, Energomera. What may differ:
// the list not among its own entries; the values in a structure of their own behind the list. A
// data index that is not 0 means that one element of a structure was sent.
//
// Where the numbers of entries and values do not fit, only what proves itself is paired: a push
// setup's logical name with the entry of that name, the only clock with the only entry of a clock.
// The rest is given by place.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"

namespace meterpipe::readings {

struct ListEntry {
  std::uint16_t interface_class = 0;
  std::uint32_t name = 0;  // offset of the logical name's six bytes
  std::int8_t attribute = 0;
  std::uint16_t index = 0;
};

struct ListedValue {
  std::uint32_t node = 0;
  std::uint32_t pos = 0;    // among the elements of the container
  std::uint32_t place = 0;  // in a structure of values behind the list, from 1; 0: itself
  std::optional<std::size_t> entry;
};

struct ObjectList {
  std::vector<ListEntry> entries;
  std::vector<ListedValue> values;  // in the order of the message
  bool fits = true;                 // every value has its entry and every entry its value
};

// Whether the node is a container of such entries and nothing else.
bool is_object_list(const axdr::Nodes& nodes, std::uint32_t index);

// Pairs the list at `list` with the elements of `container`, whose element it is (its place:
// `at`). Made for lists that stand in front; elsewhere false unless the numbers fit.
bool pair_list(const axdr::Nodes& nodes, Bytes bytes, std::uint32_t container, std::uint32_t list,
               std::uint32_t at, ObjectList& out);

}  // namespace meterpipe::readings
