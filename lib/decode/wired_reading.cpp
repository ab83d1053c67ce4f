#include "decode/wired_reading.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "apdu/digest.hpp"
#include "base/ascii.hpp"
#include "base/timestamp.hpp"
#include "link/mbus.hpp"
#include "wired/obis.hpp"

namespace meterpipe::decode {
namespace {

// "kam-06855817-8-heat", of what the header has.
std::string identity_of(const wired::Header& header) {
  std::string text;
  const auto add = [&text](std::string_view part) {
    if (!text.empty()) text += '-';
    for (const char c : part) text += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  };
  if (!header.manufacturer.empty()) add(header.manufacturer);
  add(header.id);
  if (header.has_address()) add(std::to_string(header.version));
  add(wired::medium_name(header.medium));
  return text;
}

// Whom a message without an identification number is of: its line and its primary address. Empty
// where that is none of one meter.
std::string name_by_address(std::string_view src, const ByteVector& frame) {
  constexpr std::uint8_t kLastPrimary = 250;
  const std::uint8_t address = frame[link::kMbusA];
  if (src.empty() || address > kLastPrimary) return {};
  return fmt::format("{}-{}", src, address);
}

// The clock of the meter: date and time of day, now.
std::string time_of(const std::vector<wired::Record>& records) {
  constexpr std::size_t kToMinutes = 16;  // 2014-03-13T11:11
  for (const wired::Record& record : records) {
    if (!record.is_time || record.function != wired::Function::instantaneous ||
        record.storage != 0 || record.meaning.quantity != "date-time" ||
        !record.meaning.qualifiers.empty()) {
      continue;
    }
    return record.text.size() == kToMinutes ? record.text + ":00" : record.text;
  }
  return {};
}

// By the key without what tells a second record of its like.
const readings::RecordRule* rule_of(const readings::Profile& profile, const wired::Record& record) {
  const std::string_view key = std::string_view(record.key).substr(0, record.key.find('-'));
  const auto found = std::ranges::find(profile.records, key, &readings::RecordRule::key);
  return found == profile.records.end() ? nullptr : &*found;
}

Result<wired::Telegram> telegram_of(const link::Frame& frame, Bytes deciphered,
                                    bool is_deciphered) {
  if (is_deciphered) {
    const auto header = wired::parse_header(*frame.ci, frame.data);
    if (!header) return fail(Fault::header_cut, frame.bytes.size(), 0, *frame.ci);
    wired::Telegram telegram;
    telegram.header = *header;
    if (auto read = wired::parse_records(deciphered, 0, telegram); !read) {
      return tl::unexpected(read.error());
    }
    wired::number_keys(telegram.records);
    return telegram;
  }
  auto telegram = wired::parse_telegram(*frame.ci, frame.data);
  if (telegram) return telegram;
  Error error = telegram.error();
  if (error.fault != Fault::application_error) error.offset += link::kMbusData;
  return tl::unexpected(error);
}

}  // namespace

Result<void> WiredMaker::push(const record::MbusMessage& message) {
  const auto held = std::ranges::find_if(
      held_, [&](const Held& one) { return one.reading.src == message.head.src; });
  WiredReading reading;
  reading.frames.push_back(message.frame);
  reading.data.push_back(message.data);
  const link::Probe probe = message.frame.empty() ? link::Probe{link::Probe::Answer::bad}
                                                  : link::probe_mbus(reading.frames[0], true, true);
  if (probe.answer != link::Probe::Answer::found ||
      probe.frame.bytes.size() != message.frame.size() || !probe.frame.ci ||
      !wired::is_meter_message(probe.frame.c, *probe.frame.ci)) {
    return fail(Fault::no_meter_message);
  }
  const bool is_deciphered = message.security.has_value();
  const apdu::Auth auth = is_deciphered ? message.security->auth : apdu::Auth::plain;
  if (!is_deciphered) {
    const auto header = wired::parse_header(*probe.frame.ci, probe.frame.data);
    if (header &&
        wired::is_ciphered(*header, *probe.frame.ci, probe.frame.data.subspan(header->size))) {
      return fail(Fault::still_ciphered);
    }
  }
  auto telegram = telegram_of(probe.frame, reading.data[0], is_deciphered);
  if (!telegram) {
    if (held != held_.end()) end(held);
    return tl::unexpected(telegram.error());
  }
  std::string identity = identity_of(telegram->header);
  if (telegram->header.id.empty()) identity += fmt::format("-{}", probe.frame.a);
  if (const readings::Profile* const profile = profile_of(telegram->header)) {
    for (wired::Record& record : telegram->records) {
      const readings::RecordRule* const rule = rule_of(*profile, record);
      if (rule == nullptr) continue;
      record.name = rule->name;
      if (rule->is_unsigned) wired::read_unsigned(telegram->header, record);
    }
  }
  if (held != held_.end()) {
    WiredReading& open = held->reading;
    const bool same =
        held->identity == identity && telegram->header.has_access() && open.auth == auth;
    if (same && open.frames.back() == message.frame) {
      open.repeated = true;
      return {};
    }
    if (same && open.telegrams < kMostTelegrams && continues(*held, *telegram, message.head.ts)) {
      const std::size_t before = open.records.size();
      held->begins.push_back(before);
      open.frames.push_back(std::move(reading.frames[0]));
      open.data.push_back(std::move(reading.data[0]));
      std::ranges::move(telegram->records, std::back_inserter(open.records));
      wired::number_keys(open.records, before);
      append(open.maker, telegram->maker);
      open.header.status |= telegram->header.status;
      ++open.telegrams;
      held->next = static_cast<std::uint8_t>(telegram->header.access + 1);
      held->ts = message.head.ts;
      if (!telegram->more) {
        complete(open);
        held_.erase(held);
        if (last_.size() >= kMostHeld) last_.clear();
        last_.insert_or_assign(std::string(message.head.src), message.frame);
      }
      return {};
    }
    end(held);
  } else if (const auto last = last_.find(message.head.src); last != last_.end()) {
    if (last->second == message.frame) return {};
    last_.erase(last);
  }
  reading.ts = message.head.ts;
  reading.src = message.head.src;
  reading.header = telegram->header;
  reading.records = std::move(telegram->records);
  reading.maker.assign(telegram->maker.begin(), telegram->maker.end());
  reading.telegrams = 1;
  reading.auth = auth;
  for (const json::Field& field : message.unknown) {
    reading.unknown.emplace_back(field.key, field.raw);
  }
  if (!telegram->more) {
    complete(reading);
    return {};
  }
  if (held_.size() >= kMostHeld) end(held_.begin());
  const auto next = static_cast<std::uint8_t>(reading.header.access + 1);
  held_.push_back({std::move(reading), identity, std::string(message.head.ts), next, {0}});
  return {};
}

// Of the same meter as what is held.
bool WiredMaker::continues(const Held& held, const wired::Telegram& telegram, std::string_view ts) {
  constexpr Micros kSoon = 60'000'000;  // 255 bytes at 300 baud, three times, and the waiting
  if (telegram.header.access == held.next) return true;
  if (static_cast<std::uint8_t>(telegram.header.access + 1) != held.next) return false;
  const auto then = parse_timestamp(held.ts), now = parse_timestamp(ts);
  if (then && now && *now - *then > kSoon) return false;
  const auto is_like = [](const wired::Record& a, const wired::Record& b) {
    return same(a.dib, b.dib) && same(a.vib, b.vib);
  };
  const auto& records = held.reading.records;
  for (std::size_t i = 0; i < held.begins.size(); ++i) {
    const std::size_t end = i + 1 < held.begins.size() ? held.begins[i + 1] : records.size();
    const auto part = std::span(records).subspan(held.begins[i], end - held.begins[i]);
    if (std::ranges::equal(part, telegram.records, is_like)) return false;
  }
  return true;
}

const readings::Profile* WiredMaker::profile_of(const wired::Header& header) {
  if (!header.has_address()) return nullptr;
  readings::ProfileSet& set = profiles_ != nullptr ? *profiles_ : own_profiles_;
  const auto& all = set.of_meters();
  const auto found = std::ranges::find_if(all, [&](const readings::Profile& one) {
    return is_about(one, header.manufacturer, header.version, wired::medium_name(header.medium));
  });
  return found == all.end() ? nullptr : &*found;
}

void WiredMaker::end(std::list<Held>::iterator held) {
  held->reading.unfinished = true;
  complete(held->reading);
  held_.erase(held);
}

void WiredMaker::finish() {
  while (!held_.empty()) end(held_.begin());
}

void WiredMaker::complete(WiredReading& reading) {
  reading.time = time_of(reading.records);
  const wired::Header& header = reading.header;
  if (!header.id.empty()) {
    const std::string identity = identity_of(header);
    reading.id = fmt::format("{}:{}", identity, header.access);
    if (owners_.size() >= kMostMeters) owners_.clear();
    const auto owner = owners_.try_emplace(header.id, identity).first;
    reading.meter = header.id;
    if (owner->second != identity) {
      if (!header.manufacturer.empty()) reading.meter += '-' + header.manufacturer;
      reading.meter += '-';
      reading.meter += wired::medium_name(header.medium);
    }
  } else {
    reading.meter = name_by_address(reading.src, reading.frames[0]);
    reading.id = apdu::short_digest(reading.frames[0]);
    if (reading.time.empty() && !reading.ts.empty()) reading.id += '@' + reading.ts;
  }
  // A code is given once: the second of its like has its key alone.
  reading.codes.clear();
  const readings::Profile* const profile = profile_of(header);
  for (const wired::Record& record : reading.records) {
    std::optional<cosem::Obis> code;
    const readings::RecordRule* const rule =
        profile == nullptr ? nullptr : rule_of(*profile, record);
    if (rule != nullptr && rule->code) {
      code = rule->code;
    } else if (const auto bytes = wired::obis_of(header, record))
      code = cosem::Obis::of(*bytes);
    if (code && std::ranges::find(reading.codes, code) != reading.codes.end()) code.reset();
    reading.codes.push_back(code);
  }
  give_(reading);
}

}  // namespace meterpipe::decode
