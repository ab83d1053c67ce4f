#include "link/rsp_ud.hpp"

#include "wired/header.hpp"

namespace meterpipe::link {

std::optional<RspUd> read_rsp_ud(const Frame& frame) {
  if (frame.kind != FrameKind::mbus_long || !frame.ci) return std::nullopt;
  if (!wired::is_meter_message(frame.c, *frame.ci)) return std::nullopt;
  const auto header = wired::parse_header(*frame.ci, frame.data);
  if (!header) return std::nullopt;
  RspUd answer;
  answer.has_header = header->has_access();
  answer.is_trouble =
      header->form == wired::HeaderForm::error || header->form == wired::HeaderForm::alarm;
  answer.id = header->id;
  answer.manufacturer = header->manufacturer;
  answer.version = header->version;
  if (!header->id.empty()) answer.medium = wired::medium_name(header->medium);
  answer.access = header->access;
  answer.status = header->status;
  return answer;
}

}  // namespace meterpipe::link
