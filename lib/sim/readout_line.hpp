// A meter that answers the sign-on of IEC 62056-21, mode C, at its infrared interface:
//
//   heard, 300 baud            said
//   /?!  or  /?ADDRESS!        /ISk5MT174-0002 CR LF, at 300 baud; 5 is the speed it offers
//   06 30 35 30 0D 0A          STX … ! CR LF ETX BCC, at the speed of that digit
//   nothing for 1.5 s          the same at 300 baud
//
// Where the other side does not listen at the speed of what is said, it hears other bytes.
#pragma once

#include <functional>
#include <string>

#include "sim/partner.hpp"

namespace meterpipe::sim {

struct ReadOutFaults {
  bool echo = false;     // the head gives back what is sent
  int deaf = 0;          // the first so many sign-ons are not heard
  int broken = 0;        // the first so many answers have a wrong BCC
  bool is_slow = false;  // it takes 1.4 s for each answer
};

class ReadOutLine : public Partner {
 public:
  static constexpr std::uint32_t kFirstBaud = 300;

  // The whole answer of a moment: identification and data.
  using Answer = std::function<std::optional<ByteVector>()>;
  ReadOutLine(Answer answer, std::string address, const ReadOutFaults& faults = {})
      : answer_(std::move(answer)), address_(std::move(address)), faults_(faults) {}

  void hear(Bytes bytes, std::int64_t now_us, std::uint32_t baud) override;
  std::optional<std::int64_t> due_us() const override;
  ByteVector take(std::int64_t now_us, std::uint32_t baud) override;
  std::uint64_t requests() const override { return requests_; }
  std::uint64_t answers() const override { return answers_; }
  bool is_over() const { return is_over_ && sending_.is_done(); }

 private:
  void hear_line(std::string_view line, std::int64_t now_us);
  void say(Bytes bytes, std::int64_t from_us, std::uint32_t baud);
  void give(std::int64_t now_us, std::uint32_t baud);

  Answer answer_;
  std::string address_;
  ReadOutFaults faults_;
  std::string heard_;
  std::int64_t heard_us_ = 0;
  ByteVector data_;  // behind the identification, until it is asked for
  char offered_ = '0';
  std::int64_t give_up_us_ = 0;
  Sending sending_, echo_;
  std::uint32_t baud_ = kFirstBaud;  // of what is said
  bool is_over_ = false;
  std::uint64_t requests_ = 0, answers_ = 0;
};

}  // namespace meterpipe::sim
