#include "decoder/decoder.hpp"

#include <stdexcept>
#include <utility>

#include "apdu/open.hpp"
#include "base/buffer.hpp"
#include "decode/frame_source.hpp"
#include "decode/reading_maker.hpp"
#include "keys/key_finder.hpp"
#include "keys/keys.hpp"
#include "os/status.hpp"
#include "readings/profile.hpp"
#include "record/line.hpp"
#include "record/reading_record.hpp"
#include "record/records.hpp"
#include "views/reading_json.hpp"

namespace meterpipe {
namespace {

constexpr std::string_view kBy = "meterpipe-decoder";

keys::KeyRing ring_of(std::string_view text) {
  std::vector<std::string> warnings;
  try {
    return keys::KeyRing::parse(text, "keys", warnings);
  } catch (const os::Fatal& error) {
    throw std::runtime_error(error.what());
  }
}

// The JSON text of a value, without the quotes of a text.
std::string value_of(record::Line& line, std::string_view raw) {
  if (raw.empty() || raw == "null") return {};
  if (const auto text = line.text_of(raw)) return std::string(*text);
  return std::string(raw);
}

}  // namespace

struct Decoder::Parts final : decode::FrameRecordSink {
  explicit Parts(std::string_view text) : ring(ring_of(text)), finder(ring) {}

  void give(const record::ApduRecord& record) override {
    record::ApduRecord one = record;
    apdu::Auth auth = apdu::Auth::plain;
    ByteVector plain;
    if (apdu::is_ciphered(record.bytes)) {
      apdu::Opener opener(finder, apdu::AuthMode::check, {});
      apdu::Security security;
      if (auto opened = opener.open(record.bytes, security, plain); !opened) {
        return complain(record, opened.error());
      }
      auth = security.auth;
      one.security = std::move(security);
      one.bytes = plain;
    }
    const auto made = maker.make(one, auth);
    if (!made) return complain(one, made.error());
    for (decode::DecodedMessage* reading = *made; reading != nullptr; reading = maker.next(one)) {
      Buffer out;
      json.write(out, *reading);
      keep(std::string(out.view()));
    }
  }
  void give(const record::FrameRecord&) override {}
  void give(const record::MbusRecord&) override {}
  void give(const record::ErrorRecord& record) override {
    Buffer out;
    record::write(out, record);
    errors.emplace_back(out.view());
  }

  void complain(const record::ApduRecord& record, const Error& error) {
    give(record::error_record(record.head, kBy, error, record.bytes));
  }

  void keep(std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    Reading reading;
    record::Line line;
    record::ReadingRecord record;
    if (line.parse(text) && record::read(line, record)) {
      reading.meter = record.meter;
      reading.time = record.time;
      reading.auth = record.auth;
      for (const record::ReadingValue& one : record.values) {
        reading.values.push_back({std::string(one.obis), std::string(one.name),
                                  value_of(line, one.value), std::string(one.unit)});
      }
    }
    reading.json = std::move(text);
    readings.push_back(std::move(reading));
  }

  keys::KeyRing ring;
  keys::KeyFinder finder;
  decode::FrameSettings settings;
  decode::FrameSource source{kBy, {}, settings, *this};
  decode::ReadingMaker maker{readings::ProfileSet(), {}};
  views::ReadingJson json{cosem::NameFormat{}};
  std::vector<Reading> readings;
  std::vector<std::string> errors;
};

Decoder::Decoder(std::string_view keys) : parts_(std::make_unique<Parts>(keys)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

void Decoder::push(std::span<const std::uint8_t> bytes) { parts_->source.push(bytes, {}); }
void Decoder::finish() { parts_->source.finish(); }
std::vector<Reading> Decoder::readings() { return std::exchange(parts_->readings, {}); }
std::vector<std::string> Decoder::errors() { return std::exchange(parts_->errors, {}); }

}  // namespace meterpipe
