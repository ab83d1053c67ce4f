#include "doctor/message_evidence.hpp"

#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "apdu/ciphered.hpp"
#include "base/timestamp.hpp"
#include "doctor/cipher_evidence.hpp"
#include "doctor/clock_evidence.hpp"
#include "doctor/layout_evidence.hpp"
#include "doctor/sequence_evidence.hpp"
#include "keys/key_finder.hpp"
#include "record/fault_text.hpp"

namespace meterpipe::doctor {
namespace {

// A key that fits a message of which no tag, or a wrong one, and no whole APDU vouches for it.
constexpr std::size_t kMostLooked = 16;

std::optional<std::int64_t> ts_of(const record::Head& head) {
  return head.ts.empty() ? std::nullopt : parse_timestamp(head.ts);
}

// Thousands of lines that fit nothing must not be gone through with every message: after some
// failures of a title and control (without a title: of a source) few are, and all only now and
// then, as the key may have been changed. The line that fitted last is always tried.
class PatientFinder final : public apdu::KeySource {
 public:
  explicit PatientFinder(const keys::KeyRing& ring) : finder_(ring) {}

  void set_source(std::string_view source) {
    source_ = source;
    finder_.set_source(source);
  }
  Choice keys_for(const apdu::Security& security) override {
    Choice choice = finder_.keys_for(security);
    if (choice.keys.size() <= kFew) return choice;
    const auto found = failures_.find(place_of(security));
    const std::uint64_t failures = found == failures_.end() ? 0 : found->second;
    if (failures >= kPatience && failures % kNowAndThen != 0) choice.keys = choice.keys.first(kFew);
    return choice;
  }
  void fitted(const apdu::Security& security, bool title_was_known, apdu::Key& key) override {
    finder_.fitted(security, title_was_known, key);
  }
  void failed(const apdu::Security& security) {
    if (failures_.size() >= kMostPlaces) failures_.clear();
    ++failures_[place_of(security)];
  }

 private:
  static constexpr std::size_t kFew = kMostLooked, kMostPlaces = 4096;
  static constexpr std::uint64_t kPatience = 20, kNowAndThen = 128;

  std::string place_of(const apdu::Security& security) const {
    const Bytes title = security.title;
    std::string place(title.empty() ? source_.substr(0, 256) : as_text(title));
    place += static_cast<char>(security.control);
    place += title.empty() ? 's' : 't';
    return place;
  }

  keys::KeyFinder finder_;
  std::string_view source_;
  std::unordered_map<std::string, std::uint64_t> failures_;
};

}  // namespace

struct MessageEvidence::Impl {
  Impl(const MessageSettings& settings, readings::ProfileSet profiles)
      : ring(*settings.keys),
        given(settings.title),
        mode(settings.auth),
        finder(ring),
        opener(finder, mode, given),
        maker(profiles, {}),
        cipher(ring, mode, given, settings.unreadable_keys),
        layout(maker, std::move(profiles)) {}

  void ciphered(const record::ApduRecord& record);
  void refused(const record::ApduRecord& record, const apdu::Security& security,
               const Error& error);
  bool breaks_inside(const record::ApduRecord& record, const apdu::Security& security);
  void plain(const record::ApduRecord& record, Bytes as_it_came);
  void bad(const Error& error) {
    ++bad_;
    if (!first_bad) first_bad = error;
  }

  const keys::KeyRing& ring;
  const apdu::Title given;
  const apdu::AuthMode mode;
  PatientFinder finder;
  apdu::Opener opener;
  decode::ReadingMaker maker;
  CipherEvidence cipher;
  LayoutEvidence layout;
  ClockEvidence clock;
  SequenceEvidence sequence;
  // Of messages that begin well and break inside: the counter of the last one, and its steps.
  std::optional<std::uint32_t> broken_counter;
  std::uint64_t falls = 0, rises = 0;

  std::uint64_t plaintexts = 0, bad_ = 0, without_values = 0, bad_lines = 0, told = 0;
  std::optional<Error> first_bad;
  record::ApduRecord opened;
  ByteVector bytes, part;
};

MessageEvidence::MessageEvidence(const MessageSettings& settings, readings::ProfileSet profiles)
    : impl_(std::make_unique<Impl>(settings, std::move(profiles))) {}
MessageEvidence::~MessageEvidence() = default;

std::uint64_t MessageEvidence::messages() const { return impl_->cipher.messages(); }

void MessageEvidence::apdu(const record::ApduRecord& record) {
  Impl& me = *impl_;
  if (record.bytes.empty()) return;
  if (apdu::is_ciphered(record.bytes)) return me.ciphered(record);
  if (record.security && record.security->auth != apdu::Auth::plain &&
      record.security->auth != apdu::Auth::unknown) {
    me.cipher.opened(record.head.src, *record.security, true);
    return me.plain(record, record.bytes);
  }
  const std::uint64_t bad_before = me.bad_;
  me.plain(record, record.bytes);
  me.cipher.plain(me.bad_ == bad_before);
}

void MessageEvidence::Impl::ciphered(const record::ApduRecord& record) {
  apdu::Security security;
  finder.set_source(record.head.src);
  const auto done = opener.open(record.bytes, security, bytes);
  if (!done) return refused(record, security, done.error());
  cipher.opened(record.head.src, security, false);
  opened.head = record.head;
  opened.link = record.link;
  opened.security = std::move(security);
  opened.bytes.swap(bytes);
  plain(opened, record.bytes);
}

void MessageEvidence::Impl::refused(const record::ApduRecord& record,
                                    const apdu::Security& security, const Error& error) {
  const auto locked = [&](Locked why) {
    cipher.locked(record.head.src, security, record.bytes, why, error);
  };
  switch (error.fault) {
    case Fault::compressed:
    case Fault::unsupported_suite:
    case Fault::unsupported_service:
    case Fault::key_agreement:
    case Fault::too_deep: return locked(Locked::unsupported);
    case Fault::bad_title: return locked(Locked::bad_title);
    case Fault::no_title: finder.failed(security); return locked(Locked::no_title);
    case Fault::no_key:
    case Fault::key_size:
    case Fault::broadcast_key: return locked(Locked::no_key);
    case Fault::not_authenticated: return locked(Locked::no_tag_key);
    case Fault::wrong_key:
    case Fault::tag_failed:
      finder.failed(security);
      if (breaks_inside(record, security)) return;
      break;
    default:
      // Cut, or with bytes left over; or nothing was ciphered and the content is no APDU.
      ++plaintexts;
      bad(error);
      cipher.shapeless();
      return;
  }
  // Of few keys the opener believes a beginning of a byte or two: too little for a verdict.
  bool begins = error.fault == Fault::tag_failed;
  const auto keys = ring.keys_for(security.title);
  const bool few = keys.size() <= kMostLooked;
  if (auto patient = KeyTrial::of(record.bytes);
      begins && few && patient && patient->enciphered()) {
    begins = false;
    for (apdu::Key* key : keys) {
      if (key->size() != patient->key_size()) continue;
      if (patient->wants_broadcast() && !key->has_broadcast()) continue;
      apdu::Gcm& gcm = patient->wants_broadcast() ? key->broadcast() : key->cipher();
      if (patient->open(gcm, security.title, part) != Sense::none) begins = true;
    }
  }
  locked(begins ? Locked::tag_failed : Locked::wrong_key);
}

// Without a tag to be checked: a key of the ring makes something that begins as a message and is
// none. Then the key is right, and the plaintext is not.
bool MessageEvidence::Impl::breaks_inside(const record::ApduRecord& record,
                                          const apdu::Security& security) {
  auto patient = KeyTrial::of(record.bytes);
  if (!patient || !patient->enciphered() || security.title.empty()) return false;
  std::size_t looked = 0;
  for (apdu::Key* key : ring.keys_for(security.title)) {
    if (key->size() != patient->key_size() || ++looked > kMostLooked) continue;
    const bool checks =
        patient->has_tag() && key->has_authentication() && mode != apdu::AuthMode::ignore;
    if (checks || (patient->wants_broadcast() && !key->has_broadcast())) continue;
    apdu::Gcm& gcm = patient->wants_broadcast() ? key->broadcast() : key->cipher();
    if (patient->open(gcm, security.title, part) != Sense::begins) continue;
    apdu::Security known = security;
    known.auth = patient->has_tag() ? apdu::Auth::unverified : apdu::Auth::none;
    cipher.opened(record.head.src, known, false);
    ++plaintexts;
    bad(apdu::why_no_apdu(part));
    if (broken_counter) ++(security.counter < *broken_counter ? falls : rises);
    broken_counter = security.counter;
    return true;
  }
  return false;
}

void MessageEvidence::Impl::plain(const record::ApduRecord& record, Bytes as_it_came) {
  ++plaintexts;
  const apdu::Auth auth = record.security ? record.security->auth : apdu::Auth::plain;
  const auto made = maker.make(record, auth);
  if (!made) {
    if (made.error().fault == Fault::no_values) {
      ++without_values;
    } else {
      bad(made.error());
    }
    return;
  }
  decode::DecodedMessage& reading = **made;
  if (!maker.bad_lines().empty()) {
    bad_lines += maker.bad_lines().size();
    if (reading.values->empty()) {
      return bad(Error{Fault::bad_p1_line, 0, 0, maker.bad_lines().front().number});
    }
  }
  const auto time = time_of(record, reading);
  std::string who(record.head.src);
  who += '\n';
  who += reading.meter;
  clock.add(who, time, ts_of(record.head));
  if (record.security && record.security->has_control && !record.security->title.empty() &&
      apdu::is_ciphered(as_it_came)) {
    // Each service and each key has a counter of its own.
    const apdu::Security& security = *record.security;
    who = fmt::format("{}\n{} {:02x} {}", record.head.src, shown_title(security.title),
                      security.control, security.service);
    sequence.counted(who, as_it_came, security.counter);
  } else if (time) {
    who += fmt::format("\n{} {}", reading.layout, reading.values->size());
    sequence.timed(who, as_it_came, *time);
  } else if (reading.invoke) {
    sequence.invoked(who, as_it_came, *reading.invoke);
  }
  layout.add(record, reading);  // the reading is gone then
}

void MessageEvidence::error(std::string_view by, std::string_view code) {
  Impl& me = *impl_;
  if (by == "dlms-decrypt") {
    if (code == "no-key") me.cipher.told(Locked::no_key);
    if (code == "wrong-key") me.cipher.told(Locked::wrong_key);
    if (code == "tag-failed") me.cipher.told(Locked::tag_failed);
    if (code == "no-title") me.cipher.told(Locked::no_title);
    if (code == "unsupported-cipher") me.cipher.told(Locked::unsupported);
    if (code == "not-authenticated") me.cipher.told(Locked::no_tag_key);
  }
  const bool is_apdus =
      code == "bad-apdu" || code == "not-dlms" || code == "trailing-bytes" || code == "truncated";
  if (is_apdus && (by == "dlms-decrypt" || by == "cosem-decode")) {
    ++me.plaintexts;
    ++me.bad_;
    ++me.told;
    if (by == "dlms-decrypt") me.cipher.shapeless();
  }
}

Finding MessageEvidence::judge_cipher() { return impl_->cipher.judge_cipher(); }
Finding MessageEvidence::judge_key() { return impl_->cipher.judge_key(); }

Finding MessageEvidence::judge_apdu() {
  const Impl& me = *impl_;
  if (me.plaintexts == 0) return not_reached();
  Finding finding;
  finding.fact("plaintexts", me.plaintexts);
  finding.fact("bad_apdus", me.bad_);
  finding.say("{} of {} APDUs are valid", me.plaintexts - me.bad_, me.plaintexts);
  if (me.bad_ > 0) {
    finding.cause = Cause::bad_apdu;
    finding.state = state_of(me.bad_, me.plaintexts);
    finding.confidence = 0.9;
    if (me.first_bad) {
      finding.text += ": " + record::describe(*me.first_bad);
      finding.fact("fault", std::string(record::code_of(me.first_bad->fault)));
      finding.fact("fault_offset", me.first_bad->offset);
    }
  }
  if (me.falls >= 2 && me.rises == 0) {
    // Segments of two messages make one.
    finding.text += "; the counters of those that break inside fall from each to the next";
    finding.confidence = 0.5;
    finding.advice =
        "The capture seems to have its newest lines first: turn it around (tac) and look again.";
  }
  if (me.without_values > 0) {
    finding.fact("without_values", me.without_values);
    finding.remark(true, "no-values", "services without values, in {}",
                   counted(me.without_values, "APDU"));
  }
  finding.remark(me.bad_lines > 0, "bad-lines", "lines of telegrams that cannot be read: {}",
                 me.bad_lines);
  return finding;
}

Finding MessageEvidence::judge_layout() {
  const Impl& me = *impl_;
  return me.layout.readings() == 0 && me.without_values == 0 ? not_reached() : me.layout.judge();
}

Finding MessageEvidence::judge_clock() {
  const Impl& me = *impl_;
  if (me.layout.readings() == 0 && me.without_values == 0) return not_reached();
  Finding finding;
  if (me.layout.readings() == 0) {
    finding.text = "no message carries a time";
    return finding;
  }
  finding = me.clock.judge();
  me.sequence.judge(finding);
  return finding;
}

}  // namespace meterpipe::doctor
