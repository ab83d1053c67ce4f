// A Siemens TD-351x at its infrared interface (Netz Oberösterreich, specification of the customer
// interface, 2.3): it is the master, who reads it the slave F0.
//
//   10 40 F0 30 16      once a minute, until E5 comes within 0.5 s
//   68 5F 5F 68 53 F0…  then its values each second, C 53 and 73 by turns; each wants E5 within 0.5
//   s
//
// A message that was not acknowledged is sent again; after ten of them it searches anew.
#pragma once

#include <functional>

#include "sim/partner.hpp"

namespace meterpipe::sim {

class AmisLine : public Partner {
 public:
  static constexpr std::int64_t kSearchUs = 60'000'000, kAnswerUs = 500'000;
  static constexpr int kMostUnanswered = 10;

  // The next message's frame; none: there is an end to it.
  using Next = std::function<std::optional<ByteVector>()>;
  AmisLine(Next next, std::int64_t begin_us, std::int64_t period_us, std::int64_t byte_us)
      : next_(std::move(next)), due_us_(begin_us), period_us_(period_us), byte_us_(byte_us) {}

  void hear(Bytes bytes, std::int64_t now_us, std::uint32_t baud) override;
  std::optional<std::int64_t> due_us() const override;
  ByteVector take(std::int64_t now_us, std::uint32_t baud) override;
  std::uint64_t requests() const override { return sent_; }
  std::uint64_t answers() const override { return acknowledged_; }

  bool is_over() const { return is_over_; }
  bool is_searching() const { return is_searching_; }
  std::uint64_t foreign() const { return foreign_; }  // bytes that are no answer to anything

 private:
  void say(std::int64_t now_us);

  Next next_;
  std::int64_t due_us_;  // when it says something again
  std::int64_t period_us_, byte_us_;
  Sending sending_;
  std::optional<std::int64_t> waits_until_us_;  // for E5
  bool is_searching_ = true, is_over_ = false;
  ByteVector frame_;  // not acknowledged yet
  int unanswered_ = 0;
  std::uint64_t sent_ = 0, acknowledged_ = 0, foreign_ = 0;
};

}  // namespace meterpipe::sim
