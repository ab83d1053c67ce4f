#include "doctor/examination.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "base/timestamp.hpp"
#include "link/mbus.hpp"

namespace meterpipe::doctor {
namespace {

// Frames that are part of a message of ours.
bool carries_data(const link::Frame& frame) {
  return frame.kind != link::FrameKind::mbus_short && frame.kind != link::FrameKind::mbus_ack &&
         frame.kind != link::FrameKind::hdlc_fill;
}

// M-Bus frames that carry EN 13757-3 data (CI 5A, 5B: a meter that waits for an answer; 70 to 7B:
// heat, water, gas), where no message of DLMS came.
Finding judge_other_data(std::uint8_t ci) {
  Finding finding;
  const bool waits = ci == 0x5a || ci == 0x5b;
  finding.broken(waits ? Cause::needs_answer : Cause::rsp_ud, 0.9,
                 "M-Bus frames with CI {:02x}: data of EN 13757-3, no DLMS", ci);
  return finding;
}
bool is_other_data(std::uint8_t ci) {
  return ci == 0x5a || ci == 0x5b || (ci >= 0x70 && ci <= 0x7b);
}

}  // namespace

Examination::Examination(const decode::FrameSettings& frame, const MessageSettings& messages,
                         readings::ProfileSet profiles)
    : frame_(frame),
      sources_("meter-doctor", frame_, *this, nullptr),
      messages_(messages, std::move(profiles)),
      wired_(*messages.keys) {}

void Examination::stream(Bytes bytes, std::string_view name, const Arrival& arrival,
                         std::string_view why) {
  line_.add(bytes, arrival);
  sources_.push(name, bytes, {arrival.ts_us, arrival.ms, why, arrival.marked});
}

void Examination::alone(Bytes bytes, std::string_view name, std::string_view ts) {
  Arrival arrival;
  arrival.ts_us = parse_timestamp(ts);
  arrival.is_burst = true;
  line_.add(bytes, arrival);
  sources_.push_alone(name, bytes, ts);
}

void Examination::message(const record::ApduRecord& record) {
  ++given_;
  messages_.apdu(record);
}

void Examination::error(std::string_view by, std::string_view code) {
  ++errors_.try_emplace(std::string(code)).first->second;
  messages_.error(by, code);
}

void Examination::end_of_source() {
  transport_.at_end();
  sources_.finish();
  transport_.source_ended();
  sources_.clear();
}

void Examination::seen(const link::Frame& frame) {
  frames_.good(frame);
  if (carries_data(frame)) transport_.frame();
}

void Examination::seen(const link::Frame& frame, const link::RspUd& answer) {
  frames_.rsp_ud(frame, answer);
}

void Examination::skipped(const Error& why, std::uint64_t offset, Bytes bytes) {
  lost_ = bytes;
  frames_.skipped(why, offset, bytes);
}

void Examination::lost(const Error& error, std::uint64_t, Bytes bytes) {
  lost_ = bytes;
  transport_.lost(error);
  if (error.fault == Fault::foreign_frame && foreign_.empty()) {
    foreign_.assign(bytes.begin(), bytes.end());
  }
}

void Examination::give(const record::ApduRecord& record) {
  std::uint64_t frames = 1;
  std::from_chars(record.frames.data(), record.frames.data() + record.frames.size(), frames);
  frames_.message();
  transport_.message(frames, record.quirks);
  messages_.apdu(record);
}

void Examination::give(const record::MbusRecord& record) {
  wired_.frame(record.bytes, record.head.src);
}

// A meter that calls for an answer, and gets none, sends no values: so many messages as calls are
// seen only where somebody answers. Then it is the key that matters.
void Examination::judge_wired(std::array<Finding, kLayers>& layers) {
  if (messages_.messages() != 0 || wired_.ciphered() <= frames_.resets) return;
  const auto of = [&layers](Layer layer) -> Finding& {
    return layers[static_cast<std::size_t>(layer)];
  };
  if (of(Layer::line).state == State::broken || of(Layer::framing).cause != Cause::needs_answer) {
    return;
  }
  wired_.finish();
  Finding framing;
  framing.say("{} of OMS, {} for an answer", counted(wired_.ciphered(), "frame"),
              counted(frames_.resets, "call"));
  framing.fact("oms_frames", frames_.oms);
  framing.fact("calls", frames_.resets);
  of(Layer::framing) = framing;
  of(Layer::transport) = {};
  of(Layer::transport).say("{} whole", counted(wired_.ciphered(), "message"));
  of(Layer::cipher) = wired_.judge_cipher();
  of(Layer::key) = wired_.judge_key();
  of(Layer::apdu) = wired_.judge_apdu();
  of(Layer::layout) = wired_.judge_layout();
}

// What mbus-poll and mbus-read --readout have said of meters that they asked.
void Examination::judge_poll(std::array<Finding, kLayers>& layers) const {
  const auto count = [this](std::string_view code) {
    const auto found = errors_.find(code);
    return found == errors_.end() ? std::uint64_t{0} : found->second;
  };
  const std::uint64_t silences = count("no-answer"), collisions = count("collision");
  const auto set = [&](Layer layer, Cause cause, std::uint64_t bad, std::string_view what) {
    Finding& finding = layers[static_cast<std::size_t>(layer)];
    if (bad == 0 || finding.state == State::broken) return;
    finding.broken(cause, 0.95, "{}", what);
    finding.fact("errors", bad);
  };
  set(Layer::line, Cause::no_answer, silences,
      counted(silences, "time") + " a meter that was asked gave no answer");
  set(Layer::framing, Cause::collision, collisions,
      counted(collisions, "time") + " several meters answered one request");
}

// A message that was put together and is no APDU is the upper layers' business.
void Examination::give(const record::ErrorRecord& record) {
  const Bytes lost = std::exchange(lost_, {});
  if (record.code != "not-dlms" || record.bytes.empty()) return;
  if (lost.data() == record.bytes.data()) return;
  record::ApduRecord apdu;
  apdu.head = record.head;
  apdu.bytes.assign(record.bytes.begin(), record.bytes.end());
  transport_.message(1, {});
  messages_.apdu(apdu);
}

// Without bytes of a line: what those who had them have left.
void Examination::judge_records(std::array<Finding, kLayers>& layers) {
  const auto count = [this](std::initializer_list<std::string_view> codes) {
    std::uint64_t sum = 0;
    for (const std::string_view code : codes) {
      if (const auto found = errors_.find(code); found != errors_.end()) sum += found->second;
    }
    return sum;
  };
  const std::uint64_t whole = given_ + readings_;
  const auto judge = [&](Layer layer, Cause cause, std::uint64_t bad) {
    Finding& finding = layers[static_cast<std::size_t>(layer)];
    finding = {};
    if (bad == 0) {
      finding.text = "not looked at: the input has no bytes of the line";
      return;
    }
    finding.set(state_of(bad, bad + whole), cause, 0.7, "{}, {}", counted(bad, "error record"),
                counted(whole, "message"));
    finding.fact("errors", bad);
    finding.fact("messages", whole);
  };
  judge(Layer::line, Cause::noise, count({"noise"}));
  const std::uint64_t sums = count({"bad-checksum", "bad-fcs"}), cut = count({"truncated"});
  judge(Layer::framing, cut > sums ? Cause::cut_frames : Cause::checksum, sums + cut);
  const std::uint64_t segments = count({"segment-lost"}), blocks = count({"block-lost"});
  judge(Layer::transport, blocks > segments ? Cause::block_lost : Cause::segment_lost,
        segments + blocks);
  layers[0].remark(readings_ != 0, "readings",
                   "{} in the input: what stands before cosem-decode in the pipe tells more",
                   counted(readings_, "reading"));
}

// Frames that verify and are no part of any message: the link's own.
Finding Examination::judge_dialogue() const {
  Finding finding;
  finding.broken(Cause::needs_answer, 0.6,
                 "frames of the link itself alone (a call, a request, a release), no message");
  finding.advice =
      "This line carries a dialogue in which somebody waits for an answer, or the capture is too "
      "short: a customer interface pushes its messages by itself. Record longer.";
  finding.fact("frames_verified", frames_.verified);
  return finding;
}

// Bytes that stand in lines that could not be read are no loss of the line's; nor are words of a
// text its bytes.
void Examination::judge_lines(std::array<Finding, kLayers>& layers) const {
  constexpr std::uint64_t kFew = 50, kOfWord = 16;
  constexpr double kUnsure = 0.5;
  const std::string bad = counted(bad_lines_, "line") + " of the capture cannot be read";
  layers[0].remark(bad_lines_ > 0, "lines-left-out", "{}, neither as hex nor as a record", bad);
  const bool is_lacking = bad_lines_ > 0 && bad_lines_ * kFew >= frames_.whole();
  const bool is_text = frames_.whole() == 0 && text_lines_ > 0 && text_lines_ >= pieces_ &&
                       line_.total < kOfWord * pieces_;
  if (!is_lacking && !is_text) return;
  const std::string first =
      is_lacking ? fmt::format(
                       "Mend the capture first: {}, and what stands in them is missing "
                       "here (where they are is said on standard error). ",
                       bad)
                 : fmt::format("Is it a capture? {} are text, and the rest is a few words in hex. ",
                               counted(text_lines_, "line"));
  for (const Layer layer : {Layer::line, Layer::framing, Layer::transport}) {
    Finding& finding = layers[static_cast<std::size_t>(layer)];
    if (finding.state != State::broken && finding.state != State::suspicious) continue;
    finding.confidence = std::min(finding.confidence, kUnsure);
    finding.advice = first + (finding.advice.empty() ? std::string(row_of(finding.cause).advice)
                                                     : finding.advice);
  }
}

Diagnosis Examination::diagnose() {
  end_of_source();
  std::array<Finding, kLayers> layers;
  const auto of = [&layers](Layer layer) -> Finding& {
    return layers[static_cast<std::size_t>(layer)];
  };
  of(Layer::transport) = transport_.judge();
  if (line_.total == 0 && given_ + readings_ + errors_.size() != 0) {
    judge_records(layers);
  } else {
    of(Layer::line) = judge_line(line_, frames_);
    if (of(Layer::line).state == State::broken) {
      of(Layer::framing).state = State::not_reached;
    } else {
      of(Layer::framing) = judge_framing(frames_, line_);
    }
  }
  const auto is_open = [&of](Layer layer) {
    return of(layer).state == State::ok || of(layer).state == State::not_reached;
  };
  if (messages_.messages() == 0 && foreign_.size() > link::kMbusCi &&
      of(Layer::line).state != State::broken && of(Layer::framing).state != State::broken) {
    if (is_other_data(foreign_[link::kMbusCi])) {
      of(Layer::framing) = judge_other_data(foreign_[link::kMbusCi]);
    } else {  // nothing but frames of something else: what they carry is no APDU
      record::ApduRecord apdu;
      apdu.bytes = foreign_;
      messages_.apdu(apdu);
    }
  }
  if (line_.total != 0 && messages_.messages() == 0 && is_open(Layer::line) &&
      is_open(Layer::framing) && is_open(Layer::transport)) {
    of(Layer::framing) = judge_dialogue();
  }
  // Said by the frames that had it.
  const auto is_overflow = [](const Remark& remark) { return remark.code == "l-overflow"; };
  if (std::ranges::any_of(of(Layer::framing).remarks, is_overflow)) {
    std::erase_if(of(Layer::transport).remarks, is_overflow);
  }
  of(Layer::cipher) = messages_.judge_cipher();
  of(Layer::key) = messages_.judge_key();
  of(Layer::apdu) = messages_.judge_apdu();
  of(Layer::layout) = messages_.judge_layout();
  of(Layer::clock) = messages_.judge_clock();
  judge_wired(layers);
  judge_poll(layers);
  judge_lines(layers);
  return conclude(std::move(layers));
}

}  // namespace meterpipe::doctor
