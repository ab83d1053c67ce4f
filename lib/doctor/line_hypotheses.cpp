#include "doctor/line_hypotheses.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <tuple>

namespace meterpipe::doctor {
namespace {

using serial::LineSettings;
using serial::Parity;
using serial::Polarity;
using serial::Resync;

constexpr std::size_t kGap = 256;  // stands for the silence before a byte
constexpr std::size_t kContexts = 257;

// P(byte | the byte before), smoothed by P(byte), that by a uniform share.
class Model {
 public:
  void teach(Bytes burst) {
    std::size_t before = kGap;
    for (const std::uint8_t byte : burst) {
      std::uint16_t& pair = pairs_[before * 256 + byte];
      if (pair++ < kChance) ++chance_[before];
      ++contexts_[before];
      ++single_[byte];
      ++total_;
      before = byte;
    }
  }
  std::uint32_t taught() const { return total_; }

  // The bits that the sample's first `limit` bytes gain against 8 a byte.
  double gain(Bytes sample, std::span<const std::size_t> bursts) const {
    std::array<float, 256> alone{};
    const float uniform = std::max(512.F, 0.4F * static_cast<float>(total_));
    for (std::size_t i = 0; i < alone.size(); ++i) {
      alone[i] =
          (static_cast<float>(single_[i]) + uniform / 256) / (static_cast<float>(total_) + uniform);
    }
    double sum = 0;
    float product = 1;  // of probabilities times 256, so that a logarithm serves for several
    int factors = 0;
    std::size_t before = kGap;
    std::size_t next = 0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
      while (next < bursts.size() && bursts[next] < i) ++next;
      if (next < bursts.size() && bursts[next] == i) before = kGap;
      const std::uint8_t byte = sample[i];
      // A pair that was seen twice may be chance: it counts for the byte alone.
      const auto pair = static_cast<float>(pairs_[before * 256 + byte]);
      const float backed = static_cast<float>(chance_[before]) + kBackOff;
      const float behind = (std::max(pair - kChance, 0.F) + backed * alone[byte]) /
                           (static_cast<float>(contexts_[before]) + kBackOff);
      product *= 256 * (1 - kDamage) * behind + kDamage;
      if (++factors == 8) {
        sum += std::log2(product);
        product = 1;
        factors = 0;
      }
      before = byte;
    }
    return sum + std::log2(product);
  }

 private:
  static constexpr std::uint16_t kChance = 2;
  static constexpr float kBackOff = 2;     // pairs more that are taken as chance
  static constexpr float kDamage = 0.08F;  // share of bytes that anything may have happened to

  std::array<std::uint16_t, kContexts * 256> pairs_{};
  std::array<std::uint32_t, kContexts> contexts_{};
  std::array<std::uint32_t, kContexts> chance_{};
  std::array<std::uint32_t, 256> single_{};
  std::uint32_t total_ = 0;
};

struct Effort {
  std::uint32_t taught;  // bytes that a model sees
  std::uint32_t sent;    // for which so many are sent at most
  std::size_t looked;    // bytes of the sample
};
constexpr Effort kQuick{700, 2800, 1536};
constexpr Effort kClose{6000, 24000, 8192};
constexpr std::size_t kShortlist = 20;

double gain_of(const Hypothesis& one, Bytes sample, std::span<const std::size_t> bursts,
               const Effort& effort) {
  static constexpr std::uint32_t kFirst = 1;
  const auto model = std::make_unique<Model>();
  std::uint32_t sent = 0;
  for (std::uint32_t n = kFirst; model->taught() < effort.taught && sent < effort.sent; ++n) {
    const ByteVector message = typical_message(one.kind, n);
    const auto got = serial::received(message, one.sender, {one.reader, one.polarity, one.resync});
    model->teach(got.bytes);
    sent += static_cast<std::uint32_t>(message.size());
  }
  return model->gain(sample.first(std::min(sample.size(), effort.looked)), bursts);
}

constexpr std::array<LineSettings, 3> kForms{LineSettings{1, 8, Parity::even, 1},
                                             LineSettings{1, 8, Parity::none, 1},
                                             LineSettings{1, 7, Parity::even, 1}};

LineSettings at_baud(LineSettings form, std::uint32_t baud) {
  form.baud = baud;
  return form;
}

// A reader that is that much faster sees a start bit as a whole character of zeros.
bool can_tell(const LineSettings& sender, const LineSettings& reader) {
  return reader.baud <= sender.baud * 9;
}

void add_kinds(std::vector<Hypothesis>& out, Hypothesis one) {
  for (int kind = 0; kind < kTypicals; ++kind) {
    one.kind = static_cast<Typical>(kind);
    if (one.sender.data_bits < 8 && one.kind != Typical::text) continue;
    if (one.kind == Typical::bare && one.sender.parity != Parity::none) continue;
    out.push_back(one);
  }
}

void add_for_reader(std::vector<Hypothesis>& out, const LineSettings& reader,
                    std::span<const std::uint32_t> bauds) {
  for (const std::uint32_t baud : bauds) {
    for (const LineSettings& form : kForms) {
      const LineSettings sender = at_baud(form, baud);
      if (!can_tell(sender, reader)) continue;
      for (const Resync resync : {Resync::edge, Resync::level}) {
        Hypothesis one{sender, reader, Polarity::normal, resync, Typical::mbus};
        if (sender != reader || resync == Resync::edge) add_kinds(out, one);
        one.polarity = Polarity::inverted;
        if (baud == reader.baud) add_kinds(out, one);
      }
    }
  }
  Hypothesis same{reader, reader, Polarity::normal, Resync::edge, Typical::mbus};
  if (std::find(kForms.begin(), kForms.end(), at_baud(reader, 1)) == kForms.end()) {
    add_kinds(out, same);
  }
}

constexpr std::array<std::uint32_t, 9> kBauds{2400, 9600,  115200, 300,  1200,
                                              4800, 19200, 38400,  57600};

// Without the reader's settings only the ratio of the two rates shows. The reader's is then named
// as the likely one of those that have it with a likely sender.
std::vector<Hypothesis> all_hypotheses(const std::optional<LineSettings>& reader) {
  std::vector<Hypothesis> out;
  if (reader) {
    std::vector<std::uint32_t> bauds(kBauds.begin(), kBauds.end());
    if (std::find(bauds.begin(), bauds.end(), reader->baud) == bauds.end()) {
      bauds.push_back(reader->baud);
    }
    add_for_reader(out, *reader, bauds);
    return out;
  }
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  for (const std::uint32_t sender : kBauds) {
    for (const std::uint32_t baud : kBauds) {
      const std::uint32_t divisor = std::gcd(sender, baud);
      if (sender > 48 * baud || !seen.insert({sender / divisor, baud / divisor}).second) continue;
      for (const LineSettings& form : {kForms[0], kForms[1]}) {
        const std::uint32_t one[] = {sender};
        add_for_reader(out, at_baud(form, baud), one);
      }
    }
  }
  return out;
}

}  // namespace

Fits fit_line(Bytes sample, std::span<const std::size_t> bursts,
              const std::optional<LineSettings>& reader) {
  Fits fits;
  fits.looked = std::min(sample.size(), kClose.looked);
  std::vector<Fit> all;
  for (const Hypothesis& one : all_hypotheses(reader)) {
    all.push_back({one, gain_of(one, sample, bursts, kQuick)});
  }
  const auto by_gain = [](const Fit& a, const Fit& b) { return a.gain > b.gain; };
  std::sort(all.begin(), all.end(), by_gain);
  // The settings without a fault are always looked at closely, whatever their place.
  const auto behind = std::stable_partition(
      all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kShortlist)), all.end(),
      [](const Fit& fit) { return fit.hypothesis.is_right(); });
  all.erase(behind, all.end());
  for (Fit& fit : all) fit.gain = gain_of(fit.hypothesis, sample, bursts, kClose);
  std::sort(all.begin(), all.end(), by_gain);
  for (const Fit& fit : all) {
    double& most = fit.hypothesis.is_right() ? fits.right : fits.wrong;
    most = std::max(most, fit.gain);
    const bool is_there = std::any_of(fits.best.begin(), fits.best.end(), [&](const Fit& other) {
      return other.hypothesis.sender == fit.hypothesis.sender &&
             other.hypothesis.reader == fit.hypothesis.reader &&
             other.hypothesis.polarity == fit.hypothesis.polarity;
    });
    if (!is_there) fits.best.push_back(fit);
  }
  return fits;
}

namespace {

// Of `count` equal ones among `all` that are each as likely as `bits` says.
double surprise(std::size_t count, std::size_t all, double bits) {
  if (count < 2) return 0;
  const double expected = static_cast<double>(all) * std::exp2(-bits);
  const double times = static_cast<double>(count);
  if (times <= expected) return 0;
  // Poisson's tail, and one of `all` kinds may have been picked.
  return times * std::log2(times / expected) - (times - expected) * std::log2(std::exp(1.0)) -
         std::log2(static_cast<double>(all));
}

struct Run {
  std::uint32_t bytes;
  std::uint32_t at;
};

// The most surprising of the runs; equal ones stand side by side once they are sorted.
double most_surprising(std::vector<Run>& runs, Bytes sample, std::size_t size,
                       const std::array<double, 256>& bits) {
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    return std::tie(a.bytes, a.at) < std::tie(b.bytes, b.at);
  });
  double most = 0;
  for (std::size_t i = 0; i < runs.size();) {
    std::size_t end = i;
    while (end < runs.size() && runs[end].bytes == runs[i].bytes) ++end;
    double cost = 0;
    for (std::size_t k = 0; k < size; ++k) cost += bits[sample[runs[i].at + k]];
    most = std::max(most, surprise(end - i, runs.size(), cost));
    i = end;
  }
  return most;
}

}  // namespace

double repetition(Bytes sample, std::span<const std::size_t> bursts) {
  constexpr std::size_t kMost = 16384;
  sample = sample.first(std::min(sample.size(), kMost));
  std::array<std::uint32_t, 256> counts{};
  for (const std::uint8_t byte : sample) ++counts[byte];
  std::array<double, 256> bits{};
  const auto total = static_cast<double>(sample.size());
  for (std::size_t i = 0; i < bits.size(); ++i) {
    bits[i] = std::min(8.0, -std::log2((counts[i] + 1) / (total + 256)));
  }
  double most = 0;
  std::vector<Run> runs;
  for (std::size_t size = 1; size <= 3; ++size) {
    runs.clear();
    for (const std::size_t at : bursts) {
      if (at + size > sample.size()) break;
      std::uint32_t bytes = 0;
      for (std::size_t k = 0; k < size; ++k) bytes = bytes << 8 | sample[at + k];
      runs.push_back({bytes, static_cast<std::uint32_t>(at)});
    }
    if (runs.size() > 1) most = std::max(most, most_surprising(runs, sample, size, bits));
  }
  runs.clear();
  constexpr std::size_t kRun = 4;
  for (std::size_t at = 0; at + kRun <= sample.size(); ++at) {
    const Bytes run = sample.subspan(at, kRun);
    // Neither a level nor what a short period makes.
    if (run[0] == run[1] || run[0] == run[2] || run[1] == run[2] || run[1] == run[3]) continue;
    runs.push_back({static_cast<std::uint32_t>(run[0]) << 24 | run[1] << 16 | run[2] << 8 | run[3],
                    static_cast<std::uint32_t>(at)});
  }
  if (runs.size() > 1) most = std::max(most, most_surprising(runs, sample, kRun, bits));
  return most;
}

}  // namespace meterpipe::doctor
