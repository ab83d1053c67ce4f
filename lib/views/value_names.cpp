#include "views/value_names.hpp"

namespace meterpipe::views {

std::string code_of(const readings::Value& value) {
  std::string code = cosem::to_string(*value.obis);
  return value.short_code ? code.substr(code.find(':') + 1) : code;
}

std::string place_of(const readings::Value& value) {
  std::string place = std::to_string(value.pos);
  if (value.place != 0) place += '.' + std::to_string(value.place);
  return place;
}

}  // namespace meterpipe::views
