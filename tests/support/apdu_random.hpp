// Random APDUs made from the rows of the schema, and what a walk over them must say: choices,
// counts, optional parts, lengths in every form, Data of every type.
#pragma once

#include <string>

#include "apdu/schema.hpp"
#include "axdr/tree.hpp"
#include "base/hex.hpp"
#include "sim/axdr.hpp"
#include "support/random_data.hpp"

namespace meterpipe::test {

class ApduMaker {
 public:
  explicit ApduMaker(RandomData& random) : random_(random) {}

  void apdu(std::uint8_t tag) {
    bytes.push_back(tag);
    row(*apdu::schema_of(tag));
  }

  ByteVector bytes;
  std::string events;  // name[count]( … ) and name=hex, each followed by a blank

 private:
  using Kind = apdu::RowKind;
  using Row = apdu::Row;

  void add(Bytes more) {
    for (const std::uint8_t byte : more) bytes.push_back(byte);
  }
  void add(std::uint8_t byte) { bytes.push_back(byte); }
  void length(std::size_t n) {
    sim::add_length(bytes, n, random_.below(8) == 0 ? static_cast<unsigned>(random_.below(5)) : 0);
  }
  std::size_t some() { return random_.below(50) == 0 ? random_.below(400) : random_.below(12); }

  void open(std::string_view name) {
    if (!name.empty()) events += std::string(name) + "( ";
  }
  void open(std::string_view name, std::size_t count) {
    if (!name.empty()) events += std::string(name) + "[" + std::to_string(count) + "]( ";
  }
  void close(std::string_view name) {
    if (!name.empty()) events += ") ";
  }
  void leaf(std::string_view name, Bytes content) {
    events += std::string(name) + "=" + to_hex(content) + " ";
  }
  void drawn(std::string_view name, const ByteVector& content) {
    add(content);
    leaf(name, content);
  }

  void row(const Row& row) {
    switch (row.kind) {
      case Kind::number:
      case Kind::integer:
      case Kind::invoke:
      case Kind::fixed: return drawn(row.name, random_.bytes(row.size));
      case Kind::boolean: {
        constexpr std::uint8_t kBooleans[] = {0, 1, 0xff};
        return drawn(row.name, {kBooleans[random_.below(3)]});
      }
      case Kind::enumeration: return drawn(row.name, {one_of_names(row)});
      case Kind::octets:
      case Kind::text: {
        const std::size_t size = row.size + some();
        length(size);
        return drawn(row.name, random_.bytes(size));
      }
      case Kind::title: {
        const std::size_t size = random_.below(2) == 0 ? 0 : 8;
        length(size);
        return drawn(row.name, random_.bytes(size));
      }
      case Kind::push_clock:
      case Kind::clock: {
        const bool tagged = row.kind == Kind::push_clock && random_.below(4) == 0;
        const std::uint8_t size = tagged || random_.below(2) == 0 ? 12 : 0;
        if (tagged) add(std::uint8_t{0x09});
        add(size);
        return drawn(row.name, random_.bytes(size));
      }
      case Kind::conformance:
        add(std::uint8_t{0x5f});
        if (random_.below(4) != 0) add(std::uint8_t{0x1f});
        add(std::uint8_t{4});
        add(std::uint8_t{0});
        return drawn(row.name, random_.bytes(3));
      case Kind::nothing: return leaf(row.name, {});
      case Kind::optional: {
        const bool present = random_.below(2) == 0;
        add(static_cast<std::uint8_t>(present));
        if (present) this->row(row.rows[0]);
        return;
      }
      case Kind::sequence:
        open(row.name);
        for (const Row& inner : row.rows) this->row(inner);
        return close(row.name);
      case Kind::choice: {
        const Row& chosen = row.rows[random_.below(row.rows.size())];
        add(chosen.tag);
        open(row.name);
        this->row(chosen);
        return close(row.name);
      }
      case Kind::list: {
        const std::size_t count =
            random_.below(40) == 0 ? 125 + random_.below(10) : random_.below(5);
        length(count);
        open(row.name, count);
        for (std::size_t i = 0; i < count; ++i) this->row(row.rows[0]);
        return close(row.name);
      }
      case Kind::data:
      case Kind::selection:
      case Kind::body: {
        const Value value = random_.value(3);
        sim::DataWriter writer(bytes);
        write(writer, value);
        open(row.name);
        data(value);
        return close(row.name);
      }
      case Kind::elements:
        return element([&] {
          open(row.name);
          for (const Row& inner : row.rows) {
            if (random_.below(2) == 0) continue;
            add(inner.tag);
            element([&] { this->row(inner); });
          }
          close(row.name);
        });
      case Kind::one_of: {
        const Row& chosen = row.rows[random_.below(row.rows.size())];
        open(row.name);
        add(chosen.tag);
        element([&] { this->row(chosen); });
        return close(row.name);
      }
      case Kind::string:
      case Kind::small:
      case Kind::oid:
      case Kind::bit_string:
      case Kind::inner:
        if (row.size == 0) return content(row);
        add(row.size);
        return element([&] { content(row); });
    }
  }

  void content(const Row& row) {
    switch (row.kind) {
      case Kind::small:
        if (row.names.empty()) return drawn(row.name, random_.bytes(1 + random_.below(8)));
        return drawn(row.name, {one_of_names(row)});
      case Kind::oid: {
        ByteVector oid{0x60, 0x85, 0x74, 0x05, 0x08};
        const std::uint16_t value = row.names[random_.below(row.names.size())].value;
        oid.push_back(static_cast<std::uint8_t>(value >> 8));
        oid.push_back(static_cast<std::uint8_t>(value));
        if (random_.below(4) == 0) oid = random_.bytes(1 + random_.below(9));
        return drawn(row.name, oid);
      }
      case Kind::bit_string: {
        ByteVector bits = random_.bytes(2 + random_.below(3));
        bits[0] &= 7;
        return drawn(row.name, bits);
      }
      case Kind::inner: {
        constexpr std::uint8_t kTags[] = {1, 8, 14, 33, 40, 219};
        if (random_.below(5) == 0) return drawn(row.name, {0xee, 0x00});  // nothing that is known
        open(row.name);
        apdu(kTags[random_.below(std::size(kTags))]);
        return close(row.name);
      }
      default: return drawn(row.name, random_.bytes(some()));
    }
  }

  // Length and what `make` makes; the length is known only afterwards.
  template <class Make>
  void element(const Make& make) {
    ByteVector before;
    before.swap(bytes);
    make();
    before.swap(bytes);
    length(before.size());
    add(before);
  }

  void data(const Value& value) {
    const axdr::Type& type = axdr::type_of(value.tag);
    if (type.shape != axdr::Shape::container && type.shape != axdr::Shape::compact) {
      return leaf(type.name, value.content);
    }
    open(type.name, value.elements.size());
    for (const Value& element : value.elements) data(element);
    close(type.name);
  }

  std::uint8_t one_of_names(const Row& row) {
    return static_cast<std::uint8_t>(row.names[random_.below(row.names.size())].value);
  }

  RandomData& random_;
};

// One APDU of the alternative `tag`; every one in apdu::kApduTags will do.
inline ByteVector random_apdu(RandomData& random, std::uint8_t tag) {
  ApduMaker maker(random);
  maker.apdu(tag);
  return maker.bytes;
}

}  // namespace meterpipe::test
