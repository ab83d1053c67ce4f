#include "doctor/wired_evidence.hpp"

#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "keys/oms.hpp"
#include "link/mbus.hpp"

namespace meterpipe::doctor {

WiredEvidence::WiredEvidence(const keys::KeyRing& keys)
    : keys_(keys), maker_([this](const decode::WiredReading& reading) {
        ++readings_;
        values_ += reading.records.size();
      }) {}

void WiredEvidence::frame(Bytes frame, std::string_view source) {
  const link::Probe probe = link::probe_mbus(frame, true, true);
  if (probe.answer != link::Probe::Answer::found || !probe.frame.ci) return;
  ++messages_;
  record::MbusMessage message;
  message.head.src = source;
  message.frame.assign(frame.begin(), frame.end());
  apdu::Security security;
  const auto opened = keys::open_oms(keys_, apdu::AuthMode::check, *probe.frame.ci,
                                     probe.frame.data, security, message.data);
  if (!security.service.empty()) {
    ++ciphered_;
    service_ = printable_utf8(security.service);
    title_ = to_hex(security.title);
  }
  if (!opened) {
    switch (opened.error().fault) {
      case Fault::no_key: ++without_key_; return;
      case Fault::wrong_mbus_key: ++wrong_; return;
      case Fault::unsupported_mode: ++unsupported_; return;
      default: ++bad_; return;
    }
  }
  if (!security.service.empty()) {
    ++opened_;
    message.security = security;
  }
  if (const auto made = maker_.push(message); !made) ++bad_;
}

Finding WiredEvidence::judge_cipher() const {
  Finding finding;
  if (ciphered_ == 0) {
    finding.text = "not ciphered";
  } else if (unsupported_ != 0 && opened_ == 0) {
    finding.broken(Cause::unsupported_cipher, 0.99, "{}, of which nothing is known but the name",
                   service_);
  } else {
    finding.say("{} with {}", counted(ciphered_, "message"), service_);
  }
  finding.fact("title", title_);
  return finding;
}

Finding WiredEvidence::judge_key() const {
  Finding finding;
  if (ciphered_ == 0) {
    finding.text = "no key is needed";
  } else if (opens()) {
    finding.state = state_of(wrong_, ciphered_);
    if (wrong_ != 0) finding.cause = Cause::wrong_key;
    finding.say("{} of {} open: 2F2F, and records to the last byte", opened_, ciphered_);
  } else if (without_key_ != 0) {
    finding.broken(Cause::no_key, 0.99, "no key for {}", title_);
  } else {
    finding.broken(Cause::wrong_key, 0.99, "{} of {} open: no 2F2F, or no records behind it",
                   opened_, ciphered_);
    finding.advice =
        "Compare the key with the operator's letter digit by digit (16 bytes, AES-128); the title "
        "in the key file is manufacturer, id, version and medium as they are sent.";
  }
  finding.fact("opened", opened_);
  finding.fact("ciphered", ciphered_);
  return finding;
}

Finding WiredEvidence::judge_apdu() const {
  Finding finding;
  const std::uint64_t good = messages_ - without_key_ - wrong_ - unsupported_;
  if (good == 0) return not_reached();
  finding.state = state_of(bad_, good);
  if (bad_ != 0) finding.cause = Cause::bad_apdu;
  finding.say("{} of {} messages are records of EN 13757-3", good - bad_, good);
  return finding;
}

Finding WiredEvidence::judge_layout() const {
  if (readings_ == 0) return not_reached();
  Finding finding;
  finding.say("{}, {} (mbus)", counted(readings_, "reading"), counted(values_, "value"));
  return finding;
}

}  // namespace meterpipe::doctor
