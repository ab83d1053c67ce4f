#include "readings/services.hpp"

#include "apdu/tags.hpp"
#include "readings/scaler_unit.hpp"

namespace meterpipe::readings {
namespace {

constexpr std::uint32_t kShortInvoke = 0x0f;  // invoke-id-and-priority: bits 0-3 are the id

void append_nodes(const axdr::Nodes& from, axdr::Nodes& to) {
  const auto base = static_cast<std::uint32_t>(to.size());
  for (axdr::Node node : from) {
    node.next += base;
    to.push_back(node);
  }
}

// Its own name, where it has one, is the object's too.
bool name_by(const apdu::Descriptor& descriptor, Value& value) {
  if (value.obis) return false;
  value.obis = cosem::Obis::of(descriptor.name);
  value.interface_class = descriptor.interface_class;
  value.attribute = static_cast<std::int8_t>(descriptor.attribute);
  return true;
}

// Whether the values are results of a list, which keep their places and themselves.
bool is_list(const apdu::PayloadRef& payload) {
  return payload.values.size() != 1 || !payload.failures.empty();
}

}  // namespace

Result<apdu::PayloadRef> read_service(Bytes apdu, axdr::Nodes& nodes, apdu::Notification& header) {
  auto payload = apdu::payload_of(apdu);
  if (!payload) return payload;
  if (payload->values.empty()) return fail(Fault::no_values, 0, 0, payload->tag);
  header = {};
  header.tag = payload->tag;
  header.date_time = payload->date_time;
  header.has_invoke = payload->invoke_and_priority.has_value();
  if (header.has_invoke) {
    header.invoke_and_priority = *payload->invoke_and_priority;
    if (!apdu::has_long_invoke(header.tag)) header.invoke_and_priority &= kShortInvoke;
  }
  header.body = payload->values.front().offset;
  if (payload->values.size() == 1) {
    if (auto end = axdr::parse(apdu, header.body, nodes); !end) return tl::unexpected(end.error());
    return payload;
  }
  const apdu::Payload& last = payload->values.back();
  const auto start = static_cast<std::uint32_t>(header.body);
  nodes.clear();
  nodes.push_back({axdr::Tag::structure, start, start,
                   static_cast<std::uint32_t>(last.offset + last.size - header.body),
                   static_cast<std::uint32_t>(payload->values.size()), 0});
  axdr::Nodes one;
  for (const apdu::Payload& value : payload->values) {
    if (auto end = axdr::parse(apdu, value.offset, one); !end) return tl::unexpected(end.error());
    append_nodes(one, nodes);
  }
  nodes[0].next = static_cast<std::uint32_t>(nodes.size());
  return payload;
}

void infer_service(const apdu::PayloadRef& payload, const axdr::Nodes& nodes, Bytes apdu,
                   Inferred& out) {
  if (!is_list(payload)) {
    infer(nodes, apdu, out);
    if (out.values.size() != 1 || out.values[0].obis) return;
  } else {
    out = {};
    const bool one = payload.values.size() == 1;
    out.elements = one ? 1 : nodes[0].count;
    for (std::uint32_t node = one ? 0 : 1; node < nodes.size(); node = nodes[node].next) {
      Value value;
      value.pos = payload.values[out.values.size()].place;
      value.node = node;
      out.values.push_back(value);
    }
  }
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const apdu::Payload& from = payload.values[i];
    if (!from.descriptor || from.is_method) continue;
    if (name_by(*from.descriptor, out.values[i])) out.layout = Layout::descriptors;
  }
  if (out.layout == Layout::descriptors) pair_scalers(nodes, apdu, out.values);
  find_clock_and_number(nodes, apdu, out);
}

void name_event_value(const apdu::Notification& header, const axdr::Nodes& nodes, Bytes apdu,
                      Inferred& out) {
  if (!header.has_descriptor || out.values.size() != 1 ||
      !name_by(header.descriptor, out.values[0])) {
    return;
  }
  out.layout = Layout::descriptors;
  find_clock_and_number(nodes, apdu, out);
}

}  // namespace meterpipe::readings
