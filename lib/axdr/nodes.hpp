// The array that a tree lives in. Like std::vector, but room can be taken without clearing it,
// which is what a parser wants that fills it a thousand times a second.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

#include "axdr/types.hpp"

namespace meterpipe::axdr {

struct Node {
  Tag tag;
  std::uint32_t start;   // of the tag in the bytes (of the contents, inside a compact-array)
  std::uint32_t offset;  // of the contents in the bytes
  std::uint32_t size;    // of the contents; of all elements, for a container
  std::uint32_t count;   // elements of a container, bits of a bit-string
  std::uint32_t next;    // index of the node behind this one and all inside it
};

inline bool is_string(const Node& node) {
  return node.tag == Tag::octet_string || node.tag == Tag::visible_string ||
         node.tag == Tag::utf8_string;
}
inline bool is_integer(const Node& node) {
  const Number number = type_of(node.tag).number;
  return number == Number::signed_integer || number == Number::unsigned_integer;
}
// Whether elements may follow: an array, a structure or a compact-array.
inline bool is_container(const Node& node) {
  return node.tag == Tag::array || node.tag == Tag::structure || node.tag == Tag::compact_array;
}

class Nodes {
 public:
  Nodes() = default;
  Nodes(const Nodes& other) { *this = other; }
  Nodes& operator=(const Nodes& other) {
    if (this == &other) return *this;
    size_ = 0;
    reserve(other.size_);
    size_ = other.size_;
    if (size_ != 0) std::memcpy(data_.get(), other.data_.get(), size_ * sizeof(Node));
    return *this;
  }
  Nodes(Nodes&&) = default;
  Nodes& operator=(Nodes&&) = default;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }

  Node& operator[](std::size_t index) { return data_[index]; }
  const Node& operator[](std::size_t index) const { return data_[index]; }
  Node& back() { return data_[size_ - 1]; }
  const Node& back() const { return data_[size_ - 1]; }
  Node& front() { return data_[0]; }
  const Node& front() const { return data_[0]; }
  const Node* begin() const { return data_.get(); }
  const Node* end() const { return data_.get() + size_; }

  void push_back(const Node& node) {
    if (size_ == capacity_) reserve(size_ + 1);
    data_[size_++] = node;
  }
  // Room for `capacity` nodes in all; what is there stays.
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    if (capacity < 2 * capacity_) capacity = 2 * capacity_;
    auto data = std::unique_ptr<Node[]>(new Node[capacity]);
    if (size_ != 0) std::memcpy(data.get(), data_.get(), size_ * sizeof(Node));
    data_ = std::move(data);
    capacity_ = capacity;
  }
  std::size_t capacity() const { return capacity_; }
  // For a parser that writes into the room itself and then says how far it came.
  Node* room() { return data_.get(); }
  void set_size(std::size_t size) { size_ = size; }

 private:
  std::unique_ptr<Node[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// Whether {scaler, unit} begins at `index` (scal_unit_type, IEC 62056-6-2).
inline bool is_scaler_unit(const Nodes& nodes, std::size_t index) {
  return index + 2 < nodes.size() && nodes[index].tag == Tag::structure &&
         nodes[index].count == 2 && nodes[index + 1].tag == Tag::integer &&
         nodes[index + 2].tag == Tag::enum_;
}

}  // namespace meterpipe::axdr
