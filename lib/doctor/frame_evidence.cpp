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
  const auto mark = std::ranges::find(end, '!');
  return mark != end.end() && mark + 1 != end.end() && hex_digit(static_cast<char>(mark[1])) >= 0;
}

// Another protocol, if nothing of DLMS came: modbus and so on.
Finding judge_foreign(const FrameEvidence& frames, const Foreign& foreign, std::uint64_t total) {
  Finding finding;
  const std::uint64_t oms = std::max(frames.oms, foreign.oms_frames);
  const std::uint64_t resets = std::max(frames.resets, foreign.oms_resets);
  if (foreign.is_modbus(total)) {
    finding.broken(Cause::modbus, foreign.modbus_frames >= 2 ? 0.99 : 0.8,
                   "{} with the right CRC, {} of {} bytes",
                   counted(foreign.modbus_frames, "Modbus frame"), foreign.modbus_bytes, total);
    finding.fact("modbus_frames", foreign.modbus_frames);
  } else if (foreign.is_sml()) {
    if (foreign.sml_whole == 0 && foreign.sml_bad_crc > 0) {
      finding.broken(Cause::checksum, 0.95, "{}, each with a wrong CRC",
                     counted(foreign.sml_starts, "SML file"));
    } else if (foreign.sml_whole == 0 && foreign.sml_starts >= 2) {
      finding.broken(Cause::cut_frames, 0.9, "{}, none with its end",
                     counted(foreign.sml_starts, "SML file"));
    } else if (foreign.sml_starts == 0) {
      finding.broken(Cause::sml, 0.9, "SML without a file's start: {}, {} list entr{}",
                     counted(foreign.sml_ends, "end"), foreign.sml_entries,
                     foreign.sml_entries == 1 ? "y" : "ies");
    } else {
      finding.broken(Cause::sml, 0.99, "{}, {} with the right CRC",
                     counted(foreign.sml_starts, "SML file"), foreign.sml_whole);
    }
    finding.fact("sml_files", foreign.sml_starts);
    finding.fact("sml_good_crc", foreign.sml_whole);
  } else if (oms + resets > 0 && frames.rsp_uds == 0) {
    finding.broken(Cause::needs_answer, oms > 0 || resets >= 2 ? 0.97 : 0.7, "{}{}",
                   oms > 0 ? counted(oms, "OMS frame") + " (CI 5B), " : "",
                   counted(resets, "call") +
                       (oms > 0 ? " for an answer" : " for an answer (10 40), nothing else"));
    finding.fact("oms_frames", oms);
    finding.fact("calls", resets);
  } else if (frames.rsp_uds > 0) {
    finding.broken(Cause::rsp_ud, 0.99, "{} ({})", counted(frames.rsp_uds, "RSP_UD answer"),
                   frames.rsp_ud_name);
    finding.fact("rsp_ud_frames", frames.rsp_uds);
  } else if (frames.requests > 0) {
    finding.broken(Cause::rsp_ud, 0.7, "{} of an M-Bus master (10 5B), no DLMS",
                   counted(frames.requests, "request"));
    finding.fact("requests", frames.requests);
  }
  return finding;
}

struct Losses {
  std::uint64_t cut = 0, damaged = 0;
  std::uint64_t checksums = 0;  // those of the damaged that the framer itself saw
};

Losses losses_of(const FrameEvidence& frames, const Scan& scan, const LineEvidence& line) {
  Losses out{scan.cut, scan.damaged, 0};
  for (const Fault fault :
       {Fault::bad_checksum, Fault::bad_fcs, Fault::bad_hcs, Fault::bad_crc, Fault::bad_bcc}) {
    out.checksums += frames.runs(fault);
  }
  if (line.total > line.sample().size()) {  // what the sample does not show
    out.damaged = std::max(out.damaged, out.checksums);
    out.cut = std::max(
        out.cut, frames.runs(Fault::truncated_frame) + frames.runs(Fault::truncated_telegram));
  }
  // A frame that is unfinished at the capture's end, or bytes without a head: a fault only where
  // nothing is whole.
  if (frames.whole() == 0 && out.cut + out.damaged == 0) {
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
    finding.remark(true, code_of(cause), "{} between the messages: {}", name, count);
  };
  if (foreign.modbus_frames >= 2 && foreign.modbus_bytes * 10 >= strays.size()) {
    remark(Cause::modbus, "Modbus frames", foreign.modbus_frames);
  }
  if (foreign.is_sml()) {
    remark(Cause::sml, "SML files",
           std::max({foreign.sml_starts, foreign.sml_ends, std::uint64_t{1}}));
  }
  const std::uint64_t oms = std::max(frames.oms, foreign.oms_frames);
  if (oms > 0 && finding.cause != Cause::needs_answer)
    remark(Cause::needs_answer, "OMS frames", oms);
  if (foreign.text_lines >= 2)
    remark(Cause::dsmr, "lines of text with OBIS codes", foreign.text_lines);
}

}  // namespace

void FrameEvidence::good(const link::Frame& frame) {
  switch (frame.kind) {
    case link::FrameKind::hdlc_fill: return;
    case link::FrameKind::mbus_short:
      if (frame.c == 0x40) ++resets;
      if (frame.c == 0x5b || frame.c == 0x7b) ++requests;
      break;
    case link::FrameKind::mbus_ack: break;
    case link::FrameKind::mbus_long:
      if (frame.ci && *frame.ci == 0x5b && (frame.c & 0xdf) == 0x53) ++oms;
      ++verified;
      break;
    case link::FrameKind::hdlc: ++verified; break;
    case link::FrameKind::p1: ++(has_crc(frame.bytes) ? verified : unverified); break;
    default: ++unverified;
  }
  if (frame.length_overflow) ++overflows;
  good_bytes += frame.bytes.size();
  if (frame.offset < LineEvidence::kSample) {
    places.push_back({static_cast<std::size_t>(frame.offset), frame.bytes.size()});
  }
}

void FrameEvidence::skipped(const Error& why, std::uint64_t, Bytes bytes) {
  Skips& seen = skips[why.fault];
  ++seen.runs;
  seen.bytes += bytes.size();
}

void FrameEvidence::rsp_ud(const link::Frame& frame, const link::RspUd& answer) {
  constexpr std::uint8_t kFromMaster = 0x5b;  // good() has counted it
  if (frame.ci == kFromMaster) return;
  ++rsp_uds;
  if (!rsp_ud_name.empty()) return;
  rsp_ud_name = answer.has_header
                    ? fmt::format("{} {}, {}", answer.manufacturer, answer.id, answer.medium)
                    : "without a header";
}

std::uint64_t FrameEvidence::skipped_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [fault, seen] : skips) sum += seen.bytes;
  return sum;
}

std::uint64_t FrameEvidence::runs(Fault fault) const {
  const auto found = skips.find(fault);
  return found == skips.end() ? 0 : found->second.runs;
}

Finding judge_framing(const FrameEvidence& frames, const LineEvidence& line) {
  Finding finding;
  const std::uint64_t whole = frames.whole();
  const Scan scan = whole > 0 && frames.skipped_bytes() == 0
                        ? Scan{}
                        : scan_frames(line.sample(), frames.places, line.bursts);
  // Verified frames that no message came of may be another protocol's; so may bytes in no frame.
  if (frames.messages == 0) {
    const Foreign foreign = look_for_foreign(line.sample());
    finding = judge_foreign(frames, foreign, line.sample().size());
    const bool is_cut_telegram = foreign.text_heads >= 2 && foreign.text_lines >= 2 && scan.cut > 0;
    if (finding.state == State::ok && whole == 0 && foreign.is_text(line.sample().size()) &&
        frames.runs(Fault::bad_crc) == 0 && frames.runs(Fault::bad_bcc) == 0 && !is_cut_telegram) {
      finding.broken(Cause::dsmr, 0.9, "{} lines with OBIS codes, {}, no whole telegram",
                     foreign.text_lines, counted(foreign.text_heads, "identification line"));
      finding.fact("text_lines", foreign.text_lines);
      finding.fact("text_heads", foreign.text_heads);
    }
  }
  const std::uint64_t late = whole == 0 ? frames_without_start(line.sample(), line.bursts) : 0;
  if (finding.state == State::ok && late > 0) {
    finding.broken(Cause::cut_frames, 0.97,
                   "{} of {} are whole frames but for their first bytes, which are missing", late,
                   counted(line.bursts.size(), "piece"));
    finding.advice =
        "The first bytes of each message go missing: an adapter that has to wake up or to change "
        "its direction, a program that opens the port too late or reads a head and drops it. Read "
        "the port all the time, with mbus-read.";
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
      finding.say("{} whole, {} cut, {} of the right length but damaged", counted(whole, "frame"),
                  lost.cut, lost.damaged);
      finding.fact("cut_frames", lost.cut);
      finding.fact("bad_checksums", lost.damaged);
      if (whole == 0 && scan.is_half_a_message()) {
        finding.confidence = 0.5;
        finding.say("{} bytes, less than one message was captured", line.total);
        finding.advice = "Record longer: two messages at least, as many minutes as that takes.";
      }
    } else {
      finding.say("{} whole, {} skipped", counted(whole, "frame"),
                  counted(frames.skipped_bytes(), "byte"));
    }
  }
  if (frames.messages > 0) remark_foreign(find_strays(line, frames, {}).unframed, frames, finding);
  finding.fact("frames_verified", frames.verified);
  finding.fact("frames_unverified", frames.unverified);
  finding.fact("skipped_bytes", frames.skipped_bytes());
  finding.remark(frames.overflows > 0, "l-overflow",
                 "{} with a length above 255 that is sent modulo 256",
                 counted(frames.overflows, "frame"));
  finding.remark(frames.rsp_uds > 0 && finding.cause != Cause::rsp_ud, "rsp-ud",
                 "{} of another meter between ({})", counted(frames.rsp_uds, "answer"),
                 frames.rsp_ud_name);
  return finding;
}

}  // namespace meterpipe::doctor
