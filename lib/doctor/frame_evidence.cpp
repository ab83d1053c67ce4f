#include "doctor/frame_evidence.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "doctor/foreign.hpp"
#include "doctor/line_evidence.hpp"
#include "doctor/stray_bytes.hpp"

namespace meterpipe::doctor {
namespace {

bool has_crc(Bytes telegram) {
  const std::size_t tail = std::min<std::size_t>(telegram.size(), 8);
  const Bytes end = telegram.last(tail);
  const auto mark = std::find(end.begin(), end.end(), '!');
  return mark != end.end() && mark + 1 != end.end() && hex_digit(static_cast<char>(mark[1])) >= 0;
}

Finding found(Cause cause, double confidence, std::string text) {
  Finding finding;
  finding.state = State::broken;
  finding.cause = cause;
  finding.confidence = confidence;
  finding.text = std::move(text);
  return finding;
}

// Another protocol, if nothing of DLMS came: modbus and so on.
Finding judge_foreign(const FrameEvidence& frames, const Foreign& foreign, std::uint64_t total) {
  if (foreign.is_modbus(total)) {
    Finding finding = found(
        Cause::modbus, foreign.modbus_frames >= 2 ? 0.99 : 0.8,
        fmt::format("{} Modbus frame{} with the right CRC, {} of {} bytes", foreign.modbus_frames,
                    plural(foreign.modbus_frames), foreign.modbus_bytes, total));
    finding.fact("modbus_frames", foreign.modbus_frames);
    return finding;
  }
  if (foreign.is_sml()) {
    Finding finding =
        found(Cause::sml, 0.99,
              foreign.sml_starts == 0
                  ? fmt::format("SML without a file's start: {} end{}, {} list "
                                "entr{}",
                                foreign.sml_ends, plural(foreign.sml_ends), foreign.sml_entries,
                                foreign.sml_entries == 1 ? "y" : "ies")
                  : fmt::format("{} SML file{}, {} with the right CRC", foreign.sml_starts,
                                plural(foreign.sml_starts), foreign.sml_whole));
    if (foreign.sml_starts == 0) finding.confidence = 0.9;
    finding.fact("sml_files", foreign.sml_starts);
    finding.fact("sml_good_crc", foreign.sml_whole);
    return finding;
  }
  const std::uint64_t oms = std::max(frames.oms(), foreign.oms_frames);
  const std::uint64_t resets = std::max(frames.resets(), foreign.oms_resets);
  if (oms + resets > 0 && frames.rsp_uds() == 0) {
    Finding finding = found(Cause::needs_answer, oms > 0 || resets >= 2 ? 0.97 : 0.7,
                            oms > 0 ? fmt::format("{} OMS frame{} (CI 5B), {} call{} for an answer",
                                                  oms, plural(oms), resets, plural(resets))
                                    : fmt::format("{} call{} for an answer (10 40), nothing else",
                                                  resets, plural(resets)));
    finding.fact("oms_frames", oms);
    finding.fact("calls", resets);
    return finding;
  }
  if (frames.rsp_uds() > 0) {
    Finding finding = found(Cause::rsp_ud, 0.99,
                            fmt::format("{} RSP_UD answer{} ({})", frames.rsp_uds(),
                                        plural(frames.rsp_uds()), frames.rsp_ud_name()));
    finding.fact("rsp_ud_frames", frames.rsp_uds());
    return finding;
  }
  if (frames.requests() > 0) {
    Finding finding = found(Cause::rsp_ud, 0.7,
                            fmt::format("{} request{} of an M-Bus master (10 5B), no DLMS",
                                        frames.requests(), plural(frames.requests())));
    finding.fact("requests", frames.requests());
    return finding;
  }
  return {};
}

struct Losses {
  std::uint64_t cut = 0, damaged = 0;
  std::uint64_t checksums = 0;  // those of the damaged that the framer itself saw
};

Losses losses_of(const FrameEvidence& frames, const Scan& scan, const LineEvidence& line) {
  Losses out{scan.cut, scan.damaged, 0};
  for (const Fault fault : {Fault::bad_checksum, Fault::bad_fcs, Fault::bad_hcs, Fault::bad_crc}) {
    out.checksums += frames.runs(fault);
  }
  if (line.total() > line.sample().size()) {  // what the sample does not show
    out.damaged = std::max(out.damaged, out.checksums);
    out.cut = std::max(
        out.cut, frames.runs(Fault::truncated_frame) + frames.runs(Fault::truncated_telegram));
  }
  // A frame that is unfinished at the capture's end, or bytes without a head: a fault only where
  // nothing is whole.
  const bool is_any_good = frames.verified() + frames.unverified() > 0;
  if (!is_any_good && out.cut + out.damaged == 0) {
    out.cut = scan.edges;
    if (out.cut == 0) out.damaged = out.checksums;
    if (out.cut + out.damaged == 0) out.cut = 1;
  }
  return out;
}

// Other protocols in what is left between messages: somebody else is on the line, too.
void remark_foreign(Bytes strays, const FrameEvidence& frames, Finding& finding) {
  const Foreign foreign = look_for_foreign(strays);
  const auto remark = [&finding](Cause cause, std::string_view name, std::uint64_t count) {
    finding.remarks.push_back(
        {std::string(code_of(cause)), fmt::format("{} between the messages: {}", name, count)});
  };
  if (foreign.modbus_frames >= 2 && foreign.modbus_bytes * 10 >= strays.size()) {
    remark(Cause::modbus, "Modbus frames", foreign.modbus_frames);
  }
  if (foreign.is_sml()) {
    remark(Cause::sml, "SML files",
           std::max({foreign.sml_starts, foreign.sml_ends, std::uint64_t{1}}));
  }
  const std::uint64_t oms = std::max(frames.oms(), foreign.oms_frames);
  if (oms > 0 && finding.cause != Cause::needs_answer)
    remark(Cause::needs_answer, "OMS frames", oms);
  if (foreign.text_lines >= 2)
    remark(Cause::dsmr, "lines of text with OBIS codes", foreign.text_lines);
}

}  // namespace

void FrameEvidence::good(const link::Frame& frame) {
  ++kinds_[static_cast<std::size_t>(frame.kind) % kinds_.size()];
  switch (frame.kind) {
    case link::FrameKind::hdlc_fill:
      return;
    case link::FrameKind::mbus_short:
      if (frame.c == 0x40) ++resets_;
      if (frame.c == 0x5b || frame.c == 0x7b) ++requests_;
      break;
    case link::FrameKind::mbus_ack:
      break;
    case link::FrameKind::mbus_long:
      if (frame.ci && *frame.ci == 0x5b && (frame.c & 0xdf) == 0x53) ++oms_;
      ++verified_;
      break;
    case link::FrameKind::hdlc:
      ++verified_;
      break;
    case link::FrameKind::p1:
      ++(has_crc(frame.bytes) ? verified_ : unverified_);
      break;
    default:
      ++unverified_;
  }
  if (frame.length_overflow) ++overflows_;
  good_bytes_ += frame.bytes.size();
  if (frame.offset < LineEvidence::kSample) {
    places_.push_back({static_cast<std::size_t>(frame.offset), frame.bytes.size()});
  }
}

void FrameEvidence::skipped(const Error& why, std::uint64_t, Bytes bytes) {
  Skips& skips = skips_[why.fault];
  ++skips.runs;
  skips.bytes += bytes.size();
}

void FrameEvidence::rsp_ud(const link::Frame&, const link::RspUd& answer) {
  ++rsp_uds_;
  if (!rsp_ud_name_.empty()) return;
  rsp_ud_name_ = answer.has_header
                     ? fmt::format("{} {}, {}", answer.manufacturer, answer.id, answer.medium)
                     : "without a header";
}

std::uint64_t FrameEvidence::skipped_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [fault, skips] : skips_) sum += skips.bytes;
  return sum;
}

std::uint64_t FrameEvidence::runs(Fault fault) const {
  const auto found_it = skips_.find(fault);
  return found_it == skips_.end() ? 0 : found_it->second.runs;
}

Finding judge_framing(const FrameEvidence& frames, const LineEvidence& line) {
  Finding finding;
  const std::uint64_t whole = frames.verified() + frames.unverified();
  const Scan scan = whole > 0 && frames.skipped_bytes() == 0
                        ? Scan{}
                        : scan_frames(line.sample(), frames.places(), line.bursts());
  // Verified frames that no message came of may be another protocol's; so may bytes in no frame.
  if (frames.messages() == 0) {
    const Foreign foreign = look_for_foreign(line.sample());
    finding = judge_foreign(frames, foreign, line.sample().size());
    const bool is_cut_telegram = foreign.text_heads >= 2 && foreign.text_lines >= 2 && scan.cut > 0;
    if (finding.state == State::ok && whole == 0 && foreign.is_text(line.sample().size()) &&
        frames.runs(Fault::bad_crc) == 0 && !is_cut_telegram) {
      finding =
          found(Cause::dsmr, 0.9,
                fmt::format("{} lines with OBIS codes, {} identification line{}, no whole "
                            "telegram",
                            foreign.text_lines, foreign.text_heads, plural(foreign.text_heads)));
      finding.fact("text_lines", foreign.text_lines);
      finding.fact("text_heads", foreign.text_heads);
    }
  }
  if (finding.state == State::ok) {
    const Losses lost = losses_of(frames, scan, line);
    const std::uint64_t bad = lost.cut + lost.damaged;
    finding.state = state_of(bad, whole + bad);
    if (bad > 0) {
      finding.cause = lost.cut > lost.damaged ? Cause::cut_frames : Cause::checksum;
      finding.confidence =
          static_cast<double>(std::max(lost.cut, lost.damaged)) / static_cast<double>(bad);
      if (lost.cut <= lost.damaged && lost.checksums < lost.damaged) finding.confidence *= 0.9;
      finding.text = fmt::format("{} frame{} whole, {} cut, {} of the right length but damaged",
                                 whole, plural(whole), lost.cut, lost.damaged);
      finding.fact("cut_frames", lost.cut);
      finding.fact("bad_checksums", lost.damaged);
      if (whole == 0 && scan.is_half_a_message()) {
        finding.confidence = 0.5;
        finding.text = fmt::format("{} bytes, less than one message was captured", line.total());
        finding.advice = "Record longer: two messages at least, as many minutes as that takes.";
      }
    } else {
      finding.text = fmt::format("{} frame{} whole, {} byte{} skipped", whole, plural(whole),
                                 frames.skipped_bytes(), plural(frames.skipped_bytes()));
    }
  }
  if (frames.messages() > 0)
    remark_foreign(find_strays(line, frames, {}).unframed, frames, finding);
  finding.fact("frames_verified", frames.verified());
  finding.fact("frames_unverified", frames.unverified());
  finding.fact("skipped_bytes", frames.skipped_bytes());
  if (frames.overflows() > 0) {
    finding.remarks.push_back(
        {"l-overflow", fmt::format("{} frame{} with a length above 255 that is sent modulo 256",
                                   frames.overflows(), plural(frames.overflows()))});
  }
  if (frames.rsp_uds() > 0 && finding.cause != Cause::rsp_ud) {
    finding.remarks.push_back(
        {"rsp-ud", fmt::format("{} answer{} of another meter between ({})", frames.rsp_uds(),
                               plural(frames.rsp_uds()), frames.rsp_ud_name())});
  }
  return finding;
}

}  // namespace meterpipe::doctor
