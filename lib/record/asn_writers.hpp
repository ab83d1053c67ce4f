// An APDU drawn by the names of its ASN.1 module: as XML, and as one line of JSON.
#pragma once

#include "base/buffer.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::record {

// The dialect of smart-meter-mbus-dlms: names in CamelCase, a tab per level, lower-case hex, Qty in
// decimal, what the bytes mean in a comment behind the element.
Result<void> write_xml(Buffer& out, Bytes apdu);

// {"data-notification":{"long-invoke-id-and-priority":"0017fa98",…}}
Result<void> write_tree(Buffer& out, Bytes apdu);

}  // namespace meterpipe::record
