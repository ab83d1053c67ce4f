// What stands in the messages: names, numbers, units, times.
#pragma once

#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/pieces.hpp"
#include "base/zone.hpp"
#include "cli/options.hpp"
#include "flow/publisher.hpp"

namespace meterpipe::tool {

struct PayloadOptions {
  std::string language = "en", name_format, umlauts = "keep", invalid, replacement, zone = "meter";
  shape::ValueFormat value_format = shape::ValueFormat::plain;
  shape::JsonFormat json_format = shape::JsonFormat::record;
  shape::TimeFormat time_format = shape::TimeFormat::as_is;
  shape::EnergyUnit energy = shape::EnergyUnit::as_is;
  std::vector<std::string> derive;
  bool with_unit = false;
  // Set by a preset, not by options.
  bool names_anew = false, drop_zeros = false;

  void add_to(cli::Options& options) {
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
    options.list("--derive", derive, "net|total",
                 "further values: power import minus export; the sum of the tariffs of energy");
    // A preset may give an expression.
    options.needs("--topic-replacement", {"--topic-invalid", "--preset"});
  }
  // Usage errors are thrown here.
  void apply_to(flow::PublishPlan& plan, const cli::Options& options) const {
    if (with_unit && options.given("--value-format") && value_format != shape::ValueFormat::unit) {
      cli::usage_error("--with-unit is --value-format unit; the other one is not");
    }
    plan.value_format = with_unit ? shape::ValueFormat::unit : value_format;
    plan.json_format = json_format;
    plan.shape.names = name_rules(options);
    plan.shape.energy = energy;
    plan.shape.time = time_format;
    plan.shape.zone = zone_of(zone);
    for (const std::string& word : derived())
      (word == "net" ? plan.shape.net : plan.shape.totals) = true;
    plan.shape.drop_zeros = drop_zeros;
  }
  // Makes a zone that was named the process's: once, at its start, behind apply_to.
  void choose_zone() const {
    if (zone != "meter" && zone != "local" && zone != "utc") meterpipe::choose_zone(zone);
  }

  // All that makes a name in a topic, as a text.
  std::string naming() const {
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", names_anew, language, name_format, umlauts,
                       invalid, replacement);
  }

 private:
  static constexpr cli::Word<shape::TimeFormat> kTimes[]{
      {"as-is", shape::TimeFormat::as_is},
      {"iso", shape::TimeFormat::iso},
      {"iso-local", shape::TimeFormat::iso_local},
      {"rfc3339", shape::TimeFormat::rfc3339},
      {"epoch", shape::TimeFormat::epoch},
      {"epoch-ms", shape::TimeFormat::epoch_ms},
      {"js", shape::TimeFormat::js}};
  static constexpr cli::Word<shape::ValueFormat> kValues[]{{"plain", shape::ValueFormat::plain},
                                                           {"unit", shape::ValueFormat::unit},
                                                           {"json", shape::ValueFormat::json}};
  static constexpr cli::Word<shape::JsonFormat> kJsons[]{
      {"record", shape::JsonFormat::record},
      {"predecessor", shape::JsonFormat::predecessor},
      {"influx", shape::JsonFormat::influx}};
  static constexpr cli::Word<shape::EnergyUnit> kEnergies[]{{"Wh", shape::EnergyUnit::wh},
                                                            {"kWh", shape::EnergyUnit::kwh}};

  // A file of the zone database (RFC 8536: it begins with "TZif") below its folder.
  static bool is_zone_name(const std::string& name) {
    if (name.empty() || name[0] == '/' || name.find("..") != std::string::npos) return false;
    const std::string path = "/usr/share/zoneinfo/" + name;
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return false;
    char magic[4] = {};
    std::ifstream(path, std::ios::binary).read(magic, sizeof magic);
    return std::string_view(magic, sizeof magic) == "TZif";
  }

  static shape::Zone zone_of(const std::string& name) {
    if (name == "meter") return shape::Zone::meter;
    if (name == "local") return shape::Zone::local;
    if (name == "utc") return shape::Zone::utc;
    if (!is_zone_name(name)) {
      cli::usage_error("--zone: '{}' is none of meter|local|utc and no zone in /usr/share/zoneinfo",
                       name);
    }
    return shape::Zone::local;  // it is the process's by then
  }

  std::vector<std::string> derived() const {
    std::vector<std::string> words;
    for (const std::string& list : derive) {
      std::string_view rest = list;
      do {
        const std::string_view word = take_piece(rest, ',');
        if (word != "net" && word != "total") {
          cli::usage_error("--derive: '{}' is none of net|total", word);
        }
        words.emplace_back(word);
      } while (!rest.empty());
      if (list.ends_with(',')) cli::usage_error("--derive: '' is none of net|total");
    }
    return words;
  }

  shape::NameRules name_rules(const cli::Options& options) const {
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
      if (!expression) cli::usage_error("--topic-invalid: '{}': {}", invalid, expression.error());
      rules.invalid = std::move(*expression);
    }
    rules.replacement = shape::code_points(replacement);
    return rules;
  }
};

}  // namespace meterpipe::tool
