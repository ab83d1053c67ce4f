#include "poll/scan.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "poll/requests.hpp"

namespace meterpipe::poll {
namespace {

using Kind = Answer::Kind;

// What tells meters of one number apart, in the order in which it is tried: places in an address.
constexpr std::array<std::size_t, 4> kBytes{7, 6, 4, 5};
// So many times did several answer without that one was found: each new digit finds some.
constexpr std::size_t kMostFruitless = 64;
constexpr std::size_t kDeepest = kDigits + kBytes.size();

}  // namespace

bool Scan::goes_on(const Answer& answer) {
  if (answer.kind == Kind::lost || answer.kind == Kind::stopped || bus_.is_stopped()) {
    is_over_ = true;
  }
  return !is_over_;
}

bool Scan::knows(std::uint8_t primary) const {
  return std::ranges::any_of(found_, [&](const auto& one) { return one.primary == primary; });
}

// A meter counts once: by who it is, or, where it does not say, by its primary address.
void Scan::add(FoundMeter meter) {
  for (FoundMeter& one : found_) {
    const bool is_it = meter.identity ? one.identity == meter.identity && !meter.is_several
                                      : one.primary == meter.primary && !one.identity;
    if (!is_it) continue;
    one.is_several |= meter.is_several;
    return;
  }
  if (!meter.is_several) fruitless_ = 0;
  found_.push_back(meter);
}

void Scan::add_others(const Answer& answer, bool by_primary) {
  for (const ByteVector& bytes : answer.others) {
    const auto identity = identity_of(bytes[6], data_of(bytes));
    const std::uint8_t primary = bytes[5];
    if (primary > kLastPrimary && by_primary) continue;
    if (by_primary ? knows(primary) : !identity) continue;
    add({primary, identity, false, true});
  }
}

void Scan::keep_silent(const Silent& silent) {
  silent_.push_back(silent);
  while (silent_.front().at_us + bus_.options().timeout_us + answer_us_ < silent.at_us) {
    silent_.pop_front();
  }
}

std::vector<Scan::Silent> Scan::recently_silent() {
  const std::int64_t now_us = bus_.now().steady_us;
  std::vector<Silent> recent;
  for (const Silent& one : silent_) {
    const std::int64_t most_us = 2 * (bus_.options().timeout_us + answer_us_);
    if (one.at_us + most_us >= now_us) recent.push_back(one);
  }
  silent_.clear();
  return recent;
}

// primary -------------------------------------------------------------------------------------

bool Scan::primary() {
  const unsigned rounds = bus_.options().tries;
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned address = 0; address <= kLastPrimary; ++address) {
      const auto primary = static_cast<std::uint8_t>(address);
      if (knows(primary)) continue;
      const unsigned done = round * (kLastPrimary + 1U) + address;
      progress_({fmt::format("address {}", address), done * 100 / (rounds * (kLastPrimary + 1U)),
                 found_.size()});
      ask_primary(primary, answer_us_, false);
      if (is_over_) return false;
    }
  }
  sort();
  return true;
}

Scan::Heard Scan::ask_primary(std::uint8_t address, std::int64_t answer_us, bool is_again) {
  const ByteVector request = give_data(address, true);
  const auto ask = [&](std::int64_t us) {
    Answer answer = bus_.ask_data(request, address, us);
    add_others(answer, true);
    return answer;
  };
  Answer answer = ask(answer_us);
  if (!goes_on(answer)) return Heard::nothing;
  const bool is_disturbed = answer.kind == Kind::noise || answer.kind == Kind::several;
  if (is_disturbed) {
    answer = bus_.insist([&] { return ask(bus_.options().timeout_us); });
    if (!goes_on(answer)) return Heard::nothing;
  }
  if (answer.kind == Kind::data) {
    ++readings_;
    // It may have been found by an answer that came late.
    const auto identity = identity_of(answer.ci(), answer.data());
    if (!knows(address)) add({address, identity, answer.has_company(), is_again});
  } else if (answer.is_collision()) {
    if (!knows(address)) add({address, std::nullopt, true, false});
  } else if (!is_again) {
    keep_silent({{}, address, bus_.now().steady_us});
  }
  if (is_disturbed && !is_again) again_primary();
  return answer.kind == Kind::data ? Heard::one : Heard::nothing;
}

void Scan::again_primary() {
  for (const Silent& one : recently_silent()) {
    if (is_over_ || knows(one.primary)) continue;
    ask_primary(one.primary, bus_.options().timeout_us, true);
  }
}

// secondary -----------------------------------------------------------------------------------

bool Scan::secondary() {
  bus_.ask_acknowledge(begin_anew(kSelected), bus_.standard_timeout_us());
  descend({}, 0);
  sort();
  return !is_over_;
}

Scan::Heard Scan::probe(const SecondaryAddress& mask, std::int64_t answer_us, bool is_again) {
  progress_({to_string(mask), 0, found_.size()});
  const ByteVector request = select_meter(mask);
  const auto select = [&] {
    Answer answer = bus_.ask_acknowledge(request, answer_us);
    add_others(answer, false);
    return answer;
  };
  const Answer selected = bus_.insist(select);
  if (!goes_on(selected)) return Heard::nothing;
  if (selected.kind == Kind::silence) {
    if (!is_again) keep_silent({mask, 0, bus_.now().steady_us});
    return Heard::nothing;
  }
  const Answer answer = bus_.insist([&] {
    Answer one = bus_.ask_data(give_data(kSelected, true), std::nullopt, bus_.options().timeout_us);
    return one;
  });
  if (!goes_on(answer)) return Heard::nothing;
  bus_.ask_acknowledge(begin_anew(kSelected), bus_.standard_timeout_us());
  if (answer.is_collision()) {
    if (++fruitless_ > kMostFruitless) give_up();
    return Heard::several;
  }
  if (answer.kind == Kind::data) {
    ++readings_;
    const auto identity = identity_of(answer.ci(), answer.data());
    add({answer.a() <= kLastPrimary ? std::optional(answer.a()) : std::nullopt,
         identity ? identity : mask, false, is_again});
    if (identity && !matches(mask, *identity)) return ask_again(mask, is_again);
    // Two acknowledged, one of them is not heard now.
    const bool is_one = selected.kind != Kind::several && !answer.has_company();
    return is_one ? Heard::one : Heard::several;
  }
  return ask_again(mask, is_again);
}

// Somebody acknowledged who is not the one that was meant: it was for what was tried before, and
// who is meant now may not have been heard for it.
Scan::Heard Scan::ask_again(const SecondaryAddress& mask, bool is_again) {
  if (is_again) return Heard::nothing;
  keep_silent({mask, 0, bus_.now().steady_us});
  again_secondary();
  return Heard::nothing;
}

void Scan::give_up() {
  is_over_ = is_disturbed_ = true;
  std::erase_if(found_, [](const FoundMeter& one) { return one.is_several; });
}

void Scan::again_secondary() {
  for (const Silent& one : recently_silent()) {
    if (is_over_) return;
    if (probe(one.mask, bus_.options().timeout_us, true) == Heard::several) {
      std::size_t depth = 0;
      while (depth < kDigits && one.mask.digit(depth) != 0x0f) ++depth;
      descend(one.mask, depth);
    }
  }
}

void Scan::try_mask(const SecondaryAddress& mask, std::size_t depth) {
  if (probe(mask, answer_us_, false) == Heard::several) descend(mask, depth);
}

// `depth` digits of the number, then bytes of the rest, are no wildcards in the mask.
void Scan::descend(const SecondaryAddress& mask, std::size_t depth) {
  if (is_over_) return;
  if (depth == kDeepest) return add({std::nullopt, mask, true, false});  // twins
  if (depth >= kDigits) return sweep_bytes(mask, kBytes[depth - kDigits], depth);
  // Digits above 9 are no BCD; there are meters that have them, and they are looked for only where
  // somebody answered whom no other digit found.
  const std::size_t before = found_.size();
  sweep_digits(mask, depth, 0, 9);
  if (found_.size() == before && depth != 0) sweep_digits(mask, depth, 0x0a, 0x0e);
}

bool Scan::sweep_digits(const SecondaryAddress& mask, std::size_t index, std::uint8_t from,
                        std::uint8_t to) {
  for (std::uint8_t digit = from; digit <= to && !is_over_; ++digit) {
    SecondaryAddress next = mask;
    next.set_digit(index, digit);
    try_mask(next, index + 1);
  }
  return !is_over_;
}

void Scan::sweep_bytes(const SecondaryAddress& mask, std::size_t at, std::size_t depth) {
  const std::size_t before = found_.size();
  for (unsigned value = 0; value < 0xff && !is_over_; ++value) {
    SecondaryAddress next = mask;
    next.bytes[at] = static_cast<std::uint8_t>(value);
    try_mask(next, depth + 1);
  }
  // They are the same in this byte, or it is FF.
  if (found_.size() == before && !is_over_) descend(mask, depth + 1);
}

void Scan::sort() {
  const auto key = [](const FoundMeter& meter) {
    return std::pair(meter.primary.value_or(0xff),
                     meter.identity ? to_string(*meter.identity) : "");
  };
  std::ranges::sort(found_, {}, key);
}

}  // namespace meterpipe::poll
