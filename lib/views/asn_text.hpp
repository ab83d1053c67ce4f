// What the elements of an APDU are called and what they mean, in words: for XML's names and
// comments and for the tree's values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apdu/walk.hpp"
#include "base/buffer.hpp"
#include "base/bytes.hpp"

namespace meterpipe::views {

// "long-invoke-id-and-priority" -> "LongInvokeIdAndPriority"
std::string camel_case(std::string_view name);

// 2.16.756.5.8.1.1; hex where the bytes are no object identifier.
std::string dotted(Bytes oid);

// Of a number, an invoke-id, an enumeration; with its sign, of an integer.
std::uint64_t number_of(const apdu::Leaf& leaf);
std::int64_t integer_of(const apdu::Leaf& leaf);

// The names of the bits that are set, "bit-7" where one is reserved.
std::vector<std::string> conformance_names(Bytes bits);

// A BER bit-string (its first byte counts the unused bits) as "10110".
std::string ber_bits(Bytes bytes);

// What the bytes mean, or "". A logical name is its six numbers with `dot` between them.
std::string comment_of(const apdu::Leaf& leaf, Bytes apdu, char dot);

// <!-- text -->, in which no `--` may stand (XML 1.0, 2.5).
void add_comment(Buffer& out, std::string text);

}  // namespace meterpipe::views
