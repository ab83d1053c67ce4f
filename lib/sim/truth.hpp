// What a message said, as one JSON line for comparison with what a reader makes of it:
//
//   {"meter":"1KFM0209000001","title":"4b46…","counter":38943362,"invoke":1277314,"sc":"21",
//    "time":"2026-03-02T07:00:00+01:00","frames":2,"sent":"2026-…Z",
//    "values":[{"obis":"1-0:32.7.0","value":231.6,"unit":"V","raw":2316,"scaler":-1,
//               "type":"long-unsigned"},…],
//    "plain":"0f…","apdu":"db…"}
//
// The keys of a value are those of a reading; `pos` is the place in a flat body of a value without
// OBIS code. `sc` is absent without ciphering, `sent` (the last byte's time) except on a line.
#pragma once

#include <string_view>

#include "base/buffer.hpp"
#include "sim/simulator.hpp"

namespace meterpipe::sim {

void write_truth(Buffer& out, const Settings& settings, const Message& message,
                 std::string_view sent = {});

}  // namespace meterpipe::sim
