#include "flow/meter_names.hpp"

#include <vector>

#include "os/log.hpp"

namespace meterpipe::flow {
namespace {

constexpr std::size_t kMostMeters = 1000;  // whose titles are remembered
constexpr std::string_view kMeterPrefix = "meter/";

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

}  // namespace

void MeterNames::reading(record::Line& line, const record::ReadingRecord& reading) {
  record::ReadingRecord named = reading;
  named.meter = first_of(reading.meter, reading.head.src, "unknown");
  const std::string_view title = reading.title();
  if (!title.empty()) {
    const auto known = meter_of_title_.find(title);
    if (known != meter_of_title_.end()) {
      if (known->second != named.meter && said_.size() < kMostMeters &&
          said_.emplace(fmt::format("{} {}", title, named.meter)).second) {
        os::log_warning(
            "the meter with the title {} now gives its number as {}: it stays {} on its topics",
            title, named.meter, known->second);
      }
      named.meter = known->second;
    } else if (meter_of_title_.size() < kMostMeters) {
      meter_of_title_.emplace(title, named.meter);
      changed_.emplace(title);
    }
  }
  next().reading(line, named);
}

void MeterNames::error(record::Line& line, std::string_view) { next().error(line, meter_of(line)); }

std::string_view MeterNames::meter_of(record::Line& line) const {
  const std::string_view title = title_of(line);
  const auto known = meter_of_title_.find(title);
  if (known != meter_of_title_.end()) return known->second;
  return first_of(title, line.head().src, "unknown");
}

void MeterNames::save_changes(const Save& save) {
  for (const std::string& title : changed_) {
    save(std::string(kMeterPrefix) + title, meter_of_title_.find(title)->second);
  }
  changed_.clear();
}

void MeterNames::restore(std::string_view key, std::string_view text) {
  if (key.starts_with(kMeterPrefix)) meter_of_title_.emplace(key.substr(kMeterPrefix.size()), text);
}

}  // namespace meterpipe::flow
