#include "flow/meter_names.hpp"

#include <algorithm>

#include "apdu/ciphering_header.hpp"
#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "os/log.hpp"
#include "state/state_text.hpp"

namespace meterpipe::flow {
namespace {

constexpr std::size_t kMostNumbersSaid = 100;  // of a meter
constexpr std::string_view kMeterPrefix = "meter/";
constexpr std::string_view kMeterVersion = "2";  // 1: the bare name

std::string_view first_of(std::string_view a, std::string_view b, std::string_view c) {
  return !a.empty() ? a : !b.empty() ? b : c;
}

// The system title of a record about a ciphered APDU, or nothing.
std::string_view title_of(record::Line& line) {
  const json::Field* security = line.find("security");
  std::vector<json::Field> members;
  if (security == nullptr || !json::split_object(security->raw, members)) return {};
  for (const json::Field& member : members) {
    if (member.key == "title") return line.text_of(member).value_or("");
  }
  return {};
}

constexpr std::string_view kWired = "mbus";  // layout

// "12345678-KAM-heat" of "kam-12345678-27-heat".
std::string longer_name(std::string_view identity) {
  std::string maker, rest(identity);
  const std::size_t first = rest.find('-');
  if (first == 3) {
    for (std::size_t i = 0; i < first; ++i) maker.push_back(upper(rest[i]));
    rest.erase(0, first + 1);
  }
  const std::size_t version = rest.find('-');
  if (version == std::string::npos) return std::string(identity);
  const std::size_t medium = rest.find('-', version + 1);
  const std::string tail = rest.substr(medium == std::string::npos ? version : medium);
  return rest.substr(0, version) + (maker.empty() ? "" : "-" + maker) + tail;
}

// The system title with which a ciphered APDU begins that nobody has looked into yet, in hex.
std::string title_in_apdu(record::Line& line) {
  constexpr std::size_t kMostDigits = 256;  // the longest header is far shorter
  if (line.type() != record::Type::apdu) return {};
  const std::string_view digits = line.text_at("hex").value_or("");
  ByteVector head;
  if (!append_hex(head, digits.substr(0, kMostDigits))) return {};
  const auto security = apdu::glimpse(head);
  return security && !security->title.empty() ? to_hex(security->title) : "";
}

std::string key_of_title(std::string_view title) { return std::string(kMeterPrefix).append(title); }

}  // namespace

MeterNames::MeterNames(state::Meters& meters, Stage& first, const Observers& observers)
    : meters_(meters),
      first_(first),
      observers_(observers),
      titles_(meters, [](const state::Meter&, const Titles& titles) {
        std::vector<std::string> keys;
        for (const std::string& title : titles.known) keys.push_back(key_of_title(title));
        return keys;
      }) {
  titles_.on_forget([this](const state::Meter&, const Titles& titles) {
    for (const std::string& title : titles.known) meter_of_title_.erase(title);
  });
}

void MeterNames::reading(record::Line& line, record::ReadingRecord& reading) {
  const std::string_view name = first_of(reading.meter, reading.head.src, "unknown");
  const bool is_wired = reading.layout == kWired;
  const std::string_view identity = reading.identity();
  state::Meter& meter =
      is_wired ? meter_of(own_name(name, identity), identity) : meter_of(name, identity);
  reading.meter = meter.name();
  observers_.tell(&Observer::arrived, reading, meter);
  first_.reading(line, reading, meter);
  observers_.tell(&Observer::settled, reading, meter);
}

void MeterNames::error(record::Line& line) {
  state::Meter& meter = meter_of_error(line);
  first_.error(line, meter);
  observers_.tell(&Observer::error, line, meter);
}

state::Meter& MeterNames::meter_of_error(record::Line& line) {
  const std::string_view title = title_of(line);
  const auto known = meter_of_title_.find(title);
  if (known != meter_of_title_.end()) {
    meters_.heard(*known->second);
    return *known->second;
  }
  state::Meter& meter = meters_.heard(first_of(title, line.head().src, "unknown"));
  look_at_bound();
  return meter;
}

// Two meters on M-Bus may share an id: the second one has manufacturer and medium behind it, and
// one that shares these, too, all that it is.
std::string MeterNames::own_name(std::string_view name, std::string_view identity) const {
  if (const auto known = meter_of_title_.find(identity); known != meter_of_title_.end()) {
    return known->second->name();
  }
  if (identity.empty() || !is_of_another(name, identity)) return std::string(name);
  const std::string longer = longer_name(identity);
  return is_of_another(longer, identity) ? std::string(identity) : longer;
}

bool MeterNames::is_of_another(std::string_view name, std::string_view identity) const {
  const state::Meter* const meter = meters_.find(name);
  const Titles* const titles = meter == nullptr ? nullptr : titles_.find(*meter);
  return titles != nullptr && !titles->known.empty() &&
         std::ranges::find(titles->known, identity) == titles->known.end();
}

state::Meter& MeterNames::meter_of(std::string_view name, std::string_view title) {
  const auto known = title.empty() ? meter_of_title_.end() : meter_of_title_.find(title);
  if (known != meter_of_title_.end()) {
    state::Meter& meter = *known->second;
    meters_.heard(meter);
    if (meter.name() != name) say_number(meter, title, name);
    return meter;
  }
  state::Meter& meter = meters_.heard(name);
  if (!title.empty()) add_title(meter, title);
  look_at_bound();
  return meter;
}

void MeterNames::add_title(state::Meter& meter, std::string_view title) {
  make_room(meter);
  titles_.of(meter).known.emplace_back(title);
  meter_of_title_.emplace(title, &meter);
  titles_.change(meter);
}

// A source without numbers may bring many titles under one name: of those the first one goes, else
// the meter that was not heard of for longest, with all of its own.
void MeterNames::make_room(state::Meter& meter) {
  while (meter_of_title_.size() >= meters_.most()) {
    Titles& titles = titles_.of(meter);
    if (titles.known.empty()) {
      meters_.forget(meters_.oldest());
      continue;
    }
    meter_of_title_.erase(titles.known.front());
    titles_.drop_key(meter, key_of_title(titles.known.front()));
    titles.known.erase(titles.known.begin());
    titles.saved -= titles.saved == 0 ? 0 : 1;
  }
}

void MeterNames::say_number(state::Meter& meter, std::string_view title, std::string_view number) {
  auto& said = titles_.of(meter).said;
  if (said.size() >= kMostNumbersSaid ||
      !said.emplace(fmt::format("{} {}", title, number)).second) {
    return;
  }
  os::log_warning(
      "the meter with the title {} now gives its number as {}: it stays {} on its topics", title,
      number, meter.name());
}

void MeterNames::look_at_bound() {
  if (said_full_ || meters_.forgotten() == 0) return;
  os::log_warning(
      "more than {} meters (--meters): those that were not heard of for longest are forgotten",
      meters_.most());
  said_full_ = true;
}

void MeterNames::say_forgotten() const {
  if (meters_.forgotten() == 0) return;
  os::log_warning("more than {} meters (--meters): {} were forgotten", meters_.most(),
                  meters_.forgotten());
}

std::string MeterNames::meter_of(record::Line& line) const {
  std::string title(title_of(line));
  if (title.empty()) title = title_in_apdu(line);
  const auto known = meter_of_title_.find(title);
  if (known != meter_of_title_.end()) return known->second->name();
  return std::string(first_of(title, line.head().src, "unknown"));
}

// version, name
void MeterNames::save_changes(const Save& save) {
  titles_.save_changes(save, [&](const state::Meter& meter, Titles& titles) {
    if (titles.saved == titles.known.size()) return;
    state::StateWriter to;
    to.add(kMeterVersion, meter.name());
    const std::string text = to.take();
    for (; titles.saved < titles.known.size(); ++titles.saved) {
      save(key_of_title(titles.known[titles.saved]), text);
    }
  });
}

void MeterNames::restore(std::string_view key, std::string_view text) {
  if (!key.starts_with(kMeterPrefix)) return;
  const std::string_view title = key.substr(kMeterPrefix.size());
  const bool is_older = !state::has_version(text, kMeterVersion);
  std::string_view name = text;
  if (!is_older) {
    state::StateReader from(text);
    from.text();  // the version
    name = from.text();
    if (!from.done()) return;
  }
  if (title.empty() || name.empty()) return;
  state::Meter& meter = meters_.restored(name);
  if (!meter_of_title_.emplace(title, &meter).second) return;
  Titles& titles = titles_.of(meter);
  titles_.mark_saved(meter);
  if (is_older) {  // behind those that are saved
    titles.known.emplace_back(title);
    titles_.change(meter);
  } else {
    titles.known.emplace(titles.known.begin() + static_cast<long>(titles.saved++), title);
  }
}

}  // namespace meterpipe::flow
