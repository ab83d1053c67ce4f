#include "doctor/stray_bytes.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/hex.hpp"
#include "doctor/foreign.hpp"
#include "doctor/line_evidence.hpp"

namespace meterpipe::doctor {
namespace {

constexpr std::uint8_t kFlag = 0x7e;

// Where frames are, good ones and others, in order.
std::vector<Place> places_of(const FrameEvidence& frames, const Scan& scan) {
  std::vector<Place> places = frames.places;
  for (const Head& head : scan.heads) places.push_back({head.at, head.there});
  std::ranges::sort(places, [](const Place& a, const Place& b) { return a.at < b.at; });
  return places;
}

// About the size of the longest message: the longest burst that is mostly good frames, or twice
// what a message has on the average.
std::size_t longest_message(const LineEvidence& line, const FrameEvidence& frames) {
  constexpr std::size_t kLeast = 300;
  const std::uint64_t messages = std::max<std::uint64_t>(1, frames.messages);
  std::size_t longest =
      std::max<std::size_t>(kLeast, frames.messages == 0 ? 0 : 2 * frames.good_bytes / messages);
  auto place = frames.places.begin();
  for (std::size_t i = 0; i < line.bursts.size(); ++i) {
    const std::size_t from = line.bursts[i];
    const std::size_t to = i + 1 < line.bursts.size() ? line.bursts[i + 1] : line.sample().size();
    std::size_t good = 0;
    for (; place != frames.places.end() && place->at < to; ++place) {
      if (place->at >= from) good += place->size;
    }
    if (good * 2 > to - from) longest = std::max(longest, std::min(to - from, 2 * good));
  }
  return longest;
}

// A few bytes each time, between most of the frames, and no frame is damaged.
bool are_leftovers(const Strays& strays, const FrameEvidence& frames) {
  constexpr std::size_t kFew = 4, kSomeTimes = 2;
  return strays.longest_run <= kFew && strays.runs >= kSomeTimes &&
         strays.runs * 2 >= frames.messages;
}

std::size_t levels_in(Bytes bytes) {
  return static_cast<std::size_t>(
      std::ranges::count_if(bytes, [](std::uint8_t byte) { return byte == 0x00 || byte == 0xff; }));
}

// How much of what stands at an edge may be a part of a message: no level is.
std::size_t excused(Bytes bytes) {
  constexpr std::size_t kEnough = 16;
  const bool is_level = bytes.size() >= kEnough && levels_in(bytes) * 10 >= bytes.size() * 9;
  return is_level ? 0 : bytes.size();
}

// From the first to the end of the last good frame that is more than an acknowledge or a short
// frame of M-Bus: those are met in half a message, too, which reaches up to there.
std::pair<std::size_t, std::size_t> good_part(const std::vector<Place>& places, std::size_t end) {
  constexpr std::size_t kShortFrame = 5;
  const auto counts = [](const Place& place) { return place.size > kShortFrame; };
  const auto first = std::ranges::find_if(places, counts);
  if (first == places.end()) return {0, end};
  const auto last = std::find_if(places.rbegin(), places.rend(), counts);
  return {std::min(first->at, end), std::min(last->at + last->size, end)};
}

std::uint64_t noise_outside(const LineEvidence& line, const FrameEvidence& frames,
                            std::size_t edge) {
  const std::uint64_t outside = line.total - line.sample().size();
  if (outside == 0) return 0;
  std::uint64_t sampled = 0;
  for (const Place& place : frames.places) sampled += place.size;
  const std::uint64_t good = frames.good_bytes - std::min(frames.good_bytes, sampled);
  const std::uint64_t lost = outside - std::min(outside, good);
  const auto noise = frames.skips.find(Fault::noise);
  const std::uint64_t skipped = frames.skipped_bytes();
  if (noise == frames.skips.end() || skipped == 0) return 0;
  const double share = static_cast<double>(noise->second.bytes) / static_cast<double>(skipped);
  const auto strays = static_cast<std::uint64_t>(share * static_cast<double>(lost));
  return strays - std::min<std::uint64_t>(strays, edge);
}

}  // namespace

Strays find_strays(const LineEvidence& line, const FrameEvidence& frames, const Scan& scan) {
  Strays out;
  const Bytes sample = line.sample();
  const std::size_t edge = longest_message(line, frames);
  const std::vector<Place> places = places_of(frames, scan);
  const auto good = good_part(frames.places, sample.size());
  const std::size_t first_good = good.first, last_good = good.second;
  const auto stray = [&](std::size_t from, std::size_t to) {
    append(out.unframed, sample.subspan(from, to - from));
    if (from == 0 || to <= first_good) {
      const std::size_t border = std::max(to, first_good);
      const std::size_t start = std::max(from, border - std::min(border, edge));
      if (start < to) to -= excused(sample.subspan(start, to - start));
    }
    const bool is_last = to == sample.size() || from >= last_good;
    if (is_last && line.total == sample.size() && from < to) {
      const std::size_t end = std::min(to, std::min(from, last_good) + edge);
      if (from < end) from += excused(sample.subspan(from, end - from));
    }
    if (from >= to) return;
    const Bytes run = sample.subspan(from, to - from);
    // Flags fill the time between frames of HDLC.
    if (std::ranges::all_of(run, [](std::uint8_t byte) { return byte == kFlag; })) return;
    append(out.sample, run);
    if (out.runs++ == 0) append(out.first_run, run);
    out.longest_run = std::max(out.longest_run, run.size());
  };
  std::size_t end = 0;
  std::uint64_t in_frames = 0, marked = 0;
  auto mark = line.marks.begin();
  for (const Place& place : places) {
    const std::size_t from = std::min(place.at, sample.size());
    const std::size_t to = std::min(sample.size(), place.at + place.size);
    if (from > end) stray(end, from);
    while (mark != line.marks.end() && *mark < std::max(from, end)) ++mark;
    for (; mark != line.marks.end() && *mark < to; ++mark) ++marked;
    if (to > end) in_frames += to - std::max(from, end);
    end = std::max(end, to);
  }
  if (end < sample.size()) stray(end, sample.size());
  out.bytes = out.sample.size() + noise_outside(line, frames, edge);
  if (in_frames > 0) {
    out.marked_in_frames = static_cast<double>(marked) / static_cast<double>(in_frames);
  }
  return out;
}

void judge_strays(const Strays& strays, const LineEvidence& line, const FrameEvidence& frames,
                  Finding& finding) {
  finding.fact("stray_bytes", strays.bytes);
  if (strays.bytes * 50 < line.total) return;
  const Foreign foreign = look_for_foreign(strays.sample);
  if (foreign.is_modbus(strays.sample.size()) || foreign.is_sml() ||
      foreign.is_text(strays.sample.size()) || foreign.is_oms()) {
    return;  // no fault of the line
  }
  if (are_leftovers(strays, frames)) {
    finding.set(State::suspicious, Cause::leftover_bytes, 0.8,
                "{} {}, and {} bytes at most between them that belong to none, such as {}",
                counted(frames.whole(), "frame"), frames.verified > 0 ? "verified" : "whole",
                strays.longest_run, to_hex(strays.first_run));
    return;
  }
  const std::size_t levels = levels_in(strays.sample);
  const bool are_levels = levels * 10 >= strays.sample.size() * 9 && levels > 0;
  const bool is_broken = strays.bytes * 2 > line.total;
  finding.set(is_broken ? State::broken : State::suspicious,
              are_levels ? Cause::zeros_or_ones : Cause::noise, is_broken ? 0.9 : 0.7,
              "{} {}, amid {} bytes of {} that belong to none{}", counted(frames.whole(), "frame"),
              frames.verified > 0 ? "verified" : "whole", strays.bytes, line.total,
              are_levels ? ": they are 00 or FF" : "");
  finding.advice =
      are_levels
          ? "The line is right for a part of the time and stuck at a level for the rest: look "
            "for a loose plug, a short circuit, an adapter that loses its power."
          : "The settings of the line are right, frames verify: look for what else is on the "
            "line, a loose plug, a second sender, a program that writes into the same log.";
}

}  // namespace meterpipe::doctor
