// What stands in a message: of a value its plain number or text, nothing around it.
//
//   {"value":232.0}              232.0       all digits that the meter sent
//   {"value":"1KFM0200234804"}   1KFM0200234804
//   {"value":null}               null
//   {"value":{"a":[1]}}          {"a":[1]}   a structure stays JSON
//   {"hex":"00ff"}               00ff        bytes that are no text
#pragma once

#include <string>

#include "record/line.hpp"
#include "record/reading_record.hpp"

namespace meterpipe::mqtt {

void append_payload(std::string& payload, record::Line& line, const record::ReadingValue& value);

}  // namespace meterpipe::mqtt
