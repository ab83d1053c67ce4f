#include "sim/simulator.hpp"

#include "sim/wired.hpp"

namespace meterpipe::sim {
namespace {

// What a house of this size would have counted since 2020, so that a simulator that is started
// again later goes on at higher counters, as the meter it plays would.
House aged(House house, Seconds start) {
  const auto hours = static_cast<std::uint64_t>((start - kFirstStart) / 3600);
  house.import_at_start += hours * 400;
  house.export_at_start += hours * house.pv_peak / 12;
  house.reactive_import_at_start += hours * 6;
  house.reactive_export_at_start += hours * 70;  // what flows in pipes counts from 2020 by itself
  return house;
}

}  // namespace

Simulator::Simulator(const SimSettings& settings)
    : settings_(settings),
      household_(aged(settings.meter->house, settings.start), settings.seed),
      link_(settings.link.value_or(settings.meter->link)),
      meter_faults_(settings.faults, *settings.meter, settings.control, settings.keys,
                    settings.seed),
      frame_faults_(settings.faults, link_, settings.seed),
      order_(settings.faults, settings.seed) {
  if (settings.control) cipherer_.emplace(*settings.control, settings.keys);
  // One message per period since 2020; next() counts up first.
  const auto sent = static_cast<std::uint32_t>((settings.start - kFirstStart) / settings.period);
  message_.utc = settings.start - settings.period;
  message_.counter = sent;
  message_.invoke = (sent + settings.meter->title[7] * 0x1234U) & 0xffffff;
}

Result<const Message*> Simulator::next() {
  if (!settings_.faults.any()) return make();
  return order_.next([this] { return make(); });
}

Result<Message*> Simulator::make() {
  const Meter& meter = *settings_.meter;
  Message& message = message_;
  message.utc += settings_.period;
  message.sent = message.utc;
  message.counter += 1;
  message.meter = &meter;
  message.title = meter.title;
  message.control = settings_.control;
  meter_faults_.begin(message);
  meter_faults_.set_counter(message);
  message.invoke = meter.counts_invoke ? (message.invoke + 1) & 0xffffff : 0;
  message.values.time = vienna(message.utc);
  message.values.snapshot = household_.measure(message.utc, message.values.time, settings_.period);
  meter_faults_.set_clock(message);
  meter_faults_.set_values(message);
  message.values.clock = clock_bytes(message.values.time, meter.clock_of_body());

  message.plain.clear();
  if (is_wired(meter)) {
    const CipherKeys keys = meter_faults_.notes_of_keys(message)
                                ? faulty_keys(settings_.faults, settings_.keys, 0, settings_.seed)
                                : settings_.keys;
    make_wired(message, keys.ek);
    frame_faults_.damage(message);
    return &message;
  }
  if (meter.event) {
    add_event_head(message.plain, *meter.event);
  } else if (meter.layout != Layout::telegram) {
    add_notification_head(message.plain, {.invoke = meter.priority | message.invoke,
                                          .form = meter.time,
                                          .time = clock_bytes(message.values.time, meter.clock)});
  }
  const std::size_t body = message.plain.size();
  message.meter = &meter_faults_.meter_of(message);
  add_body(message.plain, *message.meter, message.values);
  meter_faults_.damage_plain(message, body);
  message.apdu.clear();
  std::vector<BlockPiece> pieces;
  if (cipherer_) {
    Cipherer* const other = meter_faults_.cipherer_of(message);
    (other != nullptr ? *other : *cipherer_)
        .add(message.apdu,
             {.title = meter.title, .counter = message.counter, .length_width = meter.length_width},
             message.plain);
    if (message.touched) meter_faults_.damage_apdu(message);
  } else {
    message.apdu = message.plain;
    if (link_.blocks.size != 0) pieces = pieces_of(message.plain, body);
  }
  if (auto done = to_frames(link_, message.apdu, pieces, message.frames); !done) {
    return tl::unexpected(done.error());
  }
  frame_faults_.damage(message);
  return &message;
}

}  // namespace meterpipe::sim
