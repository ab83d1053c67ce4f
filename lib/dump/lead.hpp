// A first number of a row that may be an offset or a count, as wide as the bytes behind it: a file
// tells by the rows below it, a live source by nothing.
#pragma once

#include "base/bytes.hpp"

namespace meterpipe::dump {

// `row`: bytes of a row, the first number among them. Whether they begin no message, but do without
// the first one, and this message does not end in the row. Where it ends there, both readings of
// the row give it.
bool may_have_lead(Bytes row);
// Whether they begin a message, and do not without the first one: that one is a byte.
bool begins_message(Bytes row);

}  // namespace meterpipe::dump
