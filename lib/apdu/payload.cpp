#include "apdu/payload.hpp"

#include <utility>

#include "apdu/tags.hpp"
#include "apdu/walk.hpp"
#include "base/reader.hpp"

namespace meterpipe::apdu {
namespace {

class Collector final : public Visitor {
 public:
  void open(std::string_view, std::optional<std::uint32_t>) override {}
  void close(std::string_view) override {}
  void data(RowKind kind, std::size_t offset, std::size_t size) override {
    if (kind == RowKind::selection) return;
    ref.values.emplace_back();
    ref.values.back().offset = offset;
    ref.values.back().size = size;
    ref.values.back().place = places_++;
  }
  void leaf(const Leaf& leaf, Bytes apdu) override {
    if (leaf.kind == Leaf::Kind::data) return;
    if (leaf.kind == Leaf::Kind::invoke) {
      ref.invoke_and_priority = number(leaf);
    } else if (leaf.kind == Leaf::Kind::clock) {
      ref.date_time = leaf.bytes;
    } else if (leaf.name == "class-id") {
      what.emplace_back();
      what.back().descriptor.emplace().interface_class = static_cast<std::uint16_t>(number(leaf));
    } else if (leaf.name == "instance-id") {
      what.back().descriptor->name = leaf.bytes;
    } else if (leaf.name == "attribute-id" || leaf.name == "method-id") {
      what.back().descriptor->attribute = leaf.bytes[0];
      what.back().is_method = leaf.name == "method-id";
    } else if (leaf.name == "variable-name") {
      what.emplace_back();
      what.back().variable_name = static_cast<std::uint16_t>(number(leaf));
    } else if (leaf.name == "data-access-result" || leaf.name == "data-access-error") {
      ref.failures.push_back({places_++, leaf.value_name});
    } else if (leaf.name == "result") {
      results.push_back({number(leaf) == 0, leaf.value_name});
    } else if (leaf.name == "raw-data") {
      ref.piece.emplace();
      ref.piece->offset = static_cast<std::size_t>(leaf.bytes.data() - apdu.data());
      ref.piece->size = leaf.bytes.size();
    } else if (leaf.name == "block-number") {
      ref.block_number = number(leaf);
    } else if (leaf.name == "last-block") {
      ref.last_block = leaf.bytes[0] != 0;
    }
  }

  // Descriptors stand in front of the values or behind, in the same order.
  void join() {
    if (what.size() != ref.values.size()) {
      if (ref.piece && what.size() == 1) name(*ref.piece, what[0]);
      return;
    }
    for (std::size_t i = 0; i < what.size(); ++i) name(ref.values[i], what[i]);
  }

  // An access-response says behind its data which of them are none: null-data in their place.
  void drop_failed(Bytes apdu) {
    if (results.size() != ref.values.size()) return;
    std::vector<Payload> values;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Payload& value = ref.values[i];
      if (results[i].is_success || apdu[value.offset] != kNullData) {
        values.push_back(value);
      } else {
        ref.failures.push_back({value.place, results[i].name});
      }
    }
    ref.values = std::move(values);
  }

  PayloadRef ref;

 private:
  static constexpr std::uint8_t kNullData = 0;
  struct Outcome {
    bool is_success;
    std::string_view name;
  };

  static std::uint32_t number(const Leaf& leaf) {
    return static_cast<std::uint32_t>(Reader(leaf.bytes).unsigned_of(leaf.bytes.size()));
  }
  static void name(Payload& value, const Payload& by) {
    value.descriptor = by.descriptor;
    value.variable_name = by.variable_name;
    value.is_method = by.is_method;
  }

  std::vector<Payload> what;
  std::vector<Outcome> results;
  std::uint32_t places_ = 0;
};

}  // namespace

Result<PayloadRef> payload_of(Bytes apdu) {
  Collector collector;
  if (auto walked = walk(apdu, collector); !walked) return tl::unexpected(walked.error());
  collector.ref.tag = apdu[0];
  collector.join();
  if (apdu[0] == kAccessResponse) collector.drop_failed(apdu);
  return std::move(collector.ref);
}

}  // namespace meterpipe::apdu
