#include "obis-mqtt/payload_options.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "base/zone.hpp"

namespace meterpipe::tool {
namespace {

using cli::Word;
constexpr Word<shape::TimeFormat> kTimes[]{{"as-is", shape::TimeFormat::as_is},
                                           {"iso", shape::TimeFormat::iso},
                                           {"iso-local", shape::TimeFormat::iso_local},
                                           {"rfc3339", shape::TimeFormat::rfc3339},
                                           {"epoch", shape::TimeFormat::epoch},
                                           {"epoch-ms", shape::TimeFormat::epoch_ms},
                                           {"js", shape::TimeFormat::js}};
constexpr Word<shape::ValueFormat> kValues[]{{"plain", shape::ValueFormat::plain},
                                             {"unit", shape::ValueFormat::unit},
                                             {"json", shape::ValueFormat::json}};
constexpr Word<shape::JsonFormat> kJsons[]{{"record", shape::JsonFormat::record},
                                           {"predecessor", shape::JsonFormat::predecessor},
                                           {"influx", shape::JsonFormat::influx}};
constexpr Word<shape::EnergyUnit> kEnergies[]{{"Wh", shape::EnergyUnit::wh},
                                              {"kWh", shape::EnergyUnit::kwh}};

// A file of the zone database (RFC 8536: it begins with "TZif") below its folder.
bool is_zone_name(const std::string& name) {
  if (name.empty() || name[0] == '/' || name.find("..") != std::string::npos) return false;
  const std::string path = "/usr/share/zoneinfo/" + name;
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return false;
  char magic[4] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof magic);
  return std::string_view(magic, sizeof magic) == "TZif";
}

shape::Zone zone_of(const std::string& name) {
  if (name == "meter") return shape::Zone::meter;
  if (name == "local") return shape::Zone::local;
  if (name == "utc") return shape::Zone::utc;
  if (!is_zone_name(name)) {
    cli::usage_error("--zone: '{}' is none of meter|local|utc and no zone in /usr/share/zoneinfo",
                     name);
  }
  return shape::Zone::local;  // it is the process's by then
}

bool wants_net(const std::vector<std::string>& lists) {
  bool net = false;
  for (const std::string& list : lists) {
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t end = std::min(list.find(',', at), list.size());
      const std::string word = list.substr(at, end - at);
      if (word != "net") cli::usage_error("--derive: '{}' is none of net", word);
      net = true;
      at = end + 1;
    }
  }
  return net;
}

}  // namespace

void PayloadOptions::add_to(cli::Options& options) {
  options.choice("--language", language, {"en", "de"},
                 "make the names of values anew in this language (default en)");
  options.value("--name-format", name_format, "PATTERN",
                "make the names anew, by a pattern as in cosem-decode --name-format");
  options.choice("--umlauts", umlauts, {"keep", "replace"},
                 "in {name}: replace for ae, oe, ue, ss (default keep)");
  options.value("--topic-invalid", invalid, "REGEX",
                "in {name}: what this expression matches is replaced");
  options.value("--topic-replacement", replacement, "TEXT", "by this (nothing, if not given)");
  options.choice("--value-format", value_format, kValues,
                 "per value: 230.1, 230.1 V, or an object (default plain)");
  options.flag("--with-unit", with_unit, "the same as --value-format unit");
  options.choice("--json-format", json_format, kJsons,
                 "of a whole reading: as it is, as smart-meter-mbus-dlms wrote it, or InfluxDB's "
                 "line protocol (default record)");
  options.choice("--time-format", time_format, kTimes, "of a meter's times (default as-is)");
  options.value("--zone", zone, "meter|local|utc|NAME",
                "in which zone times are shown (default meter)");
  options.choice("--energy", energy, kEnergies, "publish energy in this unit");
  options.list("--derive", derive, "net", "a further value: power import minus export");
  // A preset may give an expression.
  options.needs("--topic-replacement", {"--topic-invalid", "--preset"});
}

shape::NameRules PayloadOptions::name_rules(const cli::Options& options) const {
  shape::NameRules rules;
  if (const auto bad = cosem::unknown_placeholder(name_format); !bad.empty()) {
    cli::usage_error("--name-format: there is no [" + bad + "]");
  }
  rules.anew = names_anew || options.given("--language") || options.given("--name-format");
  rules.format = {language == "de" ? cosem::Language::german : cosem::Language::english,
                  name_format};
  rules.replace_umlauts = umlauts == "replace";
  if (!invalid.empty()) {
    auto expression = shape::parse_expression(invalid);
    if (!expression) {
      cli::usage_error("--topic-invalid: '{}': {}", invalid, expression.error());
    }
    rules.invalid = std::move(*expression);
  }
  rules.replacement = shape::code_points(replacement);
  return rules;
}

void PayloadOptions::choose_zone() const {
  if (zone != "meter" && zone != "local" && zone != "utc") meterpipe::choose_zone(zone);
}

std::string PayloadOptions::naming() const {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", names_anew, language, name_format, umlauts, invalid,
                     replacement);
}

void PayloadOptions::apply_to(flow::PublishPlan& plan, const cli::Options& options) const {
  if (with_unit && options.given("--value-format") && value_format != shape::ValueFormat::unit) {
    cli::usage_error("--with-unit is --value-format unit; the other one is not");
  }
  plan.value_format = with_unit ? shape::ValueFormat::unit : value_format;
  plan.json_format = json_format;
  plan.shape.names = name_rules(options);
  plan.shape.energy = energy;
  plan.shape.time = time_format;
  plan.shape.zone = zone_of(zone);
  plan.shape.net = wants_net(derive);
  plan.shape.drop_zeros = drop_zeros;
}

}  // namespace meterpipe::tool
