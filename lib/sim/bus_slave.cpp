#include "sim/bus_slave.hpp"

#include <algorithm>

#include "sim/mbus.hpp"

namespace meterpipe::sim {
namespace {

constexpr std::uint8_t kSelectedAddress = 0xfd, kAllAnswer = 0xfe, kAllSilent = 0xff;
constexpr std::uint8_t kFcb = 0x20;
constexpr std::int64_t kUsualUs = 60'000, kLateUs = 1'200'000;

void add_bcd(ByteVector& to, std::uint32_t number, int bytes) {
  for (int i = 0; i < bytes; ++i, number /= 100) {
    to.push_back(static_cast<std::uint8_t>(number / 10 % 10 << 4 | number % 10));
  }
}

const ByteVector kAcknowledge{0xe5};

}  // namespace

std::int64_t BusSlave::delay_us() const {
  return settings_.fault == SlaveFault::late ? kLateUs : kUsualUs;
}

std::optional<ByteVector> BusSlave::hear(Bytes frame) {
  const bool is_short = frame.size() == 5 && frame[0] == 0x10;
  const std::uint8_t a = is_short ? frame[2] : frame[5];
  if (a == settings_.primary || a >= kSelectedAddress) ++heard_;
  if (settings_.fault == SlaveFault::deaf && heard_ % 3 != 0) return std::nullopt;
  if (is_short) return hear_short(frame[1], a);
  return hear_long(frame.subspan(4, frame.size() - 6));
}

std::optional<ByteVector> BusSlave::hear_short(std::uint8_t c, std::uint8_t a) {
  const bool is_for_me =
      a == settings_.primary || a == kAllAnswer || (a == kSelectedAddress && selected_);
  if (c == 0x40) {
    if (!is_for_me && a != kAllSilent) return std::nullopt;
    if (a == kSelectedAddress) selected_ = false;
    has_given_ = false;
    fcb_ = false;
    next_ = 0;
    return a == kAllSilent ? std::nullopt : std::optional(kAcknowledge);
  }
  if (!is_for_me || (c | kFcb) != 0x7b) return std::nullopt;
  return give((c & kFcb) != 0);
}

// A request with the FCB of the one before was not heard by the master: the same telegram again.
ByteVector BusSlave::give(bool fcb) {
  const bool is_repeat = has_given_ && fcb == fcb_;
  if (!is_repeat) {
    last_ = settings_.fault == SlaveFault::stuck ? 0 : next_;
    next_ = (next_ + 1) % settings_.telegrams;
    ++access_;
  }
  has_given_ = true;
  fcb_ = fcb;
  ++answered_;
  ByteVector frame;
  add_long_frame(frame, 0x08, settings_.primary, 0x72, telegram(last_));
  return frame;
}

bool BusSlave::is_selected_by(Bytes address) const {
  const std::array<std::uint8_t, 8> own{settings_.id[0],
                                        settings_.id[1],
                                        settings_.id[2],
                                        settings_.id[3],
                                        static_cast<std::uint8_t>(settings_.manufacturer),
                                        static_cast<std::uint8_t>(settings_.manufacturer >> 8),
                                        settings_.version,
                                        settings_.medium};
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (i >= 4) {
      if (address[i] != 0xff && address[i] != own[i]) return false;
      continue;
    }
    const int high = address[i] >> 4, low = address[i] & 0x0f;
    if (high != 0x0f && high != own[i] >> 4) return false;
    if (low != 0x0f && low != (own[i] & 0x0f)) return false;
  }
  return true;
}

std::optional<ByteVector> BusSlave::hear_long(Bytes fields) {
  const std::uint8_t c = fields[0], a = fields[1], ci = fields[2];
  if ((c | kFcb) != 0x73) return std::nullopt;
  if (a == kSelectedAddress && ci == 0x52 && fields.size() == 11) {
    selected_ = is_selected_by(fields.subspan(3));
    if (selected_) {
      has_given_ = false;
      next_ = 0;
    }
    return selected_ ? std::optional(kAcknowledge) : std::nullopt;
  }
  const bool is_for_me = a == settings_.primary || (a == kSelectedAddress && selected_);
  if (!is_for_me || ci != 0x51 || fields.size() != 6 || fields[3] != 0x01 || fields[4] != 0x7a) {
    return std::nullopt;
  }
  settings_.primary = fields[5];
  return kAcknowledge;
}

ByteVector BusSlave::telegram(unsigned index) const {
  ByteVector data(settings_.id.begin(), settings_.id.end());
  data.push_back(static_cast<std::uint8_t>(settings_.manufacturer));
  data.push_back(static_cast<std::uint8_t>(settings_.manufacturer >> 8));
  data.push_back(settings_.version);
  data.push_back(settings_.medium);
  data.push_back(access_);
  for (int i = 0; i < 3; ++i) data.push_back(0);
  // The number, so that values tell whose they are; energy (kWh), volume (m³·10⁻³), flow
  // temperature (0.1 °C); of storage 1, 2, … in the telegrams that follow.
  const std::uint32_t own = settings_.id[0] + 256U * settings_.id[1];
  const auto storage = static_cast<std::uint8_t>(index);
  for (const auto& [dif, vif, value] : {std::array<std::uint32_t, 3>{0x0c, 0x06, own + 1000},
                                        std::array<std::uint32_t, 3>{0x0c, 0x13, own * 7 + 123},
                                        std::array<std::uint32_t, 3>{0x0a, 0x5a, 553}}) {
    data.push_back(
        static_cast<std::uint8_t>(dif | (storage != 0 ? 0x80U | (storage & 1U) << 6 : 0U)));
    if (storage != 0) data.push_back(static_cast<std::uint8_t>(storage >> 1));
    data.push_back(static_cast<std::uint8_t>(vif));
    add_bcd(data, value + index, dif == 0x0c ? 4 : 2);
  }
  const bool is_stuck = settings_.fault == SlaveFault::stuck;
  if (is_stuck || index + 1 < settings_.telegrams) data.push_back(0x1f);
  return data;
}

}  // namespace meterpipe::sim
