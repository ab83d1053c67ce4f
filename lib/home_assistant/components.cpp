#include "home_assistant/components.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/decimal.hpp"
#include "home_assistant/manufacturers.hpp"
#include "json/fields.hpp"
#include "shape/name_context.hpp"
#include "shape/value_keys.hpp"

namespace meterpipe::home {
namespace {

constexpr std::string_view kPlace = "pos/";
constexpr std::size_t kMostText = 100;  // of a name from a record

struct Found {
  const record::ReadingValue* value = nullptr;
  std::size_t index = 0;  // among those of the same code or place
};

// The record's value behind a published one, by its key:
//   1-0:1.8.0    0-8:25.9.0/1 (attribute 1)    pos/34    1-0:1.8.0/#2 (the second of its code)
Found find_value(const record::ReadingRecord& record, const flow::PublishedValue& published) {
  std::string_view key = published.key;
  const bool by_place = published.obis.empty();
  std::string_view code = published.obis;
  if (by_place) {
    if (!key.starts_with(kPlace)) return {};
    key.remove_prefix(kPlace.size());
    code = key.substr(0, key.find('/'));
  }
  if (!key.starts_with(code)) return {};
  key.remove_prefix(code.size());
  std::size_t wanted = 1;
  if (const std::size_t at = key.find("/#"); at != std::string_view::npos) {
    wanted = json::to_unsigned(key.substr(at + 2)).value_or(1);
    key = key.substr(0, at);
  }
  const std::string_view attribute = key.empty() ? key : key.substr(1);
  Found found;
  std::size_t seen = 0;
  for (const record::ReadingValue& value : record.values) {
    if (by_place ? !value.obis.empty() || value.pos != code : value.obis != code) continue;
    const std::string_view attr = value.attr == "2" ? std::string_view() : value.attr;
    if (attr == attribute && ++seen == wanted) {
      found.value = &value;
      return found;
    }
    ++found.index;
  }
  return {};
}

// The text of a value, without escapes; enough for numbers, times and device names.
std::string_view plain_text(const record::ReadingValue& value) {
  std::string_view text = value.value;
  if (text.size() < 2 || text.front() != '"' || text.find('\\') != std::string_view::npos) {
    return {};
  }
  return text.substr(1, text.size() - 2);
}

bool has_zone(std::string_view time) {
  const std::size_t t = time.find('T');
  return t != std::string_view::npos && time.find_first_of("Zz+-", t) != std::string_view::npos;
}

bool is_nothing(const record::ReadingValue& value) {
  return (value.value.empty() || value.value == "null") && value.hex.empty();
}

// Hex digits of a telegram, and what they say beside them.
bool is_hex_of_text(const record::ReadingValue& value) {
  return !value.text.empty() && shape::is_of_telegram(value);
}

// 34 is a number there, '3.2' a string: the second element inside the fourth.
std::string place_in_json(std::string_view place) {
  return std::ranges::all_of(place, is_digit) ? std::string(place) : fmt::format("'{}'", place);
}

// What selects the value in a record's JSON. `values` is a method of a dict too: hence the [].
// A wired meter's value that has no code stands under its key there, "82402b".
std::string selected(const record::ReadingValue& value, std::size_t index) {
  const std::string_view named = value.obis.find('.') == std::string_view::npos ? "key" : "obis";
  const std::string chosen =
      value.obis.empty() ? fmt::format("selectattr('pos','eq',{})", place_in_json(value.pos))
                         : fmt::format("selectattr('{}','eq','{}')", named, value.obis);
  const std::string_view member = value.value.empty()     ? "hex"
                                  : is_hex_of_text(value) ? "text"
                                                          : "value";
  const std::string all =
      fmt::format("value_json['values'] | {} | map(attribute='{}')", chosen, member);
  if (index == 0) return all + " | first | default('')";
  return fmt::format("({} | list)[{}] | default('')", all, index);
}

// Local time of the meter, of summer or winter, and of no zone. It is taken for that of Home
// Assistant, which is in the same house; of the hour that comes twice W is the second, and W in
// summer is of a clock that stays at winter time, see utc_of().
std::string local_time(std::string_view shown, std::string_view season) {
  const std::string local =
      fmt::format("({}.replace(fold=1 if {} == 'W' else 0) | as_local)", shown, season);
  return fmt::format("{0} + timedelta(hours=1) if {1} == 'W' and {0}.dst() else {0}", local,
                     season);
}

// 260302070000W
std::string telegram_clock_template(std::string_view clock) {
  return fmt::format("{{{{ {} }}}}",
                     local_time(fmt::format("strptime({}[:12], '%y%m%d%H%M%S')", clock),
                                fmt::format("{}[12:]", clock)));
}

std::string time_template(TimeForm form, std::string_view from) {
  const std::string value(from);
  if (form == TimeForm::epoch_seconds) return "{{ " + value + " | float | as_datetime }}";
  if (form == TimeForm::epoch_ms) return "{{ (" + value + " | float / 1000) | as_datetime }}";
  return {};
}

// Only what is safe inside the quotes of a template.
bool is_plain_code(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || std::string_view("-:.*/").find(c) != std::string_view::npos;
  });
}

ValueFacts facts_of(const flow::PublishedReading& reading, const flow::PublishedValue& value,
                    const record::ReadingValue* source, TimeForm form) {
  ValueFacts facts;
  facts.obis = value.obis;
  facts.key = value.key;
  facts.unit = value.unit;
  facts.kind = value.kind;
  facts.channel = shape::channel_medium(reading.record, value.obis);
  facts.has_zone = form != TimeForm::as_meter && form != TimeForm::without_zone;
  if (source == nullptr) return facts;
  if (form == TimeForm::as_meter) {
    facts.has_zone = has_zone(plain_text(*source)) || shape::is_of_telegram(*source);
  }
  if (const auto number = parse_decimal(source->value)) {
    facts.is_fraction =
        compare(*number, Decimal::of(1)) <= 0 && compare(*number, Decimal::of(-1)) >= 0;
  }
  facts.is_threshold = shape::is_fuse_threshold(*source);
  facts.is_other_attribute = !source->attr.empty() && source->attr != "2";
  facts.is_structure =
      source->value.empty() || source->value.front() == '[' || source->value.front() == '{';
  return facts;
}

// None is Home Assistant's word for unknown.
constexpr std::string_view kNumberOrNone = "| is_number else None";
constexpr std::string_view kUnlessNull = "if value == 'null' else";

bool is_time(const Component& component) { return component.device_class == "timestamp"; }

// The expression of the template, or the whole payload.
std::string expression_of(const Component& component) {
  const std::string_view made = component.value_template;
  if (!made.starts_with("{{ ") || !made.ends_with(" }}")) return "value";
  return std::string(made.substr(3, made.size() - 6));
}

}  // namespace

bool is_numeric(const Component& component) {
  return !component.binary && !is_time(component) &&
         (!component.unit.empty() || !component.device_class.empty() ||
          !component.state_class.empty() || component.precision >= 0);
}

std::optional<Component> make_component(TimeForm form, const flow::PublishedReading& reading,
                                        const flow::PublishedValue& value) {
  const Found found = find_value(reading.record, value);
  if (found.value != nullptr && is_nothing(*found.value)) return std::nullopt;
  const bool from_record = value.topic.empty();
  flow::PublishedValue shown = value;
  if (from_record) {
    // The record has the meter's own unit and times.
    if (!reading.json_is_record || reading.json_topic.empty() || found.value == nullptr ||
        !is_plain_code(found.value->obis.empty() ? found.value->pos : found.value->obis)) {
      return std::nullopt;
    }
    shown.unit = found.value->unit;
    form = TimeForm::as_meter;
  }
  Component component;
  static_cast<SensorClass&>(component) = classify(facts_of(reading, shown, found.value, form));
  component.id = id_of(value.key);
  component.source = value.key;
  component.topic = from_record ? std::string(reading.json_topic) : value.topic;
  component.name = !value.name.empty()   ? value.name.substr(0, kMostText)
                   : !value.obis.empty() ? value.obis
                                         : "Value " + value.key;
  // As the meter sent it.
  const bool is_telegram_clock = value.kind == flow::PublishedValue::Kind::time &&
                                 form == TimeForm::as_meter && found.value != nullptr &&
                                 shape::is_of_telegram(*found.value);
  const bool is_number = value.kind == flow::PublishedValue::Kind::number;
  if (is_number && (!component.unit.empty() || !component.device_class.empty())) {
    component.precision = std::min(shown.decimals, 20);
  }
  const std::string_view inner = value.is_json ? "value_json.value" : "value";
  if (from_record && is_telegram_clock) {
    component.value_template = "{% set clock = " + selected(*found.value, found.index) + " %}" +
                               telegram_clock_template("clock");
  } else if (from_record) {
    component.value_template = "{{ " + selected(*found.value, found.index) + " }}";
  } else if (is_telegram_clock) {
    component.value_template = telegram_clock_template(inner);
  } else if (value.kind == flow::PublishedValue::Kind::time &&
             !time_template(form, inner).empty()) {
    component.value_template = time_template(form, inner);
  } else if (value.is_json) {
    component.value_template = "{{ value_json.value }}";
  } else if (value.has_unit && is_number) {
    component.value_template = "{{ value.split(' ')[0] }}";
  }
  return component;
}

bool may_have_reading_time(const flow::PublishedValue& value) {
  return value.key.starts_with("0-") && value.obis.find(":24.") != std::string::npos;
}

std::string reading_time_source(const flow::PublishedValue& value) { return value.key + "/at"; }

std::optional<Component> make_reading_time(const flow::PublishedReading& reading,
                                           const flow::PublishedValue& value) {
  const Found found = find_value(reading.record, value);
  if (found.value == nullptr || found.index != 0 || found.value->at.empty() ||
      !reading.json_is_record || reading.json_topic.empty() || !is_plain_code(value.obis)) {
    return std::nullopt;
  }
  Component component;
  component.id = id_of(value.key) + "_at";
  component.source = reading_time_source(value);
  component.name = (value.name.empty() ? value.obis : value.name.substr(0, kMostText)) + ", time";
  component.topic = reading.json_topic;
  component.device_class = "timestamp";
  // Local time of the meter, as its clock.
  component.value_template = fmt::format(
      "{{% set of = value_json['values'] | selectattr('obis','eq','{}') | first | default({{}}) %}}"
      "{{{{ ({}) if of.at is defined else None }}}}",
      value.obis,
      local_time("strptime(of.at, '%Y-%m-%dT%H:%M:%S')", "(of.at_raw | default(''))[-1:]"));
  return component;
}

bool reads_null(Component& component) {
  if (component.value_template.find("value_json") != std::string::npos) return false;
  if (is_numeric(component)) return reads_text(component);
  if (component.binary || has_read_null(component)) return false;
  component.value_template = fmt::format("{{{{ {} {} {} }}}}", is_time(component) ? "None" : "''",
                                         kUnlessNull, expression_of(component));
  return true;
}

bool has_read_null(const Component& component) {
  return component.value_template.find(kUnlessNull) != std::string::npos ||
         has_read_text(component);
}

bool reads_text(Component& component) {
  if (!is_numeric(component) || has_read_text(component)) return false;
  std::string& made = component.value_template;
  // A record that lacks the value says nothing of it.
  const std::string_view or_nothing =
      made.find("default('')") == std::string::npos ? "" : "number == '' or ";
  made = made.empty() ? fmt::format("{{{{ value if value {} }}}}", kNumberOrNone)
                      : fmt::format("{{% set number = {} %}}{{{{ number if {}number {} }}}}",
                                    expression_of(component), or_nothing, kNumberOrNone);
  return true;
}

bool has_read_text(const Component& component) {
  return component.value_template.find(kNumberOrNone) != std::string::npos;
}

bool describe(const record::ReadingRecord& reading, Device& device) {
  bool changed = false;
  const auto fill = [&](std::string& to, std::string_view text) {
    if (!to.empty() || text.empty()) return;
    to = text.substr(0, kMostText);
    changed = true;
  };
  fill(device.manufacturer, manufacturer_of_title(reading.title()));
  if (reading.layout == "mbus") {
    fill(device.manufacturer, manufacturer_of_identity(reading.identity()));
    fill(device.model, model_of_identity(reading.identity()));
  }
  for (const record::ReadingValue& value : reading.values) {
    const std::string_view text = plain_text(value);
    if (text.empty()) continue;
    if (value.obis == "0-0:42.0.0") fill(device.manufacturer, manufacturer_of_name(text));
    // The list's name begins with that of its maker: KFM_001, Kamstrup_V0001, AIDON_V0001.
    if (value.obis == "1-1:0.2.129") {
      for (const auto& [begin, name] : {std::pair("KFM_", "Kaifa"), std::pair("AIDON_", "Aidon"),
                                        std::pair("Kamstrup_", "Kamstrup")}) {
        if (text.starts_with(begin)) fill(device.manufacturer, name);
      }
    }
    if (value.obis == "0-0:96.1.7") fill(device.model, text);
    if (value.obis == "1-0:0.2.0") fill(device.firmware, text);
  }
  fill(device.manufacturer, manufacturer_of_name(device.meter));
  return changed;
}

}  // namespace meterpipe::home
