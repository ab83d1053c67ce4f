// Which settings of the sender would turn what meters send into the bytes that came?
//
// For each hypothesis (the sender's settings, the reader's, the polarity, what the reader's UART
// does behind a bad stop bit) typical messages go over a simulated line, and what arrives teaches a
// small model: how often a byte comes, and how often behind which other. The model then says how
// many bits shorter than 8 a byte the sample can be told with it. Bytes of chance gain nothing from
// any model; the sum is a likelihood ratio, so that a gain of 20 bits is one to a million.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "doctor/typical.hpp"
#include "serial/line_settings.hpp"
#include "serial/uart.hpp"

namespace meterpipe::doctor {

struct Hypothesis {
  serial::LineSettings sender, reader;
  serial::Polarity polarity = serial::Polarity::normal;
  serial::Resync resync = serial::Resync::edge;
  Typical kind = Typical::mbus;
  int idle = 0;  // bits of silence that the sender leaves behind each character

  bool is_right() const { return polarity == serial::Polarity::normal && sender == reader; }
};

struct Fit {
  Hypothesis hypothesis;
  double gain = 0;  // bits, of the whole sample looked at
};

struct Fits {
  std::vector<Fit> best;   // the likeliest first, of different settings
  std::size_t looked = 0;  // bytes
  // The most that settings without a fault gain, and the most of any others.
  double right = 0, wrong = 0;
};

// What is known besides the bytes.
struct Surroundings {
  std::span<const std::size_t> bursts;         // places in the sample where silence stood before
  std::optional<serial::LineSettings> reader;  // what the port was set to
  std::uint64_t burst_ms = 0;                  // how long most bursts take; 0: not known
};

// Takes some 0.3 s at most: what is long is looked at in part.
Fits fit_line(Bytes sample, const Surroundings& around);

// The same with heads that are known byte by byte: which settings make of one what stands in the
// sample. The gain is against chance, for all that was tried.
std::optional<Fit> fit_starts(Bytes sample, const Surroundings& around);

// How many bits speak for bytes that come again, as a head does that a meter sends each time, and
// chance does not: at the bursts' starts, and runs of four bytes anywhere.
double repetition(Bytes sample, std::span<const std::size_t> bursts);

}  // namespace meterpipe::doctor
