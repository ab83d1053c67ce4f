// decode(encode(x)) = x on every link: an APDU that a meter hands over in frames, segments and
// blocks of any size comes out as it was, one of one, without an error.
#include "apdu/extent.hpp"
#include "apdu/llc.hpp"
#include "base/hex.hpp"
#include "decode/frame_source.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/links.hpp"
#include "link/hdlc.hpp"
#include "link/wrapper.hpp"

namespace meterpipe::fuzz {

namespace {

struct Arrived final : decode::FrameRecordSink {
  std::vector<ByteVector> apdus;
  std::size_t others = 0;
  std::string first_error;
  void give(const record::ApduRecord& record) override { apdus.push_back(record.bytes); }
  void give(const record::FrameRecord&) override {}
  void give(const record::MbusRecord&) override { ++others; }
  void give(const record::ErrorRecord& record) override {
    if (others++ == 0) first_error = std::string(record.code) + ": " + record.text;
  }
};

// The wrapper has no check: a head inside says that the length before it is wrong, and whole frames
// inside are as good as the one around them.
bool holds_a_wrapper(Bytes apdu) {
  constexpr std::string_view kHead("\0\1\0\1\0\1", 6);
  if (as_text(apdu).find(kHead) != std::string_view::npos) return true;
  for (std::size_t at = 0; at < apdu.size(); ++at) {
    const link::Probe probe = link::probe_wrapper(apdu.subspan(at), true, false);
    if (probe.answer == link::Probe::Answer::found) return true;
  }
  return false;
}

// A segment that begins like an LLC header by chance begins a message: so little is lost where one
// was not received (hdlc_segments.hpp).
bool holds_an_llc(const std::vector<ByteVector>& frames) {
  bool goes_on = false;
  for (const ByteVector& bytes : frames) {
    const link::Probe probe = link::probe_hdlc(bytes, true, true, true);
    if (probe.answer != link::Probe::Answer::found) return false;
    if (goes_on && apdu::has_llc(probe.frame.data)) return true;
    goes_on = probe.frame.segmented;
  }
  return false;
}

}  // namespace

void check(Bytes input) {
  Taker taker(input);
  const sim::LinkForm form = link_form_of(taker);
  const Bytes apdu = taker.rest();
  if (!apdu::is_whole(apdu) || apdu[0] == 0xe0) return;  // a block is a part of another
  std::vector<ByteVector> frames;
  if (!sim::to_frames(form, apdu, {}, frames)) return;
  if (form.link == sim::Link::wrapper && holds_a_wrapper(apdu)) return;
  if (form.link == sim::Link::hdlc && holds_an_llc(frames)) return;
  Arrived arrived;
  decode::FrameSettings settings;
  // The wrapper has no check: what looks like the head of another link may be one.
  if (form.link == sim::Link::wrapper) settings.link.link = link::Link::wrapper;
  decode::FrameSource source("fuzz", "port", settings, arrived);
  std::string sent;
  for (const ByteVector& frame : frames) {
    source.push(frame, {});
    sent += to_hex(frame) + '\n';
  }
  source.finish();
  CAPTURE(sent);
  CAPTURE(arrived.first_error);
  REQUIRE(arrived.others == 0);
  REQUIRE(arrived.apdus.size() == 1);
  REQUIRE(to_hex(arrived.apdus[0]) == to_hex(apdu));
}

}  // namespace meterpipe::fuzz
