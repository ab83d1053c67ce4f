// Where bytes come from: a serial port or pty, a TCP connection, standard input; a fake in tests.
// Nothing here blocks: poll waits_for() and call proceed() while it opens, read() once it is open.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include <fmt/format.h>
#include <poll.h>
#include <tl/expected.hpp>

#include "base/bytes.hpp"
#include "os/sandbox.hpp"
#include "os/status.hpp"
#include "serial/line_settings.hpp"

namespace meterpipe::serial {

// Why a port is not open, or no longer; `text` names the port, what was found and what to do.
struct Trouble {
  enum class Kind {
    missing,   // not there (yet)
    busy,      // somebody else holds it
    denied,    // permission
    unusable,  // there, but no port
    gone,      // was open: unplugged, closed by the other end
    ended,     // was open: came to its regular end, nothing to reopen
    failed,    // anything else
  };
  Kind kind;
  std::string text;
};

// As what the functions of a port answer with.
template <class... Args>
tl::unexpected<Trouble> trouble(Trouble::Kind kind, fmt::format_string<Args...> format,
                                Args&&... args) {
  return tl::unexpected<Trouble>(Trouble{kind, fmt::format(format, std::forward<Args>(args)...)});
}

// The same for who cannot go on: 66, 74 or 77.
os::Fatal fatal(const Trouble& trouble);
// The same of a program that has --wait, when it was not given.
os::Fatal fatal_unless_waited_for(const Trouble& trouble);

enum class Progress { opened, pending };

inline constexpr long long kOpenMs = 10'000;      // how long an open may be pending
inline constexpr std::size_t kMostAtOnce = 4096;  // bytes of one read: what a tty buffers at most

class Port {
 public:
  virtual ~Port() = default;

  // opened, or pending: then poll waits_for(), at most kOpenMs, and call proceed().
  virtual tl::expected<Progress, Trouble> open() = 0;
  virtual tl::expected<Progress, Trouble> proceed() { return Progress::opened; }
  virtual pollfd waits_for() const = 0;
  // Once it is open: read() has bytes, whatever poll says.
  virtual bool has_early_bytes() const { return false; }
  // How many bytes were read; 0: none there.
  virtual tl::expected<std::size_t, Trouble> read(std::span<std::uint8_t> to) = 0;
  // Writes without waiting; an error is what is left of a port.
  virtual tl::expected<void, Trouble> write(Bytes bytes);
  // Once it is open: whether its rate can be set from here, and so it is. What was written has
  // left.
  virtual bool sets_rate() const { return false; }
  virtual tl::expected<void, Trouble> set(const LineSettings& line);
  // Also ends an attempt to open.
  virtual void close() = 0;

  virtual const std::string& name() const = 0;  // for messages: what the user gave
  virtual std::string source() const = 0;       // for records: ttyUSB0, tcp:host:port, stdin
  // Bytes come in the form of parmrk.hpp.
  virtual bool marks_errors() const { return false; }
  // Parity errors are told. False for a pseudo terminal and for an adapter that cannot do it; known
  // once it is open.
  virtual bool checks_parity() const { return marks_errors(); }
  // A pseudo terminal: bytes pass as they are, at any settings; there is no line.
  virtual bool is_pseudo() const { return false; }
  // What the line is set to as the port itself tells, which may not be what was asked for.
  virtual std::optional<LineSettings> set_to() const { return std::nullopt; }
  virtual bool can_reopen() const { return true; }
  // While it cannot be opened, the other processes are looked through for who holds it. They are
  // out of sight for a program that has been contained: it is when the port is open.
  virtual bool looks_for_holders() const { return false; }
  // What a program must keep to open it again; by default nothing, it is open.
  virtual os::Kept needs() const { return {os::Calls::pipe, {}}; }
  // Bytes are lost if they are not read in time. False for a file: it may wait for the output.
  virtual bool is_live() const { return true; }
  // By how much bytes that left the meter together may be apart here. A USB adapter's latency timer
  // (16 ms) and buffer, and a busy Raspberry Pi: the longest pause seen is well below this, and the
  // 0.5 s between two telegrams of one push are well above.
  virtual int slack_ms() const { return 250; }
};

// Whether a port that does not take its settings in full says so in the log.
enum class Refusals : std::uint8_t { logged, kept };

// `-`, `tcp://HOST:PORT` or a path. The error says what is wrong with an address.
tl::expected<std::unique_ptr<Port>, std::string> make_port(const std::string& name,
                                                           const LineSettings& line,
                                                           Refusals refusals = Refusals::logged);

}  // namespace meterpipe::serial
