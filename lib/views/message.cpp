#include "views/message.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "apdu/ciphered.hpp"
#include "apdu/tags.hpp"
#include "base/hex.hpp"
#include "record/fault_text.hpp"
#include "views/message_rows.hpp"
#include "wired/sml.hpp"

namespace meterpipe::views {
namespace {

using apdu::AuthMode;

constexpr std::size_t kMostSources = 1000;
constexpr std::string_view kNotChecked = "not checked";

// A name or label from outside stays on its line.
std::string one_line(std::string_view text) {
  std::string quote = quoted(as_bytes(text));
  return quote.find('\\') == std::string::npos ? std::string(text) : quote;
}

// What is said of a layer's authentication tag.
std::string_view tag_note(const apdu::Layer& layer, AuthMode mode) {
  if (layer.security.auth == apdu::Auth::verified) return "checked, fits";
  return mode == AuthMode::ignore     ? "not checked (--auth ignore)"
         : layer.security.key.empty() ? "not checked: no key for it"
                                      : "not checked: the key line has no ak=";
}

std::string verdict(const apdu::Layer& layer, AuthMode mode) {
  const apdu::Security& security = layer.security;
  std::string text = "== ";
  if (!security.has_control) return text + "signed; the signature is not checked";
  if (!security.encrypted()) {
    text += "not encrypted";
    if (!security.key.empty()) text += "; key " + one_line(security.key);
  } else {
    text += "deciphered with key " + one_line(security.key);
  }
  if (security.title_given) text += fmt::format(", title {}", to_hex(security.title));
  text += "; ";
  if ((security.control & apdu::kAuthenticated) == 0) {
    return text + "no authentication tag: nothing tells whether bytes were changed";
  }
  text += "authentication tag ";
  text += tag_note(layer, mode);
  return text;
}

// What to do, or "".
std::string remedy(const Error& error, const apdu::Security& security) {
  const std::string title = security.title.empty() ? "TITLE" : to_hex(security.title);
  switch (error.fault) {
    case Fault::no_key:
    case Fault::key_size:
      return fmt::format(
          "dlms-decrypt -k FILE, with a line title={} ek=KEY{} of {} hex digits in FILE "
          "(meter-keys(5)); the grid operator gives the key",
          title, (security.control & apdu::kAuthenticated) != 0 ? " ak=KEY" : "",
          security.suite() == 2 ? 64 : 32);
    case Fault::wrong_key:
      return fmt::format(
          "compare the key line of title={} with what the grid operator gave: all digits, no "
          "halves swapped, EK as ek= and not AK",
          title);
    case Fault::tag_failed:
      return "compare ak= and ek= of the key line; --auth ignore shows what the message would say "
             "unproved";
    case Fault::not_authenticated: return "add ak= to the key line, or leave --auth require away";
    case Fault::truncated_apdu: return "look at the line and the framing: bytes are missing";
    case Fault::trailing_bytes: return "look at the framing: bytes of something else follow";
    default: return {};
  }
}

// Services that are ciphered one by one are known by their tag alone, and so many texts begin like
// one: such a thing inside another is one only where all of it fits.
bool is_service_inside(Bytes apdu) {
  if (!apdu::is_ciphered(apdu)) return false;
  constexpr std::uint8_t kGeneral = 0xd8;  // from here on they say more of themselves
  if (apdu[0] >= kGeneral) return true;
  constexpr int kLastSuite = 2;
  const auto service = apdu::parse_ciphered(apdu);
  return service && apdu::security_of(*service).suite() <= kLastSuite;
}

bool is_text(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t c) {
    return (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n' || c == '\t';
  });
}

// What came out of a cipher and is nothing that a meter says.
void write_neither(Buffer& out, Bytes bytes, const apdu::Security& security) {
  Rows rows(out, bytes);
  if (is_text(bytes)) {
    text_rows(rows, [](std::string_view) { return ""; });
  } else {
    rows.field(bytes.size(), 0, 0, "not read");
  }
  const Error error{Fault::not_dlms, 0, 0, bytes.empty() ? 0U : bytes[0]};
  Rows::add_line(
      out, fmt::format("!! {}: neither an APDU nor a telegram", record::code_of(error.fault)));
  Rows::add_line(out, security.auth == apdu::Auth::verified
                          ? "!! try: the tag fits, so that the key and all bytes are right and the "
                            "meter sent just this (a telegram begins with /)"
                          : "!! try: no tag vouches for these bytes: compare the key line; a "
                            "telegram begins with /");
}

}  // namespace

void MessageWriter::begin(Buffer& out, const record::ApduRecord& record) {
  if (any_) out.add('\n');
  any_ = true;
  if (counts_.size() >= kMostSources && !counts_.contains(record.head.src)) counts_.clear();
  const std::uint64_t number = ++counts_[std::string(record.head.src)];
  std::string text = fmt::format("message {}", number);
  if (!record.head.src.empty()) text += " of " + one_line(record.head.src);
  text += ", " + bytes_text(record.bytes.size());
  if (!record.head.ts.empty()) text += fmt::format(", {}", record.head.ts);
  if (!record.link.empty()) text += ", link " + one_line(record.link);
  Rows::add_line(out, text);
}

bool MessageWriter::write_plain(Buffer& out, const record::ApduRecord& record) {
  begin(out, record);
  if (record.security && !record.security->service.empty()) {
    const apdu::Security& security = *record.security;
    std::string text = "deciphered before: " + one_line(security.service);
    if (!security.title.empty()) text += ", title " + to_hex(security.title);
    if (security.has_control) {
      text += fmt::format(", security control {:02x}, invocation counter {}", security.control,
                          security.counter);
    }
    Rows::add_line(out, fmt::format("{}, auth {}", text, apdu::name(security.auth)));
  }
  return write_body(out, record);
}

// What is known of the message as a whole.
void MessageWriter::write_summary(Buffer& out, const decode::DecodedMessage& reading) {
  std::string text = fmt::format("layout {}", reading.layout);
  if (reading.no_head) text += ", a body without its head";
  if (!reading.meter.empty()) text += ", meter " + one_line(reading.meter);
  if (!reading.time.empty()) text += fmt::format(", time {}", reading.time);
  const readings::Choice& choice = maker_.choice();
  if (choice.rival != nullptr) {
    text += fmt::format(", profiles {} and {} both fit: none is applied",
                        one_line(choice.profile->name), one_line(choice.rival->name));
  } else if (!reading.profile.empty()) {
    text += ", profile " + one_line(reading.profile);
  } else if (!reading.profile_refused.empty()) {
    text += ", profile " + one_line(reading.profile_refused) +
            " fits, but its sums contradict the values: not applied";
  }
  Rows::add_line(out, text);
}

bool MessageWriter::write_body(Buffer& out, const record::ApduRecord& record) {
  const apdu::Auth auth = record.security ? record.security->auth : apdu::Auth::plain;
  const auto reading = maker_.make(record, auth);
  if (reading) write_summary(out, **reading);
  if (record.security && !record.bytes.empty() && !readings::is_p1(record.bytes) &&
      apdu::find_apdu_tag(record.bytes[0]) == nullptr) {
    write_neither(out, record.bytes, *record.security);
    return false;
  }
  Rows rows(out, record.bytes);
  if (readings::is_p1(record.bytes)) return !p1_rows(rows, format_);
  if (wired::is_sml(record.bytes)) {
    rows.field(record.bytes.size(), 0, 0, "SML file, not shown field by field");
  } else {
    const Meanings meanings(reading ? *reading : nullptr, format_);
    if (apdu_rows(rows, meanings, kNotChecked)) return false;
  }
  if (reading || reading.error().fault == Fault::no_values) return true;
  rows.line(fmt::format("?? {}: {}", record::code_of(reading.error().fault),
                        record::describe(reading.error())));
  return false;
}

bool MessageWriter::write_ciphered(Buffer& out, const record::ApduRecord& record,
                                   const Opened& opened) {
  begin(out, record);
  const Meanings nothing(nullptr, format_);
  Bytes apdu = record.bytes;
  for (const apdu::Layer& layer : opened.layers) {
    Rows rows(out, apdu);
    apdu_rows(rows, nothing, tag_note(layer, opened.mode));
    Rows::add_line(out, verdict(layer, opened.mode));
    apdu = layer.plain;
    const bool last = &layer == &opened.layers.back();
    if (last && opened.error && apdu::is_ciphered(apdu) && !is_service_inside(apdu)) {
      Rows::add_line(out, "plaintext, " + bytes_text(apdu.size()));
      write_neither(out, apdu, layer.security);
      return false;
    }
    if (last && (!opened.error || !apdu::is_ciphered(apdu))) break;
    Rows::add_line(out, "inside it, " + bytes_text(apdu.size()));
  }
  if (!opened.error) {
    record::ApduRecord plain;
    plain.head = record.head;
    plain.link = record.link;
    plain.security = opened.security;
    plain.bytes.assign(apdu.begin(), apdu.end());
    Rows::add_line(out, "plaintext, " + bytes_text(apdu.size()));
    return write_body(out, plain);
  }
  const Error& error = *opened.error;
  if (opened.layers.empty() && record.security && !is_service_inside(apdu)) {  // deciphered before
    write_neither(out, apdu, *record.security);
    return false;
  }
  if (opened.layers.empty() || apdu::is_ciphered(apdu)) {
    Rows rows(out, apdu);
    apdu_rows(rows, nothing, error.fault == Fault::tag_failed ? "does not fit" : kNotChecked);
  }
  Rows::add_line(out,
                 fmt::format("!! {}: {}", record::code_of(error.fault), record::describe(error)));
  if (const std::string what = remedy(error, opened.security); !what.empty()) {
    Rows::add_line(out, "!! try: " + what);
  }
  return false;
}

}  // namespace meterpipe::views
