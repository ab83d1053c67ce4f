#include "doctor/cipher_evidence.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "record/fault_text.hpp"

namespace meterpipe::doctor {

std::uint64_t CipherEvidence::Group::bad() const {
  return std::accumulate(locked.begin(), locked.end(), std::uint64_t{0});
}

bool CipherEvidence::Group::wants_broadcast() const {
  const auto trial = kept.empty() ? std::nullopt : KeyTrial::of(kept.front());
  return trial ? trial->wants_broadcast() : (control & apdu::kBroadcast) != 0;
}

CipherEvidence::Group& CipherEvidence::group_of(std::string_view source,
                                                const apdu::Security& security) {
  // Without a title of its own a source is a meter.
  std::string key = to_hex(security.title_given ? Bytes() : Bytes(security.title));
  if (key.empty()) key = std::string(source.substr(0, 256));
  key += fmt::format(" {:02x} {}", security.control, security.service);
  auto found = groups_.find(key);
  if (found == groups_.end()) {
    if (groups_.size() >= kMostGroups) key = "others";
    found = groups_.try_emplace(std::move(key)).first;
    Group& group = found->second;
    group.title = security.title;
    group.service = printable_utf8(security.service);
    group.control = security.control;
  }
  ++found->second.messages;
  ++ciphered_;
  return found->second;
}

void CipherEvidence::opened(std::string_view source, const apdu::Security& security,
                            bool by_others) {
  Group& group = group_of(source, security);
  by_others_ += by_others ? 1 : 0;
  if (security.auth == apdu::Auth::verified) {
    ++group.verified;
  } else if (security.auth == apdu::Auth::unverified) {
    // A signature, which nobody checks, and inside it no tag.
    const bool has_tag = security.has_control && (security.control & apdu::kAuthenticated) != 0;
    signed_ += has_tag ? 0 : 1;
    ++group.unverified;
  } else {
    ++group.untagged;
  }
}

void CipherEvidence::locked(std::string_view source, const apdu::Security& security, Bytes apdu,
                            Locked why, const Error& error) {
  Group& group = group_of(source, security);
  ++group.locked[static_cast<std::size_t>(why)];
  group.why = record::describe(error);
  const bool is_short = apdu.size() <= kLongestShort;
  if (group.kept.size() < (is_short ? kShortKept : kKept) && apdu.size() <= kLongestKept) {
    group.kept.emplace_back(apdu.begin(), apdu.end());
  }
}

void CipherEvidence::told(Locked why) {
  Group& group = groups_["told"];
  ++group.messages;
  ++ciphered_;
  ++group.locked[static_cast<std::size_t>(why)];
}

void CipherEvidence::diagnose() {
  if (diagnosed_) return;
  diagnosed_ = true;
  KeySearch search(ring_, given_);
  for (const auto& [key, group] : groups_) {
    if (group.open() > 0) search.add_title(group.title);
  }
  // The most frequent ones first: the search ends somewhere.
  std::vector<Group*> bad;
  for (auto& [key, group] : groups_) {
    if (group.bad() > 0) bad.push_back(&group);
  }
  std::ranges::stable_sort(bad, [](const Group* a, const Group* b) { return a->bad() > b->bad(); });
  for (std::size_t i = 0; i < bad.size(); ++i) {
    if (i < kMostSearched) {
      diagnose(*bad[i], search);
    } else {
      by_default(*bad[i]);
    }
  }
  tries_ = search.tries();
}

void CipherEvidence::diagnose(Group& group, KeySearch& search) {
  by_default(group);
  const bool by_design =
      group.cause == Cause::unsupported_cipher || group.count(Locked::no_tag_key) == group.bad();
  // Where others of the same title are verified, keys and title are right, and what does not fit
  // was changed.
  const bool changed = group.cause == Cause::tag_failed && group.verified > 0;
  if (by_design || changed || ring_.empty()) return;
  if (auto found = search.search(group.kept)) {
    group.is(found->cause, found->confidence, std::move(found->text), std::move(found->advice));
  }
}

// No title in the messages, and with that of the key file's lines or of --system-title nothing
// comes out: no test tells which of the two is wrong.
void CipherEvidence::title_or_key(Group& group) {
  group.cause = Cause::wrong_key;
  group.confidence = 0.6;
  group.text += given_.empty()
                    ? fmt::format(
                          ", and with that of the key file's {} nothing deciphers: title "
                          "or key is wrong",
                          ring_.titled().size() == 1 ? "line" : "lines")
                    : fmt::format(
                          ", and with {}, which was given, nothing deciphers: title or key "
                          "is wrong",
                          shown_title(given_));
  group.advice = fmt::format(
      "Compare the title ({}) with what stands on the meter or in its other messages, and the key "
      "with the operator's letter, both digit by digit.",
      given_.empty() ? "title= in the key file" : "--system-title");
}

// What the errors say, without a search.
void CipherEvidence::by_default(Group& group) {
  const auto most = std::ranges::max_element(group.locked);
  const auto why = static_cast<Locked>(most - group.locked.begin());
  const std::string of_title = fmt::format("title {}", shown_title(group.title));
  switch (why) {
    case Locked::unsupported: return group.is(Cause::unsupported_cipher, 0.98, group.why);
    case Locked::bad_title:
      return group.is(
          Cause::wrong_title, 0.9, group.why,
          "The meter's header is not as the standard says, or bytes of it were changed: "
          "look at it with mbus-frame and report the meter.");
    case Locked::no_title: {
      const bool no_key = ring_.empty();
      group.is(no_key ? Cause::no_key : Cause::wrong_title, no_key ? 0.9 : 0.8,
               "the messages have no system title");
      if (!given_.empty() || !ring_.titled().empty()) {
        if (!no_key) title_or_key(group);
        return;
      }
      group.text += ", and none was given";
      group.advice = fmt::format("Give the meter's system title with --system-title{}.",
                                 no_key ? " and its key with --keys" : "");
      return;
    }
    case Locked::no_key:
      group.cause = Cause::no_key;
      if (!unreadable_.empty()) {
        return group.is(
            Cause::key_file, 1,
            fmt::format("{}, and the key file cannot be read: {}", of_title, unreadable_), "");
      }
      if (ring_.empty()) {
        group.text = fmt::format("{}, and no key was given", of_title);
      } else if (ring_.keys_for(group.title).empty()) {
        group.text = fmt::format("the key file has {} and none for {}",
                                 counted(ring_.size(), "key"), of_title);
        group.confidence = 0.95;
      } else {
        group.text = group.why;
      }
      if (group.wants_broadcast()) {
        if (group.text != group.why) group.text += "; they are ciphered with the broadcast key";
        group.advice =
            "Ask the operator for the broadcast key (GBEK, beside GUEK and GAK) and write it as "
            "broadcast= in the key file, see meter-keys(5).";
      }
      break;
    case Locked::wrong_key: {
      group.cause = Cause::wrong_key;
      // A title that was given and a key: either may be wrong.
      const auto trial = group.kept.empty() ? std::nullopt : KeyTrial::of(group.kept.front());
      if (trial && trial->title().empty() && !group.is_read()) {
        group.text = "the messages have no system title";
        title_or_key(group);
        break;
      }
      group.confidence = group.is_read() ? 0.6 : 0.85;
      const bool broadcast = group.wants_broadcast();
      group.text = fmt::format("what the {}key gives is no message ({})",
                               broadcast ? "broadcast " : "", of_title);
      if (broadcast) {
        group.advice =
            "Compare the broadcast key (broadcast= in the key file, GBEK) with what the operator "
            "wrote digit by digit; ask whether it was renewed.";
      }
      if (group.is_read()) {
        group.text += fmt::format("; {} of this title can be read, so bytes may have been changed",
                                  group.open());
      }
      break;
    }
    case Locked::tag_failed:
      group.is(Cause::tag_failed, 0.9,
               fmt::format("the message deciphers, its tag does not fit ({})", of_title));
      if (group.tag_only()) {
        const char* name = group.wants_broadcast() ? "broadcast key (GBEK)" : "EK (GUEK)";
        group.text = fmt::format(
            "the message is not enciphered, and its tag does not fit with these keys ({})",
            of_title);
        group.advice = fmt::format(
            "The tag is made with both keys, so {0} or AK (GAK) is wrong, or bytes were changed on "
            "the way: compare both with the operator's letter digit by digit. dlms-decrypt --auth "
            "ignore reads without the check, at your own risk.",
            name);
      }
      if (group.verified > 0) {
        group.confidence = 0.97;
        group.text +=
            fmt::format("; {} of this title are verified: bytes were changed", group.verified);
        group.advice = "The keys are right: look at what changes bytes on the way.";
      }
      break;
    case Locked::no_tag_key:
      if ((group.control & apdu::kAuthenticated) != 0) {
        return group.is(Cause::no_key, 0.9,
                        "no authentication key to check the tags with, and --auth require",
                        "Add the authentication key (GAK) to the key file, or leave --auth require "
                        "out.");
      }
      return group.is(Cause::tag_failed, 0.9,
                      "the messages have no tag, and --auth require wants one",
                      "Leave --auth require out: this meter sends no tags.");
  }
}

// Broken before suspicious, then the most messages.
const CipherEvidence::Group* CipherEvidence::worst(Layer layer) const {
  const Group* worst = nullptr;
  for (const auto& [key, group] : groups_) {
    if (group.cause == Cause::none || layer_of(group.cause) != layer) continue;
    if (worst == nullptr || group.bad() > worst->bad()) worst = &group;
  }
  return worst;
}

Finding CipherEvidence::filled(Finding finding, const Group& group) const {
  std::uint64_t bad = 0;
  for (const auto& [key, other] : groups_) {
    if (other.cause != Cause::none && layer_of(other.cause) == layer_of(group.cause)) {
      bad += other.bad();
    }
  }
  finding.set(state_of(bad, messages()), group.cause, group.confidence, "{} of {}: {}", bad,
              counted(messages(), "message"), group.text);
  finding.advice = group.advice;
  return finding;
}

std::string CipherEvidence::how_ciphered() const {
  const Group* most = nullptr;
  for (const auto& [key, group] : groups_) {
    if (!group.service.empty() && (most == nullptr || group.messages > most->messages)) {
      most = &group;
    }
  }
  if (most == nullptr) return "ciphered";
  return fmt::format("{}, security control {:02x}, title {}", most->service, most->control,
                     shown_title(most->title));
}

void CipherEvidence::add_facts(Finding& finding) const {
  std::vector<std::string> titles;
  const Group* most = nullptr;
  for (const auto& [key, group] : groups_) {
    if (most == nullptr || group.messages > most->messages) most = &group;
    if (!group.title.empty()) titles.push_back(to_hex(group.title));
  }
  std::ranges::sort(titles);
  titles.erase(std::unique(titles.begin(), titles.end()), titles.end());
  finding.fact("messages", messages());
  finding.fact("ciphered", ciphered_ + shapeless_);
  finding.fact("titles", std::uint64_t{titles.size()});
  if (most != nullptr && !most->service.empty()) {
    finding.fact("service", most->service);
    finding.fact("security_control", fmt::format("{:02x}", most->control));
    if (!most->title.empty()) finding.fact("title", to_hex(most->title));
  }
}

Finding CipherEvidence::judge_cipher() {
  diagnose();
  if (messages() == 0) return not_reached();
  Finding finding;
  add_facts(finding);
  if (const Group* group = worst(Layer::cipher)) return filled(std::move(finding), *group);
  finding.text = ciphered_ + shapeless_ == 0 ? "plain APDUs" : how_ciphered();
  if (shapeless_ > 0) finding.text += fmt::format("; {} cannot be taken apart", shapeless_);
  if (plain_ > 0 && ciphered_ > 0) {
    finding.text += fmt::format("; {} came plain", counted(plain_, "APDU"));
  }
  return finding;
}

Finding CipherEvidence::judge_key() {
  diagnose();
  Finding finding;
  std::uint64_t verified = 0, unverified = 0, untagged = 0, tag_failures = 0, reached = 0;
  for (const auto& [key, group] : groups_) {
    verified += group.verified;
    unverified += group.unverified;
    untagged += group.untagged;
    tag_failures += group.count(Locked::tag_failed);
    if (group.cause == Cause::none || layer_of(group.cause) == Layer::key) {
      reached += group.messages;
    } else {
      reached += group.open();
    }
  }
  if (plain_ + reached == 0) return not_reached();
  finding.fact("keys", std::uint64_t{ring_.size()});
  if (ciphered_ == 0) {
    finding.text = readable_ > 0 ? "no key is needed" : "nothing is ciphered";
    finding.remark(!ring_.empty() && readable_ > 0, "key-not-needed",
                   "the messages are not ciphered: the key is not needed");
    return finding;
  }
  finding.fact("deciphered", verified + unverified + untagged);
  finding.fact("verified", verified);
  finding.fact("tag_failures", tag_failures);
  if (tries_ > 0) finding.fact("keys_tried", tries_);
  finding.remark(signed_ > 0, "signature-unchecked", "{} signed, and nothing checks signatures",
                 signed_ == 1 ? "1 message is" : fmt::format("{} messages are", signed_));
  finding.remark(
      unverified > signed_, "tag-unchecked", "the tags of {} are not checked{}",
      counted(unverified - signed_, "message"),
      mode_ == apdu::AuthMode::ignore ? " (--auth ignore)" : ": the authentication key is missing");
  if (const Group* group = worst(Layer::key)) return filled(std::move(finding), *group);
  finding.say("{} deciphered", counted(verified + unverified + untagged, "message"));
  if (verified > 0) finding.text += fmt::format(", {} verified", verified);
  if (by_others_ > 0) finding.text += " (before they came here)";
  return finding;
}

}  // namespace meterpipe::doctor
