#include "sim/axdr.hpp"

#include <bit>

namespace meterpipe::sim {

void add_unsigned(ByteVector& out, std::uint64_t value, std::size_t n) {
  for (std::size_t i = n; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void add_length(ByteVector& out, std::uint64_t length, unsigned width) {
  if (width == 0 && length < 0x80) {
    out.push_back(static_cast<std::uint8_t>(length));
    return;
  }
  unsigned needed = 1;
  while (needed < 8 && length >> (8 * needed) != 0) ++needed;
  if (width < needed) width = needed;
  out.push_back(static_cast<std::uint8_t>(0x80 | width));
  add_unsigned(out, length, width);
}

void DataWriter::head(axdr::Tag tag, std::size_t count) {
  if (tags_ == Tags::left_out) return;
  out_.push_back(static_cast<std::uint8_t>(tag));
  add_length(out_, count);
}

void DataWriter::fixed(axdr::Tag tag, std::uint64_t value, std::size_t n) {
  this->tag(tag);
  add_unsigned(out_, value, n);
}

void DataWriter::string(axdr::Tag tag, Bytes bytes) {
  this->tag(tag);
  add_length(out_, bytes.size());
  append(out_, bytes);
}

void DataWriter::block(axdr::Tag tag, Bytes bytes) {
  this->tag(tag);
  append(out_, bytes);
}

void DataWriter::bit_string(Bytes bits, std::size_t count) {
  tag(axdr::Tag::bit_string);
  add_length(out_, count);
  append(out_, bits.first((count + 7) / 8));
}

void DataWriter::compact_array(Bytes type_description, Bytes contents) {
  tag(axdr::Tag::compact_array);
  append(out_, type_description);
  add_length(out_, contents.size());
  append(out_, contents);
}

void DataWriter::float32(float value) {
  fixed(axdr::Tag::float32, std::bit_cast<std::uint32_t>(value), 4);
}

void DataWriter::float64(double value) {
  fixed(axdr::Tag::float64, std::bit_cast<std::uint64_t>(value), 8);
}

void DataWriter::swapped_name(Bytes name) {
  out_.push_back(0x06);
  out_.push_back(0x09);
  append(out_, name);
}

void DataWriter::descriptor(std::uint16_t interface_class, Bytes name, std::uint8_t attribute) {
  add_unsigned(out_, interface_class, 2);
  append(out_, name);
  out_.push_back(attribute);
}

void DataWriter::scaler_unit(std::int8_t scaler, std::uint8_t unit) {
  structure(2);
  integer(scaler);
  enumeration(unit);
}

void describe_array(ByteVector& out, std::uint16_t count) {
  out.push_back(0x01);
  add_unsigned(out, count, 2);
}

void describe_structure(ByteVector& out, std::size_t count) {
  out.push_back(0x02);
  add_length(out, count);
}

}  // namespace meterpipe::sim
