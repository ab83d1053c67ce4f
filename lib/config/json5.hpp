// JSON5, as people write it into a file of settings: comments, commas behind the last one, keys
// without quotes, strings in either quotes, numbers as JavaScript has them.
//
//   { // the meter
//     serial: { port: '/dev/ttyUSB0', baudRate: 2400, },
//     "max": 0x10, }
//
// What comes out is a list of the values that are no objects, each with the path of its keys.
#pragma once

#include <string_view>

#include <tl/expected.hpp>

#include "config/document.hpp"

namespace meterpipe::config {

// The section of an entry is the path to its key, with dots: "mqtt" of mqtt.host.
tl::expected<Document, SyntaxError> parse_json5(std::string_view text);

}  // namespace meterpipe::config
