// What a record of a wired M-Bus meter is called that has no OBIS code: its quantity, and whatever
// tells it from its like: "Volume, maximum, storage 1", "Volumen, Maximum, Speicher 1".
#pragma once

#include <string>

#include "cosem/names.hpp"
#include "wired/records.hpp"

namespace meterpipe::views {

std::string wired_name(const wired::Record& record, cosem::Language language);

}  // namespace meterpipe::views
