// What a message said, as one JSON line for comparison with what a reader makes of it:
//
//   {"meter":"1KFM0209000001","title":"4b46…","counter":38943362,"invoke":1277314,"sc":"21",
//    "time":"2026-03-02T07:00:00+01:00","frames":2,"sent":"2026-…Z",
//    "values":[{"obis":"1-0:32.7.0","value":231.6,"unit":"V","raw":2316,"scaler":-1,
//               "type":"long-unsigned"},…],
//    "plain":"0f…","apdu":"db…"}
//
// The keys of a value are those of a reading; `pos` is the place in the body of a value without
// OBIS code. Where the message does not say what a value is, or its scaler and unit, `means` says
// what the meter meant, and a reader must know it from elsewhere:
//
//   {"pos":1,"value":4018332,"raw":4018332,"type":"double-long-unsigned",
//    "means":{"obis":"1-0:1.8.0","value":4018332,"unit":"Wh"}}
//
// `meter` is the number in the message, or absent; `sc` is absent without ciphering, `invoke` where
// the message has none, `sent` (the last byte's time) except on a line. A telegram's values stand
// as in its text, where `means` and types are none.
//
// Of a wired meter a value has the `key` of its record and, where that has one, its code; `raw` are
// its data in hex. `id` is the message's as a reading has it.
//
// Where faults were asked for, each line ends with what was done to the message and what a reader
// must name, the first layer of all: null for a message that nothing was done to; cause and layer
// null where the bytes cannot tell; `bytes` that were damaged or are missing, where bytes were:
//
//   "fault":{"names":["bitflip"],"layer":"framing","cause":"checksum","bytes":1}
#pragma once

#include <string_view>

#include "base/buffer.hpp"
#include "sim/faults.hpp"
#include "sim/simulator.hpp"

namespace meterpipe::sim {

void write_truth(Buffer& out, const SimSettings& settings, const Message& message,
                 std::string_view sent = {}, const FaultNote& fault = {});

}  // namespace meterpipe::sim
