#include "views/reading_json.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/utf8.hpp"
#include "cosem/clock.hpp"
#include "readings/shown.hpp"
#include "views/data_json.hpp"

namespace meterpipe::views {
namespace {

using axdr::Tag;
using readings::Shown;
using readings::ShownAs;

constexpr std::string_view kValueKey = ",\"value\":";

bool has_many_digits(std::string_view number) {
  return std::ranges::count_if(number, [](char c) { return c >= '0' && c <= '9'; }) > kDoubleDigits;
}

void add_status(json::Writer& json, const cosem::Clock& clock) {
  if (!clock.status || *clock.status == 0) return;
  json.begin_array("status");
  for (const cosem::StatusBit& bit : cosem::kStatusBits) {
    if ((*clock.status & bit.mask) != 0) json.string(bit.name);
  }
  json.end_array();
}

// What stands behind "value":.
void add_value(json::Writer& json, const Shown& shown) {
  switch (shown.as) {
    case ShownAs::null: return json.null();
    case ShownAs::boolean: return json.boolean(shown.truth);
    case ShownAs::number:
      json.raw(shown.text);
      if (has_many_digits(shown.text)) json.member("exact", shown.text);
      return;
    case ShownAs::clock:
      if (shown.clock) {
        char quoted_iso[cosem::kIsoChars + 2];
        quoted_iso[0] = '"';
        char* const end = shown.clock->write_iso(quoted_iso + 1);
        *end = '"';
        return json.raw({quoted_iso, static_cast<std::size_t>(end + 1 - quoted_iso)});
      }
      return json.string(shown.text);
    case ShownAs::time:
    case ShownAs::bits: return json.string(shown.word());
    case ShownAs::text: return json.string(shown.text);
    case ShownAs::container:
    case ShownAs::bytes: return;
  }
}

// A list of a telegram: [{"obis":"1-0:1.6.0","value":4.329,"unit":"kW","at":"2023-01-17T22:45:00",…
void add_list(json::Writer& json, const std::vector<readings::SentEntry>& list) {
  json.begin_array();
  for (const readings::SentEntry& entry : list) {
    json.begin_object();
    if (entry.obis) json.plain_member("obis", cosem::to_string(*entry.obis));
    json.key("value");
    json.raw(entry.number);
    if (has_many_digits(entry.number)) json.member("exact", entry.number);
    if (!entry.unit.empty()) json.member("unit", entry.unit);
    if (!entry.at.empty()) json.plain_member("at", entry.at);
    if (!entry.at_raw.empty()) json.member("at_raw", entry.at_raw);
    if (entry.summer) json.member_raw("status", R"(["dst"])");
    if (!entry.stored.empty()) json.plain_member("stored", entry.stored);
    json.end_object();
  }
  json.end_array();
}

// A text of bytes that are no UTF-8: each is the character of its number (a unit in Latin-1).
std::string from_latin1(std::string_view text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xc0 | byte >> 6);
      utf8 += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return utf8;
}

// What telegrams alone have: the text that was sent, what it means, a time.
[[gnu::noinline, gnu::cold]] void add_sent(json::Writer& json, const readings::Sent& sent) {
  if (!sent.unit.empty()) json.member("unit", sent.unit);
  if (!sent.is_bytes) {
    const bool is_latin1 = sent.is_number() && !is_printable_utf8(sent.raw);
    is_latin1 ? json.member("raw", from_latin1(sent.raw)) : json.member("raw", sent.raw);
  }
  if (!sent.text.empty()) json.member("text", sent.text);
  if (!sent.at.empty()) json.plain_member("at", sent.at);
  if (!sent.at_raw.empty()) json.member("at_raw", sent.at_raw);
  if (sent.summer) json.member_raw("status", R"(["dst"])");
  if (sent.doubtful_count) json.plain_member("doubt", "count");
}

// A text in quotes that has been written from `begin` on.
void add_quoted(Spots* spots, Spot::What what, std::size_t begin, const Buffer& out,
                const readings::Value* value = nullptr) {
  if (spots != nullptr) spots->push_back({what, begin + 1, out.size() - 1, value});
}

// A local time or date, for one, which changes from message to message.
bool is_short_octets(const Shown& shown) {
  constexpr std::size_t kFewest = 3, kMost = 5;
  return shown.as == ShownAs::bytes && shown.sent == nullptr &&
         shown.type == axdr::type_of(Tag::octet_string).name && shown.bytes.size() >= kFewest &&
         shown.bytes.size() <= kMost;
}

// Everything but a node's number. `head` ends with the key of the value, of which there may be
// none: "hex" alone.
//   …"value":"2026-11-22T18:00:00+01:00","hex":"07ea…","type":"octet-string"}
//   …"value":14159934,"unit":"Wh","raw":"014159934*Wh","type":"p1"}
void write_other(json::Writer& json, std::string_view head, const decode::DecodedMessage& reading,
                 const readings::Value& value, Spots* spots) {
  const Shown shown = shown_of(value, *reading.nodes, reading.apdu);
  const bool is_hex =
      shown.sent != nullptr
          ? shown.as == ShownAs::bytes
          : shown.as == ShownAs::clock || shown.as == ShownAs::time || shown.as == ShownAs::bytes;
  const bool hex_alone = is_hex && shown.as != ShownAs::time && !shown.clock;
  json.raw(hex_alone ? head.substr(0, head.size() - kValueKey.size()) : head);
  if (shown.as == ShownAs::container && shown.sent != nullptr) {
    add_list(json, shown.sent->list);
  } else if (shown.as == ShownAs::container) {
    write_data_tree(json, *reading.nodes, value.node, reading.apdu);
  } else if (!hex_alone) {
    const std::size_t begin = json.buffer().size();
    add_value(json, shown);
    if (shown.clock) add_quoted(spots, Spot::What::clock, begin, json.buffer(), &value);
  }
  if (shown.sent != nullptr) add_sent(json, *shown.sent);
  if (shown.sent != nullptr && value.scaler != 0) {  // a profile's
    json.member_number("scaler", static_cast<int>(value.scaler));
  }
  if (is_hex) {
    json.key("hex");
    const std::size_t begin = json.buffer().size();
    json.hex(shown.bytes);
    if (shown.clock) add_quoted(spots, Spot::What::clock_hex, begin, json.buffer(), &value);
    if (is_short_octets(shown)) add_quoted(spots, Spot::What::octets, begin, json.buffer(), &value);
  }
  if (shown.clock) {
    add_status(json, *shown.clock);
    if (value.deviation == readings::kDeviationUnknown) json.member("doubt", "deviation");
    if (shown.clock->dst_contradicts()) json.member("doubt", "dst");
  }
  json.plain_member("type", shown.type);
  json.end_object();
}

std::string unit_member(const readings::Value& value) {
  const std::string unit = unit_of(value);
  return unit.empty() ? unit : ",\"unit\":\"" + unit + "\"";
}

std::string tail_members(const readings::Value& value, Tag tag) {
  std::string text;
  if (value.has_unit) text += ",\"scaler\":" + std::to_string(value.scaler);
  text += ",\"type\":\"";
  text += axdr::type_of(tag).name;
  return text + "\"}";
}

// Unit, scaler and type in one number, never 0.
std::uint32_t form_of(const readings::Value& value, Tag tag) {
  return static_cast<std::uint32_t>(tag) << 24 | std::uint32_t{value.unit} << 16 |
         std::uint32_t{static_cast<std::uint8_t>(value.scaler)} << 8 | (value.has_unit ? 3U : 1U);
}

}  // namespace

void ReadingJson::set_head(Prepared& ready, const readings::Value& value) {
  if (!ready.head.empty() && ready.interface_class == value.interface_class &&
      ready.attribute == value.attribute && ready.index == value.index) {
    return;
  }
  ready.interface_class = value.interface_class;
  ready.attribute = value.attribute;
  ready.index = value.index;
  Buffer text;
  json::Writer json(text);
  json.begin_object();
  json.member("obis", ready.name.code);
  if (!ready.name.name.empty()) json.member("name", ready.name.name);
  if (value.interface_class != 0) {
    json.member_number("class", value.interface_class);
    json.member_number("attr", static_cast<int>(value.attribute));
    if (value.index != 0) json.member_number("index", value.index);
  }
  json.key("value");
  ready.head = text.view();
}

void ReadingJson::Piece::set(std::string_view to) {
  // The longest: ,"scaler":-128,"type":"delta-double-long-unsigned"}
  if (to.size() > text.size()) throw std::length_error("text around a value");
  std::memcpy(text.data(), to.data(), to.size());
  size = to.size();
}

// The hot path: between prepared texts two numbers. `ready.head` ends with the key of the value.
void ReadingJson::write_number(Buffer& out, Prepared& ready, const readings::Value& value, Tag tag,
                               const Decimal& raw) {
  if (const std::uint32_t form = form_of(value, tag); ready.form != form) {
    ready.form = form;
    ready.middle.set(unit_member(value) + ",\"raw\":");
    ready.tail.set(tail_members(value, tag));
  }
  char* to = out.room(4 * kDecimalChars + ready.head.size() + 2 * sizeof ready.tail.text);
  const auto put = [&to](std::string_view text) {
    std::memcpy(to, text.data(), text.size());
    to += text.size();
  };
  if (to[-1] != '[') *to++ = ',';  // there is always something before: this is in an array
  put(ready.head);
  const Decimal shown = readings::scaled(raw, value.scaler);
  const char* const digits = to;
  to = write_decimal(to, shown);
  const std::string_view written(digits, static_cast<std::size_t>(to - digits));
  const auto spot = [&](Spot::What what, const char* begin) {
    if (spots_ == nullptr) [[likely]]
      return;
    const auto at = [&](const char* p) { return static_cast<std::size_t>(p - out.data()); };
    spots_->push_back({what, at(begin), at(to), &value});
  };
  spot(Spot::What::number, digits);
  if (shown.exceeds_double()) {
    put(",\"exact\":\"");
    put(written);
    put("\"");
  }
  ready.middle.put(to);
  const char* const raw_digits = to;
  if (value.scaler == 0) {
    put(written);
  } else {
    to = write_decimal(to, raw);
  }
  spot(Spot::What::raw, raw_digits);
  ready.tail.put(to);
  out.set_end(to);
}

void ReadingJson::write_value(json::Writer& json, const decode::DecodedMessage& reading,
                              const readings::Value& value) {
  Buffer& out = json.buffer();
  const auto raw = readings::raw_number(value, *reading.nodes, reading.apdu);
  if (value.obis) {
    Prepared& ready = prepared_.of(value, [&] { return prepare(value); });
    if ((value.interface_class | ready.interface_class) != 0) [[unlikely]] {
      set_head(ready, value);
    }
    if (raw) return write_number(out, ready, value, (*reading.nodes)[value.node].tag, *raw);
    write_other(json, ready.head, reading, value, spots_);
  } else {
    Prepared unprepared;
    Buffer head;
    json::Writer place(head);
    place.begin_object();
    if (value.place == 0) {
      place.member_number("pos", value.pos);
    } else {
      place.member("pos", place_of(value));
    }
    place.key("value");
    if (!raw) return write_other(json, head.view(), reading, value, spots_);
    unprepared.head = head.view();
    write_number(out, unprepared, value, (*reading.nodes)[value.node].tag, *raw);
  }
}

ReadingJson::Prepared ReadingJson::prepare(const readings::Value& value) const {
  Prepared ready;
  ready.name = ValueName(value, format_);
  set_head(ready, {});
  return ready;
}

namespace {

// {"class":20012,"obis":"0-0:128.0.12","attr":3}
[[gnu::noinline, gnu::cold]] void write_event(json::Writer& json, const apdu::Descriptor& event) {
  json.begin_object("event");
  json.member_number("class", event.interface_class);
  json.plain_member("obis", cosem::to_string(cosem::Obis::of(event.name)));
  json.member_number("attr", static_cast<int>(event.attribute));
  json.end_object();
}

// [{"pos":0,"why":"object-undefined"}]
void write_failures(json::Writer& json, std::span<const apdu::Failure> failures) {
  json.key("failed");
  json.begin_array();
  for (const apdu::Failure& failure : failures) {
    json.begin_object();
    json.member_number("pos", failure.place);
    if (!failure.why.empty()) json.plain_member("why", failure.why);
    json.end_object();
  }
  json.end_array();
}

// What few layouts have, behind the layout.
[[gnu::noinline, gnu::cold]] void write_rare(json::Writer& json,
                                             const decode::DecodedMessage& reading) {
  if (reading.list != nullptr) json.plain_member("list", cosem::to_string(*reading.list));
  if (!reading.profile.empty()) json.plain_member("profile", reading.profile);
  if (!reading.profile_refused.empty()) {
    json.plain_member("profile_refused", reading.profile_refused);
  }
  if (reading.misfit != nullptr) {
    json.begin_object("misfit");
    json.member_number("entries", reading.misfit->entries);
    json.member_number("values", reading.misfit->values);
    json.end_object();
  }
  if (!reading.quirk.empty() || reading.no_head) {
    json.key("quirks");
    json.begin_array();
    if (reading.no_head) json.string(decode::kNoHead);
    if (!reading.quirk.empty()) json.string(reading.quirk);
    json.end_array();
  }
  if (!reading.failures.empty()) write_failures(json, reading.failures);
  if (reading.running_s) json.member_number("running", *reading.running_s);
  if (!reading.ident.empty()) json.member("ident", reading.ident);
}

// Behind the members of a value that has been written.
[[gnu::noinline, gnu::cold]] void add_extra(Buffer& out, const decode::SmlExtra& extra) {
  if (!extra.status && !extra.doubtful_sign) return;
  out.truncate(out.size() - 1);
  json::Writer json(out);
  if (extra.status) json.member_number("status", *extra.status);
  if (extra.doubtful_sign) json.plain_member("doubt", "sign");
  json.end_object();
}

// A record begins with ts and ends its head with seq.
[[gnu::noinline, gnu::cold]] void add_head_spots(Spots& spots, const record::Head& head,
                                                 std::size_t start, const Buffer& out) {
  constexpr std::string_view kKey = "\"ts\":\"";
  if (!head.ts.empty()) {
    const std::size_t begin = out.view().find(kKey, start) + kKey.size();
    spots.push_back({Spot::What::ts, begin, begin + head.ts.size(), nullptr});
  }
  if (head.seq) add_spot(&spots, Spot::What::seq, out, std::to_string(*head.seq).size());
}

}  // namespace

void ReadingJson::write(Buffer& out, const decode::DecodedMessage& reading, Spots* spots) {
  spots_ = spots;
  json::Writer json(out);
  const std::size_t start = out.size();
  begin_record(json, record::Type::reading, reading.head);
  if (spots != nullptr) add_head_spots(*spots, reading.head, start, out);
  json.plain_member("id", reading.id);
  add_quoted(spots, Spot::What::id, out.size() - reading.id.size() - 2, out);
  if (!reading.meter.empty()) json.member("meter", reading.meter);
  if (!reading.time.empty()) {
    json.plain_member("time", reading.time);
    add_quoted(spots, Spot::What::time, out.size() - reading.time.size() - 2, out);
  }
  if (reading.doubtful_dst || reading.doubtful_deviation) {
    json.plain_member("doubt", reading.doubtful_dst ? "dst" : "deviation");
  }
  if (reading.invoke) {
    json.key("invoke");
    const std::size_t begin = out.size();
    json.number(*reading.invoke);
    add_spot(spots, Spot::What::invoke, out, out.size() - begin);
  }
  if (reading.event != nullptr) write_event(json, *reading.event);
  json.plain_member("auth", apdu::name(reading.auth));
  if (reading.replayed) json.member_boolean("replayed", true);
  json.plain_member("layout", reading.layout);
  if (reading.list != nullptr || !reading.profile.empty() || !reading.profile_refused.empty() ||
      reading.misfit != nullptr || !reading.failures.empty() || !reading.quirk.empty() ||
      reading.no_head || !reading.ident.empty() || reading.running_s) {
    write_rare(json, reading);
  }
  json.begin_array("values");
  if (reading.extras == nullptr) [[likely]] {
    for (const readings::Value& value : *reading.values) write_value(json, reading, value);
  } else {
    for (std::size_t i = 0; i < reading.values->size(); ++i) {
      write_value(json, reading, (*reading.values)[i]);
      add_extra(out, (*reading.extras)[i]);
    }
  }
  json.end_array();
  if (reading.keep_apdu) {
    json.member_hex("apdu", reading.sent.empty() ? reading.apdu : reading.sent);
  }
  record::end_record(
      json, reading.unknown == nullptr ? std::span<const json::Field>() : *reading.unknown);
}

}  // namespace meterpipe::views
