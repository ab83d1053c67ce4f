#include "poll/meter_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "poll/more_follows.hpp"
#include "poll/requests.hpp"
#include "record/fault_text.hpp"

namespace meterpipe::poll {
namespace {

using Kind = Answer::Kind;

bool is_once_more(const Answer& answer, const ByteVector& before) {
  return is_again(answer.ci(), answer.data(), before[link::kMbusCi], data_of(before));
}

Error error_of(Fault fault, std::uint64_t expected, std::uint64_t found) {
  return {fault, 0, expected, found};
}

// Somebody hears the requests, so that line, rate and power are in order.
std::string text_of_other(const MeterAddress& address, const MeterReading& reading) {
  const unsigned a = reading.other[link::kMbusA];
  const auto identity = identity_of(reading.other[link::kMbusCi], data_of(reading.other));
  return fmt::format(
      "meter {}: no answer to {} requests from it, but from address {}{} each time: ask for {} if "
      "that is the meter; else another master reads this bus at the same time, and only one may",
      to_string(address), reading.error->found, a,
      identity ? fmt::format(" (number {})", to_string(*identity)) : "", a);
}

// Somebody is there, and heard it.
std::string text_of_silent(const MeterAddress& address, const MeterReading& reading) {
  return fmt::format(
      "meter {}: it acknowledges (E5), and no data came to {} requests within {} ms each: meters "
      "with a battery may give none until the next day or month when they were asked too often; "
      "or it takes longer (--timeout)",
      to_string(address), reading.error->found, reading.error->expected);
}

}  // namespace

std::string text_of(const MeterAddress& address, const MeterReading& reading) {
  if (!reading.error) return {};
  if (!reading.other.empty()) return text_of_other(address, reading);
  if (reading.error->fault == Fault::no_answer && reading.is_acknowledged) {
    return text_of_silent(address, reading);
  }
  std::string text =
      fmt::format("meter {}: {}", to_string(address), record::describe(*reading.error));
  if (reading.error->fault == Fault::no_answer && reading.stray != 0) {
    text += fmt::format(" ({} bytes came that are none: noise, or another rate?)", reading.stray);
  }
  if (reading.error->fault == Fault::collision && reading.is_noise) {
    text += fmt::format(
        " ({} bytes came and no whole answer: where there is but one meter it is noise, another "
        "rate, or a converter that breaks off)",
        reading.stray);
  }
  return text;
}

bool MeterReader::fails(const Answer& answer, MeterReading& reading) const {
  const unsigned tries = bus_.options().tries;
  switch (answer.kind) {
    case Kind::acknowledge:
    case Kind::data: return false;
    case Kind::lost: reading.is_lost = true; break;
    case Kind::stopped: reading.is_stopped = true; break;
    case Kind::silence:
    case Kind::noise:
    case Kind::several:
      reading.stray = answer.stray;
      reading.is_noise = answer.kind == Kind::noise;
      reading.error =
          answer.is_collision()
              ? error_of(Fault::collision, tries, answer.stray)
              : error_of(Fault::no_answer,
                         static_cast<std::uint64_t>(bus_.options().timeout_us / 1000), tries);
  }
  return true;
}

// Whether data can be asked for.
bool MeterReader::begin(const MeterAddress& address, MeterReading& reading) {
  const std::int64_t timeout_us = bus_.options().timeout_us;
  if (address.primary) {
    const auto ask = [&] { return bus_.ask_acknowledge(begin_anew(*address.primary), timeout_us); };
    const Answer answer = mute_.contains(*address.primary) ? ask() : bus_.insist(ask);
    if (answer.kind == Kind::lost || answer.kind == Kind::stopped) return !fails(answer, reading);
    reading.is_acknowledged = answer.kind == Kind::acknowledge;
    if (answer.kind == Kind::silence) {
      mute_.insert(*address.primary);
    } else {
      mute_.erase(*address.primary);
    }
    return true;
  }
  deselect();
  const ByteVector request = select_meter(address.secondary);
  const Answer answer = bus_.insist([&] { return bus_.ask_acknowledge(request, timeout_us); });
  reading.is_acknowledged = answer.kind == Kind::acknowledge;
  // Who answered, and how many, their data say.
  if (answer.kind == Kind::several || answer.kind == Kind::noise) return true;
  return !fails(answer, reading);
}

// Nobody is selected as a rule, so that nobody answers: there is no waiting for long.
void MeterReader::deselect() {
  bus_.ask_acknowledge(begin_anew(kSelected), bus_.standard_timeout_us());
}

MeterReading MeterReader::read(const MeterAddress& address,
                               const std::function<void(const Answer&)>& give, unsigned most) {
  MeterReading reading = read_and_stay(address, give, most);
  if (!address.primary && !reading.is_lost && !reading.is_stopped) deselect();
  return reading;
}

MeterReading MeterReader::read_and_stay(const MeterAddress& address,
                                        const std::function<void(const Answer&)>& give,
                                        unsigned most) {
  MeterReading reading;
  if (!begin(address, reading)) return reading;
  reading.was_asked = true;
  ByteVector first;
  bool fcb = true;
  unsigned asked = 0;  // for the telegram at hand
  unsigned late = 0;   // answers that may still come of requests that were sent again
  while (reading.telegrams < most) {
    const ByteVector request = give_data(address.link(), fcb);
    unsigned by_others = 0;  // requests that somebody else answered
    const Answer answer = bus_.insist([&] {
      ++asked;
      Answer one = bus_.ask_data(request, address.primary, bus_.options().timeout_us);
      if (!one.others.empty()) ++by_others;
      return one;
    });
    if (fails(answer, reading)) {
      reading.is_acknowledged &= reading.telegrams == 0 && answer.kind == Kind::silence;
      if (answer.kind == Kind::silence && by_others == bus_.options().tries) {
        reading.other = answer.others.back();
      }
      if (address.primary) mute_.erase(*address.primary);  // it is not there at all
      return reading;
    }
    const Bytes data = answer.data();
    const auto identity = identity_of(answer.ci(), data);
    if (!address.primary && identity && !matches(address.secondary, *identity)) {
      reading.error = error_of(Fault::collision, bus_.options().tries, 0);
      return reading;
    }
    if (reading.telegrams != 0 &&
        (is_once_more(answer, reading.last) || is_once_more(answer, first))) {
      if (late != 0) {
        --late;
        continue;
      }
      reading.error = error_of(Fault::same_telegram, reading.telegrams + 1, 0);
      return reading;
    }
    if (reading.telegrams == 0) {
      first = answer.bytes;
      reading.identity = identity;
    }
    reading.last = answer.bytes;
    ++reading.telegrams;
    give(answer);
    if (!more_follows(answer.ci(), data)) return reading;
    fcb = !fcb;
    late = asked - 1;
    asked = 0;
  }
  if (most == kMostTelegrams) reading.error = error_of(Fault::endless_telegrams, 0, most);
  return reading;
}

}  // namespace meterpipe::poll
