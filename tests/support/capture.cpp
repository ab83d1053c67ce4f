#include "support/capture.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "base/decimal.hpp"
#include "base/hex.hpp"
#include "support/programs.hpp"

namespace meterpipe::test {
namespace {

std::string header(const std::string& text, const std::string& key) {
  for (const std::string& line : lines_of(text)) {
    const std::string start = "# " + key + ": ";
    if (line.starts_with(start)) return line.substr(start.size());
  }
  return {};
}

std::string without_255(std::string code) {
  if (code.ends_with("*255")) code.resize(code.size() - 4);
  return code;
}

int integer(const Json& json) {
  int value = 0;
  const std::string& raw = json.raw();
  std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return value;
}

// A number that stands as 237.0 or 237 is the same number.
std::string trimmed_number(std::string text) {
  if (text.find('.') != std::string::npos) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string expected_time(const Json& time) {
  std::string text = time["local"].text();
  const Json deviation = time["deviation_min"];
  if (deviation) {
    const int offset = -integer(deviation);
    char zone[16];
    std::snprintf(zone, sizeof zone, "%c%02d:%02d", offset < 0 ? '-' : '+', std::abs(offset) / 60,
                  std::abs(offset) % 60);
    text += zone;
  }
  return text;
}

constexpr std::string_view kListName = "0-6:25.9.0";  // Kärnten, IM350, Wels

class Comparison {
 public:
  std::vector<std::string> wrong;

  void equal(const std::string& what, const std::string& got, const std::string& want) {
    if (got != want) wrong.push_back(what + ": is " + got + ", expected " + want);
  }

  // `by_profile`: a profile was applied, which may name what the meter left nameless.
  void value(const std::string& where, const Json& got, const Json& want, bool by_profile) {
    name(where, got, want, by_profile);
    if (want["datetime"]) {
      equal(where + " time", got["value"].text(), expected_time(want["datetime"]));
      equal(where + " hex", got["hex"].text(), want["datetime"]["hex"].text());
      return;
    }
    if (want["raw"].raw().starts_with("\"")) return telegram_value(where, got, want);
    if (want["raw"]) {
      equal(where + " raw", trimmed_number(got["raw"].text()), trimmed_number(want["raw"].text()));
    }
    const Json scaler = want["scaler"];
    if (scaler) {
      scaled(where, got, want, integer(scaler));
    } else if (want["raw"]) {
      if (got["scaler"].present() && !by_profile)
        wrong.push_back(where + ": a scaler that the meter did not send");
    } else if (want["value"].raw().starts_with("{")) {
      equal(where + " value", got["value"].raw(), Json::parse(want["value"].raw()).raw());
    } else {
      const Json shown = got["value"].present() ? got["value"] : got["hex"];
      equal(where + " value", shown.text(), want["value"].text());
    }
  }

 private:
  void name(const std::string& where, const Json& got, const Json& want, bool by_profile) {
    const std::string code = without_255(want["obis"].text());
    if (code == kListName && !want["class"]) {
      // What stands before the serial number is the list's own name.
    } else if (want["obis"]) {
      equal(where + " obis", got["obis"].text(), code);
    } else if (got["obis"].present() && !by_profile) {
      wrong.push_back(where + ": has an OBIS code that the meter did not send");
    } else if (!got["obis"].present()) {
      equal(where + " pos", got["pos"].text(), want["pos"].text());
    }
    for (const char* key : {"class", "attr"}) {
      if (want[key]) equal(where + " " + key, got[key].text(), want[key].text());
    }
  }

  // 1-0:1.8.0(014159934*Wh): a number as sent, or a text.
  void telegram_value(const std::string& where, const Json& got, const Json& want) {
    equal(where + " raw", got["raw"].text(), want["raw"].text());
    equal(where + " unit", got["unit"].present() ? got["unit"].text() : "null",
          want["unit"].text());
    equal(where + " value", trimmed_number(got["value"].text()),
          trimmed_number(want["value"].text()));
  }

  void scaled(const std::string& where, const Json& got, const Json& want, int scaler) {
    const std::string raw = want["raw"].text();
    Decimal exact;
    const bool negative = raw.starts_with("-");
    std::from_chars(raw.data() + (negative ? 1 : 0), raw.data() + raw.size(), exact.magnitude);
    exact.negative = negative;
    exact.exponent = scaler;
    equal(where + " value", got["value"].text(), to_string(exact));
    equal(where + " unit", got["unit"].text(), want["unit"].text());
  }
};

std::string hex_byte(const std::string& text) { return text.substr(text.find('x') + 1); }

}  // namespace

std::string captures_folder() {
  if (const char* given = std::getenv("METERPIPE_CAPTURES")) return given;
  return std::filesystem::path(__FILE__).parent_path() / "../../../shared/captures";
}

std::vector<Capture> load_captures(const std::string& folder) {
  std::vector<Capture> captures;
  if (!std::filesystem::is_directory(folder)) return captures;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".hex") continue;
    Capture capture;
    capture.id = entry.path().stem();
    const std::string text = read_file(entry.path());
    capture.transport = header(text, "transport");
    capture.category = header(text, "category");
    const std::string key = header(text, "key"), second = header(text, "authentication-key");
    capture.title = header(text, "system-title");
    if (!key.empty()) capture.keys = "* " + key + (second.empty() ? "" : " " + second) + "\n";
    for (const std::string& line : lines_of(text)) {
      if (!line.empty() && line[0] != '#') append_hex(capture.bytes, line);
    }
    capture.expected = Json::parse(read_file(folder + "/" + capture.id + ".expected.json"));
    captures.push_back(std::move(capture));
  }
  std::sort(captures.begin(), captures.end(),
            [](const Capture& a, const Capture& b) { return a.id < b.id; });
  return captures;
}

bool is_about_the_line(const Json& record) {
  const std::string code = record["code"].text();
  return code == "noise" || code == "truncated" || code == "bad-checksum" || code == "bad-fcs" ||
         code == "segment-lost" || code == "block-lost";
}

std::vector<std::string> compare(const Capture& capture, const std::vector<Json>& records) {
  std::vector<Json> readings, errors;
  for (const Json& record : records) {
    const std::string type = record["t"].text();
    if (type == "reading") readings.push_back(record);
    // A stream may begin within a message: what is left of that one is an error of its own.
    const bool of_one_before = readings.empty() && is_about_the_line(record);
    if (type == "error" && !of_one_before) errors.push_back(record);
  }
  if (capture.category == "negative") return expect_reason_only(records);

  Comparison result;
  std::size_t reading = 0, error = 0;
  for (const Json& apdu : capture.expected["apdus"].elements()) {
    const std::string status = apdu["status"].text();
    if (status == "no-key") {
      if (error >= errors.size()) {
        result.wrong.push_back("no error record for an APDU without a key");
        continue;
      }
      const Json& one = errors[error++];
      result.equal("error code", one["code"].text(), "no-key");
      result.equal("error counter", one["security"]["counter"].text(),
                   apdu["invocation_counter"].text());
      result.equal("error sc", one["security"]["sc"].text(),
                   hex_byte(apdu["security_control"].text()));
      if (one["security"]["title"].text().size() != 16) {
        result.wrong.push_back("no-key error without a system title");
      }
      continue;
    }
    if (reading >= readings.size()) {
      result.wrong.push_back("no reading for an APDU");
      continue;
    }
    const Json& got = readings[reading++];
    if (const Json time = apdu["date_time"]; time && time["local"]) {
      result.equal("time", got["time"].text(), expected_time(time));
    }
    if (const Json tag = apdu["tag_ok"]; tag.text() == "true") {
      result.equal("auth", got["auth"].text(), "verified");
    }
    const auto want = apdu["values"].elements(), values = got["values"].elements();
    result.equal("number of values", std::to_string(values.size()), std::to_string(want.size()));
    for (std::size_t i = 0; i < std::min(want.size(), values.size()); ++i) {
      result.value("value " + std::to_string(i), values[i], want[i], got["profile"].present());
    }
  }
  if (reading < readings.size()) result.wrong.push_back("more readings than APDUs");
  if (error < errors.size()) {
    result.wrong.push_back("an error: " + errors[error]["code"].text() + ": " +
                           errors[error]["text"].text());
  }
  return result.wrong;
}

std::vector<std::string> compare_the_last(const Capture& capture,
                                          const std::vector<Json>& records) {
  std::vector<Json> messages;
  for (const Json& record : records) {
    const bool no_key = record["t"].text() == "error" && record["code"].text() == "no-key";
    if (no_key || record["t"].text() == "reading") messages.push_back(record);
  }
  const std::size_t wanted = capture.expected["apdus"].elements().size();
  if (messages.size() < wanted) return {"fewer messages than APDUs"};
  const auto last = messages.end() - static_cast<std::ptrdiff_t>(wanted);
  auto wrong = compare(capture, {last, messages.end()});
  const auto content = [](const Json& message) {
    return message["values"].raw() + message["security"].raw();
  };
  for (auto one = messages.begin(); one != last; ++one) {
    if (std::none_of(last, messages.end(),
                     [&](const Json& known) { return content(known) == content(*one); })) {
      wrong.push_back("a message that nobody sent: " + one->raw());
    }
  }
  return wrong;
}

std::vector<std::string> expect_reason_only(const std::vector<Json>& records) {
  std::vector<std::string> wrong;
  std::size_t reasons = 0;
  for (const Json& record : records) {
    if (record["t"].text() == "reading") wrong.push_back("a reading where there must be none");
    if (record["t"].text() != "error") continue;
    if (record["code"].text().empty() || record["text"].text().empty()) {
      wrong.push_back("an error without code or text");
    }
    ++reasons;
  }
  if (reasons == 0) wrong.push_back("no error record that says why");
  return wrong;
}

}  // namespace meterpipe::test
