#include "sim/fault_frames.hpp"

#include <algorithm>
#include <set>

#include "apdu/ciphered.hpp"
#include "apdu/security.hpp"
#include "sim/chance.hpp"
#include "sim/foreign.hpp"
#include "sim/hdlc.hpp"

namespace meterpipe::sim {
namespace {

using doctor::Cause;
// How a plaintext begins tells that the key is right: tag, invoke id, time, type of the body.
constexpr std::size_t kTellingBytes = 24;

Chance chance_for(std::uint64_t seed, FaultKind kind, std::uint64_t number) {
  return Chance(seed, 200 + static_cast<std::uint64_t>(kind), number);
}
// The same for all messages: who the meter is.
Chance fixed_chance(std::uint64_t seed, FaultKind kind) {
  return Chance(seed, 300 + static_cast<std::uint64_t>(kind));
}

bool is_bare_telegram(const LinkForm& link, const Message& message) {
  return link.link == Link::none && !message.control && message.meter->layout == Layout::telegram;
}

bool has_bcc(const Meter& meter) {
  return meter.read_out == ReadOut::asked || meter.read_out == ReadOut::brief;
}

// Frames that follow one another must both have their flag where one of them is moved.
void own_flags(const LinkForm& link, std::vector<ByteVector>& frames) {
  if (link.link != Link::hdlc || link.hdlc.flags != Flags::shared) return;
  for (ByteVector& frame : frames) {
    if (frame.front() != kHdlcFlag) frame.insert(frame.begin(), kHdlcFlag);
  }
}

}  // namespace

bool has_check(const LinkForm& link, const Message& message) {
  if (link.link == Link::mbus || link.link == Link::hdlc) return true;
  const Meter& meter = *message.meter;
  if (meter.layout == Layout::sml || has_bcc(meter)) return true;
  return is_bare_telegram(link, message) && meter.telegram_crc;
}

std::vector<bool> block_starts(const LinkForm& link, const std::vector<ByteVector>& frames) {
  std::vector<bool> starts(frames.size(), true);
  if (link.blocks.size == 0 || link.link != Link::mbus) return starts;
  for (std::size_t i = 0; i < frames.size(); ++i) starts[i] = (frames[i][6] & 0x0f) == 0;
  return starts;
}

void FrameFaults::damage(Message& message) {
  message.whole_frames = message.frames.size();
  if (!message.touched) return;
  is_foreign_ = false;
  if (find(FaultKind::lost_segment) != nullptr) lose(message, FaultKind::lost_segment, false);
  if (find(FaultKind::lost_block) != nullptr) lose(message, FaultKind::lost_block, true);
  if (find(FaultKind::duplicate) != nullptr) duplicate(message);
  if (find(FaultKind::reorder) != nullptr) reorder(message);
  is_foreign_ = replace(message);
  if (const auto* flips = find(FaultKind::bitflip); flips != nullptr)
    flip_bits(message, flips->value);
  if (const auto* drops = find(FaultKind::drop_byte); drops != nullptr) {
    drop_bytes(message, drops->value);
  }
  if (const auto* share = find(FaultKind::cut); share != nullptr) cut(message, share->value);
  if (find(FaultKind::checksum) != nullptr) break_checks(message);
}

// One of the units (frames, or blocks of one frame or more). A message without its end and one
// without its start would make a whole one, so that no start is lost behind a lost end.
void FrameFaults::lose(Message& message, FaultKind kind, bool in_blocks) {
  std::vector<bool> starts = block_starts(link_, message.frames);
  if (!in_blocks) starts.assign(message.frames.size(), true);
  std::vector<std::size_t> units;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (starts[i]) units.push_back(i);
  }
  if (units.size() < 2) return;
  Chance chance = chance_for(seed_, kind, message.number);
  std::size_t which = chance.below(units.size());
  const bool is_open = open_ && *open_ + 1 == message.number;
  if (is_open && which == 0) which = 1 + chance.below(units.size() - 1);
  if (which + 1 == units.size()) open_ = message.number;
  own_flags(link_, message.frames);
  const auto at = [&](std::size_t i) { return message.frames.begin() + i; };
  message.frames.erase(at(units[which]),
                       at(which + 1 < units.size() ? units[which + 1] : message.frames.size()));
  message.fault.add(kind);
}

// Segments of HDLC have no numbers that would tell a repeated one: the whole message comes twice.
void FrameFaults::duplicate(Message& message) {
  std::vector<ByteVector> twice;
  own_flags(link_, message.frames);
  if (link_.link == Link::hdlc && link_.blocks.size == 0) {
    twice = message.frames;
    twice.insert(twice.end(), message.frames.begin(), message.frames.end());
  } else {
    for (const ByteVector& frame : message.frames) twice.insert(twice.end(), 2, frame);
  }
  message.frames = std::move(twice);
  message.fault.add(FaultKind::duplicate);
}

void FrameFaults::reorder(Message& message) {
  std::vector<ByteVector>& frames = message.frames;
  if (frames.size() < 2) return;
  // Two halves in the wrong order, and two more: those in the middle would make a message.
  const bool is_open = open_ && *open_ + 1 == message.number;
  if (is_open && frames.size() == 2) return;
  open_ = message.number;
  own_flags(link_, frames);
  Chance chance = chance_for(seed_, FaultKind::reorder, message.number);
  const std::size_t first = chance.below(frames.size() - 1);
  std::swap(frames[first], frames[first + 1]);
  message.fault.add(FaultKind::reorder,
                    link_.blocks.size != 0 ? Cause::block_lost : Cause::segment_lost);
}

// By the frames of another protocol, if that was asked for.
bool FrameFaults::replace(Message& message) {
  bool done = false;
  const Snapshot& house = message.values.snapshot;
  for (const FaultKind kind :
       {FaultKind::modbus, FaultKind::rsp_ud, FaultKind::oms, FaultKind::sml, FaultKind::dsmr}) {
    if (find(kind) == nullptr) continue;
    Chance chance = chance_for(seed_, kind, message.number);
    const Chance of_meter = fixed_chance(seed_, kind);
    const auto access = static_cast<std::uint8_t>(message.number + seed_);
    message.frames = kind == FaultKind::modbus   ? modbus_frames(chance)
                     : kind == FaultKind::rsp_ud ? rsp_ud_frames(of_meter, chance, access, house)
                     : kind == FaultKind::oms    ? oms_frames(of_meter, chance, access)
                     : kind == FaultKind::sml    ? sml_frames(of_meter, chance, house)
                                                 : telegram_lines(house);
    message.fault.add(kind);
    done = true;
  }
  return done;
}

// What the frame's check covers, and the check; without one, what the cipher covers. Neither head
// nor end: a frame that loses those is not found, which is another fault.
FrameFaults::Part FrameFaults::part_of(const Message& message, std::size_t index) const {
  const ByteVector& frame = message.frames[index];
  Part part{0, frame.size()};
  if (is_foreign_) return part;
  const auto skip = [&](std::size_t n) { part.begin = std::min(part.begin + n, part.end - 1); };
  if (link_.link == Link::mbus) {  // 68 L L 68 C A CI STSAP DTSAP
    skip(9);
    --part.end;
    return part;
  }
  if (link_.link == Link::hdlc) {
    while (part.begin + 1 < part.end && frame[part.begin] == kHdlcFlag) ++part.begin;
    skip(2);
    --part.end;
    return part;
  }
  if (message.meter->layout == Layout::sml) {  // between 1B1B1B1B01010101 and 1B1B1B1B1A
    constexpr std::size_t kStart = 8, kEnd = 8;
    skip(kStart);
    part.end -= kEnd;
    return part;
  }
  if (has_bcc(*message.meter)) {  // behind STX, before ! CR LF ETX BCC
    constexpr std::size_t kEnd = 5;
    skip(as_text(frame).find('\x02') + 1);
    part.end -= kEnd;
    return part;
  }
  if (is_bare_telegram(link_, message)) {
    const std::string_view text = as_text(frame);
    skip(std::min(text.find("\r\n\r\n"), text.size() - 4) + 4);
    part.end = std::max(part.begin + 1, std::min(text.rfind("\r\n!"), text.size()));
    return part;
  }
  if (link_.link == Link::wrapper) skip(8);
  if (link_.blocks.size != 0) {
    skip(6);
    skip(frame[part.begin] < 0x80 ? 1U : 1U + (frame[part.begin] & 0x7fU));
  }
  if (index != 0) return part;
  if (const auto ciphered = apdu::parse_ciphered(message.apdu); ciphered) {
    skip(static_cast<std::size_t>(ciphered->content.data() - message.apdu.data()));
    if (ciphered->content.size() > 2 * kTellingBytes) skip(kTellingBytes);
  }
  return part;
}

// Of bytes that are there, but others.
std::optional<Cause> FrameFaults::cause_of_change(const Message& message) const {
  if (is_foreign_ || has_check(link_, message)) return Cause::checksum;
  if (message.control && (*message.control & apdu::kAuthenticated) != 0) return Cause::tag_failed;
  return std::nullopt;
}

void FrameFaults::flip_bits(Message& message, std::int64_t count) {
  Chance chance = chance_for(seed_, FaultKind::bitflip, message.number);
  std::size_t bits = 0;
  for (std::size_t i = 0; i < message.frames.size(); ++i) bits += 8 * part_of(message, i).size();
  std::set<std::size_t> places;
  const std::size_t wanted = std::min<std::size_t>(static_cast<std::size_t>(count), bits / 2);
  while (places.size() < wanted) places.insert(chance.below(bits));
  std::set<std::size_t> bytes;
  for (const std::size_t place : places) {
    std::size_t left = place, frame = 0;
    for (; left >= 8 * part_of(message, frame).size(); ++frame) {
      left -= 8 * part_of(message, frame).size();
    }
    message.frames[frame][part_of(message, frame).begin + left / 8] ^=
        static_cast<std::uint8_t>(1U << left % 8);
    bytes.insert(place / 8);
  }
  message.fault.add(FaultKind::bitflip, cause_of_change(message));
  message.fault.damaged(bytes.size());
}

void FrameFaults::drop_bytes(Message& message, std::int64_t count) {
  Chance chance = chance_for(seed_, FaultKind::drop_byte, message.number);
  std::uint64_t dropped = 0;
  for (std::size_t i = 0; i < message.frames.size(); ++i) {
    const Part part = part_of(message, i);
    const std::size_t most =
        std::min<std::size_t>(static_cast<std::size_t>(count), (part.size() + 1) / 2);
    for (std::size_t k = 0; k < most; ++k, ++dropped) {
      ByteVector& frame = message.frames[i];
      const std::size_t at = part.begin + chance.below(part.size() - k);
      frame.erase(frame.begin() + at);
    }
  }
  // A text has no length, and a bare plain APDU neither.
  const bool has_length = link_.link != Link::none || message.control || link_.blocks.size != 0;
  message.fault.add(FaultKind::drop_byte,
                    has_length ? Cause::cut_frames : cause_of_change(message));
  message.fault.damaged(dropped);
}

void FrameFaults::cut(Message& message, std::int64_t share_ppm) {
  std::uint64_t missing = 0;
  for (ByteVector& frame : message.frames) {
    const std::size_t kept = frame.size() * static_cast<std::size_t>(share_ppm) / 1'000'000;
    const std::size_t size = std::clamp<std::size_t>(kept, 1, frame.size() - 1);
    missing += frame.size() - size;
    frame.resize(size);
  }
  message.fault.add(FaultKind::cut);
  message.fault.damaged(missing);
}

void FrameFaults::break_checks(Message& message) {
  if (is_foreign_ || !has_check(link_, message)) return;
  Chance chance = chance_for(seed_, FaultKind::checksum, message.number);
  std::uint64_t broken = 0;
  for (ByteVector& frame : message.frames) {
    const auto change = [&](std::size_t from_end) {
      std::uint8_t& byte = frame[frame.size() - from_end];
      byte = chance.byte_but(byte);
      ++broken;
    };
    if (link_.link == Link::mbus) {
      change(2);
    } else if (link_.link == Link::hdlc) {
      change(2);
      change(3);
    } else if (message.meter->layout == Layout::sml) {
      change(1);
      change(2);
    } else if (has_bcc(*message.meter)) {
      change(1);
    } else {  // !EEE5 CR LF
      for (std::size_t i = 3; i <= 6; ++i, ++broken) {
        std::uint8_t& digit = frame[frame.size() - i];
        const std::uint64_t value = digit <= '9' ? digit - '0' : digit - 'A' + 10;
        digit = static_cast<std::uint8_t>("0123456789ABCDEF"[(value + 1 + chance.below(15)) % 16]);
      }
    }
  }
  message.fault.add(FaultKind::checksum);
  message.fault.damaged(broken);
}

namespace {

constexpr std::size_t kRemembered = 16;

}  // namespace

// The third one, and by and by one of four.
bool MessageOrder::replays(const Message& message) const {
  if (!message.touched || faults_.find(FaultKind::replay) == nullptr || sent_.size() < 2)
    return false;
  return message.number == 2 || chance_for(seed_, FaultKind::replay, message.number).below(4) == 0;
}

Result<const Message*> MessageOrder::next(const Make& make) {
  if (late_) {
    now_ = std::move(*late_);
    late_.reset();
    return &now_;
  }
  const auto made = make();
  if (!made) return tl::unexpected(made.error());
  now_ = **made;
  if (faults_.find(FaultKind::replay) != nullptr) {
    if (replays(now_)) {
      // Not the last one: that would be one sent twice.
      Chance chance = chance_for(seed_, FaultKind::replay, now_.number ^ 1U << 31);
      Message old = sent_[chance.below(sent_.size() - 1)];
      old.sent = now_.sent;
      old.fault.add(FaultKind::replay);
      now_ = std::move(old);
    } else {
      sent_.push_back(now_);
      if (sent_.size() > kRemembered) sent_.pop_front();
    }
  }
  if (faults_.find(FaultKind::reorder) != nullptr && now_.touched && now_.whole_frames == 1) {
    late_ = std::move(now_);
    const auto second = make();
    if (!second) return tl::unexpected(second.error());
    now_ = **second;
    std::swap(now_.sent, late_->sent);
    now_.fault.add(FaultKind::reorder, Cause::none);
    late_->fault.add(FaultKind::reorder, Cause::counter_backwards);
  }
  return &now_;
}

}  // namespace meterpipe::sim
