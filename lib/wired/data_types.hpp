// Types A to M of EN 13757-3, Annex A: the bytes of a record's data as its value.
#pragma once

#include "wired/records.hpp"

namespace meterpipe::wired {

// What the low four bits of DIF say.
enum class DataField : std::uint8_t { none, integer, real, selection, bcd, variable, special };
struct DataForm {
  DataField field;
  std::uint8_t size;  // of fixed ones, in bytes
};
DataForm data_form(std::uint8_t dif);

// How many bytes stand behind the first one of data of variable length (LVAR); nothing for a byte
// that is no length.
std::optional<std::size_t> variable_size(std::uint8_t lvar);

// Sets the value and its type; `record` has its data and meaning.
void read_value(Record& record, DataForm form, bool high_first);

}  // namespace meterpipe::wired
