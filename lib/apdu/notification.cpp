#include "apdu/notification.hpp"

#include <array>

#include "apdu/extent.hpp"
#include "apdu/tags.hpp"
#include "base/masked.hpp"
#include "base/reader.hpp"

namespace meterpipe::apdu {
namespace {

constexpr std::size_t kDateTimeLength = 12;

Result<Notification> parse_data_notification(Bytes apdu) {
  Reader reader(apdu);
  Notification header;
  header.tag = reader.u8();
  header.has_invoke = true;
  header.invoke_and_priority = reader.u32();
  if (reader.peek() == kOctetStringTag && (apdu.size() <= 6 || apdu[6] == kDateTimeLength)) {
    header.tagged_time = true;
    reader.u8();
  }
  const std::size_t at = reader.offset();
  const std::uint8_t length = reader.u8();
  if (!reader.failed() && length != 0 && length != kDateTimeLength) {
    return fail(Fault::bad_date_time, at, 0, length);
  }
  header.date_time = reader.take(length);
  header.body = reader.offset();
  if (reader.failed()) return fail(Fault::truncated_apdu, 0, header.body + 1, apdu.size());
  return header;
}

Result<Notification> parse_event_notification(Bytes apdu) {
  Reader reader(apdu);
  Notification header;
  header.tag = reader.u8();
  const std::uint8_t has_time = reader.u8();
  if (has_time > 1) return fail(Fault::bad_date_time, 1, 0, has_time);
  if (has_time == 1) {
    const std::size_t at = reader.offset();
    const std::uint8_t length = reader.u8();
    if (!reader.failed() && length != 0 && length != kDateTimeLength) {
      return fail(Fault::bad_date_time, at, 0, length);
    }
    header.date_time = reader.take(length);
  }
  header.has_descriptor = true;
  header.descriptor.interface_class = reader.u16();
  header.descriptor.name = reader.take(6);
  header.descriptor.attribute = reader.u8();
  header.body = reader.offset();
  if (reader.failed()) return fail(Fault::truncated_apdu, 0, header.body + 1, apdu.size());
  return header;
}

// Readable as it is, and no part of a conversation's opening: what can be inside a cipher.
bool is_plain(Bytes apdu) {
  const ApduTag* tag = apdu.empty() ? nullptr : find_apdu_tag(apdu[0]);
  return tag != nullptr && tag->family == Family::plain;
}

// Pushes that ended exactly, without the contents of their values: what is like one of them ends
// exactly too, and need not be walked through.
class KnownShapes {
 public:
  bool has(Bytes apdu) const { return !apdu.empty() && kept(apdu).fits(apdu); }

  // Of one that is none of them; made now and then, since it costs as much as some walks.
  void add(Bytes apdu, const Notification& header) {
    if (apdu[0] != kDataNotification || misses_++ % kMissesPerShape != 0) return;
    if (!axdr::parse(apdu, header.body, nodes_)) return;
    MaskedBytes shape(apdu);
    shape.leave_free(1, 4);  // the invoke-id
    if (!header.date_time.empty()) {
      shape.leave_free(header.body - header.date_time.size(), header.date_time.size());
    }
    for (const axdr::Node& node : nodes_) {
      if (!is_container(node)) shape.leave_free(node.offset, node.size);
    }
    kept(apdu) = std::move(shape);
  }

 private:
  static constexpr unsigned kMissesPerShape = 16;

  MaskedBytes& kept(Bytes apdu) { return kept_[apdu.size() % kept_.size()]; }
  const MaskedBytes& kept(Bytes apdu) const { return kept_[apdu.size() % kept_.size()]; }

  std::array<MaskedBytes, 16> kept_;  // by their size
  axdr::Nodes nodes_;
  unsigned misses_ = 0;
};

}  // namespace

Result<Notification> parse_header(Bytes apdu) {
  if (apdu.empty()) return fail(Fault::truncated_apdu, 0, 1, 0);
  if (apdu[0] == kDataNotification) return parse_data_notification(apdu);
  if (apdu[0] == kEventNotification) return parse_event_notification(apdu);
  return fail(Fault::not_dlms, 0, 0, apdu[0]);
}

Result<Notification> parse_notification(Bytes apdu, axdr::Nodes& nodes) {
  auto header = parse_header(apdu);
  if (!header) return header;
  if (const auto body = axdr::parse_all(apdu, header->body, nodes); !body) {
    return tl::unexpected(body.error());
  }
  return header;
}

bool is_plausible(Bytes apdu) {
  thread_local KnownShapes known;
  if (known.has(apdu)) return true;
  const auto header = parse_header(apdu);
  if (!header) return header.error().fault == Fault::not_dlms && is_plain(apdu) && is_whole(apdu);
  if (axdr::ends_exactly(apdu, header->body)) {
    known.add(apdu, *header);
    return true;
  }
  thread_local axdr::Nodes nodes;
  return axdr::parse_all(apdu, header->body, nodes).has_value();
}

bool begins_plausibly(Bytes apdu) {
  if (apdu.empty()) return false;
  if (apdu[0] != kDataNotification && apdu[0] != kEventNotification) {
    return is_plain(apdu) && extent_of(apdu).answer != Extent::Answer::none;
  }
  const auto header = parse_header(apdu);
  if (!header || header->body >= apdu.size()) return false;
  const axdr::Type* type = axdr::find_type(apdu[header->body]);
  return type != nullptr && type->tag != axdr::Tag::descriptor;
}

bool is_headless_body(Bytes bytes) {
  // Fewer bytes are met in noise, and say nothing.
  constexpr std::size_t kLeast = 10;
  if (bytes.size() < kLeast || is_whole(bytes)) return false;
  const axdr::Type* type = axdr::find_type(bytes[0]);
  if (type == nullptr || (type->tag != axdr::Tag::structure && type->tag != axdr::Tag::array)) {
    return false;
  }
  axdr::Nodes nodes;
  return axdr::parse_all(bytes, 0, nodes) && nodes[0].count > 1;
}

}  // namespace meterpipe::apdu
