// Reads a meter out at its infrared interface (IEC 62056-21, modes A, B and C):
//
//   said, 300 baud 7E1        heard
//   /?ADDRESS! CR LF          /XXXz… CR LF        who it is; z: the speed it offers
//   06 30 z 30 CR LF          STX … ! CR LF ETX BCC, at that speed; BCC: exclusive or behind STX
//
// Mode B (z is a letter) changes its speed by itself; mode A (anything else) does not, and both may
// leave out STX, ETX and BCC. A head may echo what is sent: exactly that is dropped. Where the rate
// cannot be changed from here, a meter is asked to stay at that of its identification.
//
// A try that ends without a right answer is followed by another sign-on. What is written is the
// sign-on and the acknowledgement, nothing else: the one for data (06 0 z 0), none that programs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "serial/assembler.hpp"
#include "serial/line_settings.hpp"
#include "serial/parmrk.hpp"
#include "serial/port.hpp"
#include "serial/reception.hpp"

namespace meterpipe::poll {

inline constexpr serial::LineSettings kSignOnLine{300, 7, serial::Parity::even, 1};
inline constexpr std::size_t kLongestDevice = 32;  // of a device address, IEC 62056-21, 6.3.1

// Letters, digits and blanks, which no other part of a sign-on has.
bool is_device_address(std::string_view text);

struct ReadOutOptions {
  serial::LineSettings line = kSignOnLine;
  std::string address = {};             // of the device; empty: whoever is there
  std::int64_t timeout_us = 2'000'000;  // until an answer begins, and between its bytes
  unsigned tries = 3;
};

struct ReadOutAnswer {
  enum class Kind : std::uint8_t {
    whole,
    damaged,  // wrong BCC, or its end never came: `bytes` is what did
    silence,  // no identification
    lost,     // there is no line any more, see ReadOut::trouble()
    stopped,  // by a signal
  };
  Kind kind = Kind::silence;
  ByteVector bytes;  // identification and data
  std::vector<std::uint32_t> marked;
  serial::Arrival first;
  std::uint64_t ms = 0;
  serial::LineSettings line;  // of the data
  std::size_t stray = 0;      // bytes that belong to no answer
};

struct ReadOutCounts {
  std::uint64_t requests = 0, repeats = 0, bytes = 0, echoed = 0, stray = 0;
};

class ReadOut {
 public:
  ReadOut(std::unique_ptr<serial::Port> port, serial::World world, const ReadOutOptions& options);

  // Opens the port where it is not open; waits for it.
  tl::expected<void, serial::Trouble> open();
  void close();
  const serial::Trouble& trouble() const { return trouble_; }
  bool is_stopped() const { return world_.is_stopped(); }
  serial::Arrival now() const { return world_.now(); }
  const serial::Port& port() const { return *port_; }
  const ReadOutCounts& counts() const { return counts_; }

  ReadOutAnswer read();
  // Waits, and throws away what comes.
  void idle_until(std::int64_t steady_us);

 private:
  enum class Until : std::uint8_t { identification, data };
  ReadOutAnswer once();
  bool say(std::string_view text);
  bool set_rate(std::uint32_t baud);
  bool listen(Until until);
  bool receive();
  bool is_there(Until until);
  void drop_echo();
  void lose(const serial::Trouble& trouble);

  std::unique_ptr<serial::Port> port_;
  serial::World world_;
  ReadOutOptions options_;
  serial::LineSettings line_;
  bool is_open_ = false;
  serial::Trouble trouble_{serial::Trouble::Kind::failed, {}};
  serial::Unmarker unmarker_;
  ReadOutCounts counts_;

  // Of the try at hand.
  ByteVector received_;
  std::vector<bool> marks_;
  std::vector<serial::Arrival> arrivals_;
  std::string echo_;        // of what was sent, that may still come
  std::size_t begin_ = 0;   // of what is listened for
  std::size_t end_ = 0;     // behind what was found
  bool is_framed_ = false;  // STX is to be expected
};

// Why a read-out ended without an answer.
Error error_of(const ReadOutAnswer& answer, const ReadOutOptions& options);
std::string text_of(const ReadOutAnswer& answer, const ReadOutOptions& options);

}  // namespace meterpipe::poll
