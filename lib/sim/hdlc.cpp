#include "sim/hdlc.hpp"

#include <algorithm>

namespace meterpipe::sim {
namespace {

constexpr std::size_t kLlc = 3;

void add_check(ByteVector& out, std::size_t from) {
  const std::uint16_t crc = crc_x25(Bytes(out).subspan(from));
  out.push_back(static_cast<std::uint8_t>(crc));
  out.push_back(static_cast<std::uint8_t>(crc >> 8));
}

void add_llc(ByteVector& out, const HdlcForm& form) {
  if (!form.llc) return;
  out.insert(out.end(), {0xe6, form.llc_quality, 0x00});
}

// `first`: of the frames of one message.
void set_flags(ByteVector& frame, Flags flags, bool first) {
  if (flags == Flags::shared && !first) frame.erase(frame.begin());
  if (flags == Flags::filled) frame.insert(frame.begin(), 2, kHdlcFlag);
}

}  // namespace

std::uint16_t crc16(Bytes bytes, std::uint16_t crc, std::uint16_t polynomial) {
  for (const std::uint8_t byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = ((crc ^ byte >> bit) & 1) != 0;
      crc = static_cast<std::uint16_t>(crc >> 1);
      if (carry) crc ^= polynomial;
    }
  }
  return crc;
}

std::uint16_t crc_x25(Bytes bytes) { return crc16(bytes, 0xffff, 0x8408) ^ 0xffff; }

std::uint32_t longest_information(const HdlcForm& form) {
  // format, control, HCS, FCS
  return kLongestHdlc - (2 + form.destination.size + form.source.size + 1 + 2 + 2);
}

void add_hdlc_frame(ByteVector& out, const HdlcForm& form, Bytes information, bool segmented) {
  std::size_t length = 2 + std::size_t{form.destination.size} + form.source.size + 1 + 2;
  if (!information.empty()) length += 2 + information.size();
  out.push_back(kHdlcFlag);
  const std::size_t from = out.size();
  const std::size_t format = 0xa000 | (segmented ? 0x0800 : 0) | length;
  out.push_back(static_cast<std::uint8_t>(format >> 8));
  out.push_back(static_cast<std::uint8_t>(format));
  append(out, form.destination);
  append(out, form.source);
  out.push_back(segmented ? form.segment_control : form.control);
  add_check(out, from);
  if (!information.empty()) {
    append(out, information);
    add_check(out, from);
  }
  out.push_back(kHdlcFlag);
}

Result<void> to_hdlc(const HdlcForm& form, Bytes apdu, std::vector<ByteVector>& frames) {
  const std::size_t llc = form.llc ? kLlc : 0;
  if (form.room <= llc || form.room > longest_information(form)) {
    return fail(Fault::message_too_long, 0, longest_information(form), form.room);
  }
  const std::size_t count =
      std::max<std::size_t>(1, (apdu.size() + llc + form.room - 1) / form.room);
  frames.resize(count);
  ByteVector information;
  for (std::size_t i = 0, at = 0; i < count; ++i) {
    information.clear();
    if (i == 0) add_llc(information, form);
    const std::size_t size = std::min(form.room - information.size(), apdu.size() - at);
    append(information, apdu.subspan(at, size));
    at += size;
    frames[i].clear();
    add_hdlc_frame(frames[i], form, information, i + 1 < count);
    set_flags(frames[i], form.flags, i == 0);
  }
  return {};
}

Result<void> blocks_to_hdlc(const HdlcForm& form, const std::vector<ByteVector>& blocks,
                            std::vector<ByteVector>& frames) {
  frames.resize(blocks.size());
  ByteVector information;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    information.clear();
    if (i == 0) add_llc(information, form);
    append(information, blocks[i]);
    if (information.size() > longest_information(form)) {
      return fail(Fault::message_too_long, 0, longest_information(form), information.size());
    }
    frames[i].clear();
    add_hdlc_frame(frames[i], form, information, false);
    set_flags(frames[i], form.flags, i == 0);
  }
  return {};
}

}  // namespace meterpipe::sim
