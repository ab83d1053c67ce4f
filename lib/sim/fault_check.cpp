#include "sim/fault_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "apdu/security.hpp"

namespace meterpipe::sim {

bool says_deviation(const Meter& meter) {
  if (meter.layout == Layout::telegram || is_wired(meter)) return false;
  if (meter.has_time_in_head() && meter.clock.deviation) return true;
  const bool in_body = std::ranges::any_of(
      meter.items, [](const Item& item) { return item.quantity == Quantity::clock; });
  return in_body && meter.clock_of_body().deviation;
}

namespace {

bool says_time(const Meter& meter) {
  if (!is_wired(meter) && meter.has_time_in_head() && meter.layout != Layout::telegram) return true;
  return std::ranges::any_of(meter.items, [](const Item& item) {
    return item.quantity == Quantity::clock || item.quantity == Quantity::time;
  });
}

bool sends_gas(const Meter& meter) {
  return std::ranges::any_of(meter.items,
                             [](const Item& item) { return item.quantity == Quantity::gas; });
}

// A message without any fault, to see what it is made of.
struct Trial {
  LinkForm link;
  Message message;
  std::size_t blocks = 0;

  explicit Trial(SimSettings settings) : link(settings.link.value_or(settings.meter->link)) {
    settings.faults = {};
    // A length of a message does not hang on the time: that may not be known yet.
    settings.start = std::max(settings.start, kFirstStart);
    Simulator simulator(settings);
    if (const auto made = simulator.next(); made) message = **made;
    const auto starts = block_starts(link, message.frames);
    if (link.blocks.size != 0) blocks = static_cast<std::size_t>(std::ranges::count(starts, true));
  }
};

std::string_view why_not_key(const SimSettings& settings, FaultKind kind) {
  if (settings.meter->oms) return "";
  if (!settings.control) return "does not cipher";
  const bool tagged = (*settings.control & apdu::kAuthenticated) != 0;
  const bool encrypted = (*settings.control & apdu::kEncrypted) != 0;
  const bool broadcast = (*settings.control & apdu::kBroadcast) != 0;
  switch (kind) {
    case FaultKind::wrong_ak:
    case FaultKind::wrong_tag: return tagged ? "" : "sends no authentication tag (--security 30)";
    case FaultKind::swap_keys:
      if (broadcast) return "ciphers with the broadcast key";
      if (settings.keys.ak.size() != settings.keys.ek.size()) return "has no AK";
      if (settings.keys.ak == settings.keys.ek) return "has one key for both";
      return "";
    case FaultKind::garbled_key: {
      const CipherKeys real =
          faulty_keys(settings.faults, settings.keys, *settings.control, settings.seed);
      if (real.ek == settings.keys.ek && real.broadcast == settings.keys.broadcast) {
        return "has a key that stays the same";
      }
      return "";
    }
    case FaultKind::wrong_title: return encrypted || tagged ? "" : "does not cipher";
    default: return "";
  }
}

std::string_view why_not_frames(const Trial& trial, FaultKind kind, const SimSettings& settings) {
  const Message& message = trial.message;
  switch (kind) {
    case FaultKind::lost_segment:
      if (trial.blocks != 0) return "sends blocks, not segments: lost-block";
      return message.frames.size() > 1 ? "" : "sends a message in one frame (--segment N cuts it)";
    case FaultKind::lost_block:
      if (trial.blocks == 0) return "sends no blocks (--blocks N)";
      return trial.blocks > 1 ? "" : "sends a message in one block (--blocks N)";
    case FaultKind::reorder:
    case FaultKind::counter_backwards:
      if (kind == FaultKind::reorder && message.frames.size() > 1) return "";
      return settings.control ? "" : "sends no counter that would tell";
    case FaultKind::checksum:
      return has_check(trial.link, message) ? "" : "sends frames without a check (--link hdlc)";
    default: return "";
  }
}

// What is done to the line and to frames, and to what they say where they say it.
bool applies_to_wired(const Meter& meter, FaultKind kind) {
  switch (kind) {
    case FaultKind::clock: return true;
    case FaultKind::wrong_key: return meter.oms;
    default: return kind == FaultKind::duplicate || kind >= FaultKind::modbus;
  }
}

std::string_view why_not_one(const SimSettings& settings, const Trial& trial, FaultKind kind) {
  const Meter& meter = *settings.meter;
  if (is_wired(meter) && !applies_to_wired(meter, kind)) return "does not speak DLMS";
  const bool bare = trial.link.link == Link::none && trial.blocks == 0 && !settings.control;
  switch (kind) {
    case FaultKind::clock: return says_time(meter) ? "" : "sends no time";
    case FaultKind::clock_zone: return says_deviation(meter) ? "" : "claims no time zone";
    case FaultKind::unread:
      return meter.layout == Layout::telegram && sends_gas(meter)
                 ? ""
                 : "has no gas meter at a P1 port (dsmr-p1)";
    case FaultKind::layout: return items_by_place(meter).empty() ? "sends no list" : "";
    case FaultKind::bad_apdu:
      if (bare && meter.layout == Layout::telegram) return "sends a telegram, not an APDU: dsmr";
      if (bare) return "sends bare APDUs, which end where their data end (--link hdlc)";
      // HDLC numbers no segments: the data alone tell that all are there.
      return trial.link.link == Link::hdlc && trial.blocks == 0 && !settings.control &&
                     trial.message.frames.size() > 1
                 ? "sends plain segments, of which one may be missing (--segment N)"
                 : "";
    case FaultKind::wrong_key:
    case FaultKind::wrong_ak:
    case FaultKind::swap_keys:
    case FaultKind::garbled_key:
    case FaultKind::wrong_title:
    case FaultKind::suite:
    case FaultKind::compressed:
    case FaultKind::wrong_tag: return why_not_key(settings, kind);
    case FaultKind::replay:
      return settings.control || says_time(meter) || meter.counts_invoke
                 ? ""
                 : "sends neither time nor counter";
    default: return why_not_frames(trial, kind, settings);
  }
}

}  // namespace

std::optional<std::string> why_not(const SimSettings& settings) {
  const Trial trial(settings);
  for (const FaultChoice& one : settings.faults.list) {
    const std::string_view why = why_not_one(settings, trial, one.kind);
    if (why.empty()) continue;
    return fmt::format("{}: {} {}", row_of(one.kind).name, settings.meter->name, why);
  }
  return std::nullopt;
}

}  // namespace meterpipe::sim
