// cosem-decode: plain APDUs in, readings out. A-XDR, OBIS codes, units, clocks.

#include <array>
#include <charconv>

#include "apdu/ciphered.hpp"
#include "apdu/digest.hpp"
#include "apdu/notification.hpp"
#include "cli/filter.hpp"
#include "cosem/clock.hpp"
#include "cosem/names.hpp"
#include "io/status.hpp"
#include "readings/infer.hpp"
#include "readings/text.hpp"
#include "record/asn_writers.hpp"
#include "record/fault_text.hpp"
#include "record/hex_line.hpp"
#include "record/reading_writer.hpp"

namespace meterpipe {
namespace {

struct Settings {
  cli::Common common;
  std::string output = "json";
  std::string xml = "predecessor";
  std::string language = "en";
  std::string name_format;
  std::vector<std::string> only;
  std::vector<std::string> keep;
  bool list_names = false;

  cosem::NameFormat names() const {
    return {language == "de" ? cosem::Language::german : cosem::Language::english, name_format};
  }
};

enum class View : std::uint8_t { json, text, csv, xml, tree, hex };

View view_of(const std::string& name) {
  return name == "text"   ? View::text
         : name == "csv"  ? View::csv
         : name == "xml"  ? View::xml
         : name == "tree" ? View::tree
         : name == "hex"  ? View::hex
                          : View::json;
}

class CosemDecode final : public cli::Filter {
 public:
  CosemDecode(const Settings& settings, std::vector<cosem::ObisPattern> only)
      : Filter("cosem-decode", settings.common),
        view_(view_of(settings.output)),
        dialect_(settings.xml == "gurux" ? record::XmlDialect::gurux
                                         : record::XmlDialect::predecessor),
        only_(std::move(only)),
        keep_apdu_(!settings.keep.empty()),
        writer_(settings.names()) {
    if (view_ == View::csv) buffer().add(record::ReadingWriter::csv_header());
  }

 private:
  bool passes_records() const override { return view_ == View::json; }
  bool wants_whole_files() const override { return true; }

  Result<bool> handle(record::Line& line) override {
    if (line.type() != record::Type::apdu) return false;
    if (auto read = record::read(line, record_); !read) return tl::unexpected(read.error());
    // Nobody deciphered it: so it came plain.
    decode(record_.security ? record_.security->auth : apdu::Auth::plain);
    return true;
  }

  void handle_piece(const record::Piece& piece, const record::Head& head) override {
    record_ = {};
    record_.head = head;
    record_.bytes.assign(piece.bytes.begin(), piece.bytes.end());
    const apdu::Auth auth = apdu::auth_of(piece.meta.auth).value_or(apdu::Auth::unknown);
    record_.security = record::security_of(piece.meta);
    decode(auth);
  }

  void decode(apdu::Auth auth) {
    const Bytes apdu = record_.bytes;
    if (view_ == View::xml || view_ == View::tree) return draw(apdu);
    if (apdu::is_ciphered(apdu)) {
      const auto ciphered = apdu::parse_ciphered(apdu);
      if (!ciphered) {
        const auto seen = apdu::glimpse(apdu);
        return refuse(ciphered.error(), seen ? &*seen : nullptr);
      }
      const apdu::Security security = apdu::security_of(*ciphered);
      return refuse(Error{Fault::no_key}, &security);
    }
    const auto header = apdu::parse_notification(apdu, nodes_);
    if (!header) return refuse(header.error(), record_.security ? &*record_.security : nullptr);
    if (view_ == View::hex) {
      record::write_hex_line(buffer(), record_.head,
                             record_.security ? &*record_.security : nullptr, apdu);
    } else {
      give(*header, auth);
    }
    output().record_done();
    count_one();
  }

  void give(const apdu::Notification& header, apdu::Auth auth) {
    const Bytes apdu = record_.bytes;
    readings::infer(nodes_, apdu, inferred_);
    record::Reading reading;
    reading.head = record_.head;
    reading.auth = auth;
    reading.layout = readings::name(inferred_.layout);
    reading.apdu = apdu;
    reading.nodes = &nodes_;
    reading.values = &inferred_.values;
    reading.keep_apdu = keep_apdu_;
    reading.unknown = &record_.unknown;
    if (header.has_invoke) reading.invoke = header.invoke();

    const auto clock = clock_of(header);
    if (clock) {
      reading.time = {time_.data(),
                      static_cast<std::size_t>(clock->write_iso(time_.data()) - time_.data())};
      reading.doubtful_dst = clock->dst_contradicts();
    }
    meter_ = meter_number();
    reading.meter = meter_;
    make_id(header);
    reading.id = id_;
    if (!only_.empty()) keep_only();

    if (view_ == View::text) {
      if (text_before_) buffer().add('\n');
      text_before_ = true;
      writer_.write_text(buffer(), reading);
    } else if (view_ == View::csv) {
      writer_.write_csv(buffer(), reading);
    } else {
      writer_.write_json(buffer(), reading);
    }
  }

  // The APDU's own time, else the clock in the body.
  std::optional<cosem::Clock> clock_of(const apdu::Notification& header) const {
    if (auto clock = cosem::parse_clock(header.date_time)) return clock;
    if (!inferred_.clock) return std::nullopt;
    const axdr::Node& node = nodes_[inferred_.values[*inferred_.clock].node];
    return cosem::parse_clock(Bytes(record_.bytes).subspan(node.offset, node.size));
  }

  // The number in the body, else Kaifa's in the system title, else the title.
  std::string meter_number() const {
    if (inferred_.number) {
      const axdr::Node& node = nodes_[inferred_.values[*inferred_.number].node];
      if (const auto text = readings::text_of(node, record_.bytes)) return std::string(*text);
    }
    if (!record_.security || record_.security->title.empty()) return {};
    std::string number = readings::number_of_title(record_.security->title);
    return number.empty() ? to_hex(record_.security->title) : number;
  }

  // title:counter; without a cipher a digest of the APDU, which needs a time to be one of its kind.
  void make_id(const apdu::Notification& header) {
    id_.clear();
    if (record_.security && record_.security->has_control && !record_.security->title.empty()) {
      const Bytes title = record_.security->title;
      char text[2 * apdu::kTitleLength + 16];
      char* end = write_hex(text, title);
      *end++ = ':';
      end = std::to_chars(end, text + sizeof text, record_.security->counter).ptr;
      id_.append(text, end);
      return;
    }
    id_ = apdu::short_digest(record_.bytes);
    if (header.date_time.empty() && !record_.head.ts.empty()) {
      id_ += '@';
      id_ += record_.head.ts;
    }
  }

  void keep_only() {
    std::erase_if(inferred_.values, [this](const readings::Value& value) {
      if (!value.obis) return true;
      for (const cosem::ObisPattern& pattern : only_) {
        if (pattern.matches(*value.obis)) return false;
      }
      return true;
    });
  }

  void draw(Bytes apdu) {
    const auto drawn = view_ == View::xml ? record::write_xml(buffer(), apdu, dialect_)
                                          : record::write_tree(buffer(), apdu);
    if (!drawn) return refuse(drawn.error(), record_.security ? &*record_.security : nullptr);
    output().record_done();
    count_one();
  }

  void refuse(const Error& error, const apdu::Security* security) {
    record::ErrorRecord record =
        record::error_record(record_.head, "cosem-decode", error, record_.bytes);
    record.security = security;
    give_error(record);
  }

  View view_;
  record::XmlDialect dialect_;
  std::vector<cosem::ObisPattern> only_;
  bool keep_apdu_;
  bool text_before_ = false;
  record::ReadingWriter writer_;
  record::ApduRecord record_;
  axdr::Nodes nodes_;
  readings::Inferred inferred_;
  std::array<char, cosem::kIsoChars> time_{};
  std::string meter_, id_;
};

// --only 1-0:1.8.0,1.7.0,…
std::vector<cosem::ObisPattern> patterns_of(const std::vector<std::string>& lists) {
  std::vector<cosem::ObisPattern> patterns;
  for (const std::string& list : lists) {
    std::string_view rest = list;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      const std::string_view one = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const auto pattern = cosem::parse_obis(one);
      if (!pattern) {
        cli::usage_error("--only: '" + std::string(one) + "' is no OBIS code (1-0:1.8.0 or 1.8.0)");
      }
      patterns.push_back(*pattern);
    }
  }
  return patterns;
}

int list_names(const cosem::NameFormat& format) {
  io::Output output;
  for (const cosem::Obis& code : cosem::listed_codes()) {
    output.buffer().add(cosem::to_string(code));
    output.buffer().add('\t');
    output.buffer().add(cosem::name_of(code, format));
    output.buffer().add('\n');
  }
  output.close();
  return io::kOk;
}

int run(int argc, char** argv) {
  Settings settings;
  cli::Options options("cosem-decode",
                       "Decode DLMS APDUs into readings: OBIS codes, exact values, units, times.");
  cli::add_filter_options(options, settings.common, "messages");
  options.choice("-o,--output", settings.output, {"json", "text", "csv", "xml", "tree", "hex"},
                 "json: records (default); text: a value a line; csv; xml and tree (JSON): the "
                 "APDU by the names of its ASN.1 module; hex: the APDU");
  options.choice("--xml", settings.xml, {"predecessor", "gurux"},
                 "dialect of -o xml: of smart-meter-mbus-dlms (default), or the Gurux "
                 "translator's simple XML");
  options.list("--only", settings.only, "OBIS,…", "only the values of these codes");
  options.list("--keep", settings.keep, "apdu", "keep the APDU's hex in the reading");
  options.choice("--lang", settings.language, {"en", "de"}, "language of the names (default en)");
  options.value("--name-format", settings.name_format, "PATTERN",
                "names by a pattern of [medium] [channel] [measurement] [measurementType] "
                "[tariff] [previousMeasurement]");
  options.flag("--list-names", settings.list_names, "print the codes that have a name, and end");
  options.parse(argc, argv);
  cli::apply_log_options("cosem-decode", settings.common);
  for (const std::string& what : settings.keep) {
    if (what != "apdu") cli::usage_error("--keep: '" + what + "' is not apdu");
  }
  if (const auto bad = cosem::unknown_placeholder(settings.name_format); !bad.empty()) {
    cli::usage_error("--name-format: there is no [" + bad + "]");
  }
  if (settings.list_names) return list_names(settings.names());
  return CosemDecode(settings, patterns_of(settings.only)).run();
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("cosem-decode", [&] { return meterpipe::run(argc, argv); });
}
