// Values that come with another service than a push: a get-response, a set-request, an action's
// return value, an information-report. Their Data are read as one body, so that the layouts of
// infer.hpp hold for them too; what a descriptor in the APDU names has its name.
//
//   C4 01 C1 00 06 00143B20                  get-response: one value, by place
//   C4 03 C1 02 01 04 00 06 0001E240         get-response-with-list: place 0 failed, place 1 a
//   value 18 00 01 02 FA00 01 06 …                 information-report: one value D9 … descriptors …
//   values                access-request: values by their descriptors
#pragma once

#include "apdu/notification.hpp"
#include "apdu/payload.hpp"
#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "readings/infer.hpp"

namespace meterpipe::readings {

// `nodes` gets the tree (of several values one structure of them), the header what a push has in
// its. no_values: a request, a confirmation, an error, a block of something longer.
Result<apdu::PayloadRef> read_service(Bytes apdu, axdr::Nodes& nodes, apdu::Notification& header);

// In place of infer(). One value, of which nothing else was asked, has the layout of its body; of
// several each is one of its own, so that none takes what belongs to its neighbour. Where the APDU
// has a descriptor for a value, that is its name.
void infer_service(const apdu::PayloadRef& payload, const axdr::Nodes& nodes, Bytes apdu,
                   Inferred& out);

// What an event-notification is about is the code of its value, where it has one that names itself
// not.
void name_event_value(const apdu::Notification& header, const axdr::Nodes& nodes, Bytes apdu,
                      Inferred& out);

}  // namespace meterpipe::readings
