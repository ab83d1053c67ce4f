// An APDU drawn by the names of its ASN.1 module: as XML, and as one line of JSON. Each fails where
// the APDU cannot be read to its end, and then writes nothing.
#pragma once

#include "base/buffer.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meterpipe::views {

enum class XmlDialect : std::uint8_t { predecessor, gurux };

// predecessor: the dialect of smart-meter-mbus-dlms: names in CamelCase, a tab per level,
// lower-case hex, Qty in decimal, what the bytes mean in a comment behind the element.
//
// gurux: the "simple XML" of the Gurux translator: its own names for some elements and all types of
// Data, two blanks per level, upper-case hex, Qty in hex too, the comment on the line before.
Result<void> write_xml(Buffer& out, Bytes apdu, XmlDialect dialect = XmlDialect::predecessor);

// {"data-notification":{"long-invoke-id-and-priority":"0017fa98",…}}. An object per sequence or
// choice, an array per list, array or structure; values that the standard names by their names.
Result<void> write_tree(Buffer& out, Bytes apdu);

}  // namespace meterpipe::views
