// cosem-decode: plain APDUs in, readings out. A-XDR, OBIS codes, units, clocks.

#include <algorithm>
#include <set>

#include "apdu/ciphered.hpp"
#include "base/pieces.hpp"
#include "cli/filter.hpp"
#include "cli/profile_files.hpp"
#include "cosem/names.hpp"
#include "decode/reading_maker.hpp"
#include "decode/wired_reading.hpp"
#include "link/frame.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "record/fault_text.hpp"
#include "record/hex_line.hpp"
#include "views/asn_writers.hpp"
#include "views/message.hpp"
#include "views/profile_check.hpp"
#include "views/reading_columns.hpp"
#include "views/reading_json.hpp"
#include "views/reading_plan.hpp"
#include "views/wired_views.hpp"

namespace meterpipe {
namespace {

enum class View : std::uint8_t { json, text, csv, xml, tree, hex, annotated };

constexpr cli::Word<View> kViews[]{{"json", View::json},
                                   {"text", View::text},
                                   {"csv", View::csv},
                                   {"xml", View::xml},
                                   {"tree", View::tree},
                                   {"hex", View::hex},
                                   {"annotated", View::annotated}};
constexpr cli::Word<views::XmlDialect> kDialects[]{{"predecessor", views::XmlDialect::predecessor},
                                                   {"gurux", views::XmlDialect::gurux}};
constexpr cli::Word<cosem::Language> kLanguages[]{{"en", cosem::Language::english},
                                                  {"de", cosem::Language::german}};

struct Settings {
  cli::Common common;
  View view = View::json;
  views::XmlDialect xml = views::XmlDialect::predecessor;
  cosem::Language language = cosem::Language::english;
  std::string name_format;
  std::vector<std::string> only;
  std::vector<std::string> keep;
  std::vector<std::string> profiles;
  bool list_names = false;
  bool list_profiles = false;
  bool check_profiles = false;
  bool suggest = false;

  cosem::NameFormat names() const { return {language, name_format}; }
};

class CosemDecode final : public cli::Filter {
 public:
  CosemDecode(const Settings& settings, std::vector<cosem::ObisPattern> only,
              readings::ProfileSet profiles)
      : Filter("cosem-decode", settings.common),
        view_(settings.suggest ? View::text : settings.view),
        dialect_(settings.xml),
        keep_apdu_(!settings.keep.empty()),
        suggest_(settings.suggest),
        plans_wanted_(!keep_apdu_ && !suggest_ && only.empty()),
        json_(settings.names()),
        text_(settings.names()),
        csv_(settings.names()),
        wired_(settings.names()),
        meter_profiles_(profiles),
        only_(only) {
    if (view_ == View::annotated) {
      annotated_.emplace(std::move(profiles), settings.names());
    } else {
      maker_.emplace(std::move(profiles), std::move(only));
    }
    if (view_ == View::csv) buffer().add(views::ReadingCsv::header());
  }

 private:
  bool passes_records() const override { return view_ == View::json; }
  bool wants_whole_files() const override { return true; }

  bool handle_unsplit(std::string_view line) override {
    const std::size_t begin = buffer().size();
    if (text_before_) buffer().add('\n');
    const auto values = plans_.write(line, buffer());
    if (!values) {
      buffer().truncate(begin);
      return false;
    }
    ++apdus_;
    values_ += *values;
    output().record_done();
    count_one();
    return true;
  }

  Result<bool> handle(record::Line& line) override {
    if (line.type() == record::Type::mbus) return handle_mbus(line);
    if (line.type() != record::Type::apdu) return false;
    if (auto read = record::read(line, record_); !read) return tl::unexpected(read.error());
    // Nobody deciphered it: so it came plain.
    line_ = &line;
    decode(record_.security ? record_.security->auth : apdu::Auth::plain);
    line_ = nullptr;
    return true;
  }

  void handle_piece(const record::InputPiece& piece, const record::Head& head) override {
    record_ = {};
    record_.head = head;
    record_.bytes.assign(piece.bytes.begin(), piece.bytes.end());
    const apdu::Auth auth = apdu::auth_of(piece.meta.auth).value_or(apdu::Auth::unknown);
    record_.security = record::security_of(piece.meta);
    decode(auth);
  }

  // The answer of a heat, water or gas meter, plain or deciphered.
  Result<bool> handle_mbus(record::Line& line) {
    if (view_ == View::xml || view_ == View::tree || view_ == View::annotated || suggest_) {
      return false;
    }
    if (line.find("hex") == nullptr) return false;  // nothing to read
    if (auto read = record::read(line, mbus_); !read) return tl::unexpected(read.error());
    if (const auto pushed = wired_maker_.push(mbus_); !pushed) {
      const apdu::Security* security = mbus_.security ? &*mbus_.security : nullptr;
      give_error(mbus_.head, pushed.error(), mbus_.frame, security);
    }
    return true;
  }

  void end_of_source() override { wired_maker_.finish(); }

  void give(decode::WiredReading& reading) {
    keep_wanted(reading);
    values_ += reading.records.size();
    if (view_ == View::text) {
      if (text_before_) buffer().add('\n');
      text_before_ = true;
      wired_.write_text(buffer(), reading);
    } else if (view_ == View::csv) {
      wired_.write_csv(buffer(), reading);
    } else if (view_ == View::hex) {
      for (const ByteVector& frame : reading.frames) {
        record::write_hex_line(buffer(), reading.head(), nullptr, frame);
      }
    } else {
      wired_.write_json(buffer(), reading, keep_apdu_);
    }
    output().record_done();
    count_one(reading.head());
  }

  // --only
  void keep_wanted(decode::WiredReading& reading) const {
    if (only_.empty()) return;
    for (std::size_t i = reading.records.size(); i-- > 0;) {
      const auto& code = reading.codes[i];
      const bool wanted =
          code && std::ranges::any_of(only_, [&](const auto& one) { return one.matches(*code); });
      if (wanted) continue;
      reading.records.erase(reading.records.begin() + static_cast<std::ptrdiff_t>(i));
      reading.codes.erase(reading.codes.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  void add_stats(json::Writer& json) const override {
    json.member_number("apdus", apdus_);
    json.member_number("readings", counted());
    json.member_number("values", values_);
    json.member_number("unknown_layouts", unknown_layouts_);
  }

  void decode(apdu::Auth auth) {
    ++apdus_;
    const Bytes apdu = record_.bytes;
    if (view_ == View::xml || view_ == View::tree) return draw(apdu);
    if (view_ == View::annotated) return annotate();
    if (apdu::is_ciphered(apdu)) {
      const auto ciphered = apdu::parse_ciphered(apdu);
      if (!ciphered) {
        const auto seen = apdu::glimpse(apdu);
        return refuse(ciphered.error(), seen ? &*seen : nullptr);
      }
      const apdu::Security security = apdu::security_of(*ciphered);
      return refuse(Error{Fault::still_ciphered}, &security);
    }
    if (link::begins_as_frame(apdu)) return refuse(Error{Fault::is_frame, 0, 0, apdu[0]}, nullptr);
    const apdu::Security* security = record_.security ? &*record_.security : nullptr;
    if (suggest_) {
      const auto profile = maker_->suggest(record_);
      if (!profile) return refuse(profile.error(), security);
      buffer().add(*profile);
    } else {
      const auto reading = maker_->make(record_, auth);
      if (!reading) return refuse(reading.error(), security);
      if (view_ != View::hex) {
        give(**reading);
        while (auto* more = maker_->next(record_)) give(*more);
        return;
      }
      record::write_hex_line(buffer(), record_.head, security, apdu);
    }
    output().record_done();
    count_one(record_.head);
  }

  void give(decode::DecodedMessage& reading) {
    // A telegram of which nothing can be read gives its errors alone.
    if (!reading.values->empty() || maker_->bad_lines().empty()) {
      values_ += reading.values->size();
      if (reading.layout == "positional" && reading.profile.empty()) ++unknown_layouts_;
      reading.keep_apdu = keep_apdu_;
      if (view_ == View::text) {
        if (text_before_) buffer().add('\n');
        text_before_ = true;
        write(text_, reading);
      } else if (view_ == View::csv) {
        write(csv_, reading);
      } else {
        write(json_, reading);
      }
      output().record_done();
      count_one(record_.head);
    }
    if (maker_->choice().profile != nullptr) tell_of_profile(maker_->choice());
    for (const readings::P1BadLine& line : maker_->bad_lines()) {
      const auto offset = static_cast<std::uint64_t>(line.bytes.data() - record_.bytes.data());
      record::ErrorRecord error =
          record::error_record(record_.head, "cosem-decode",
                               Error{Fault::bad_p1_line, offset, 0, line.number}, line.bytes);
      const std::string_view text = as_text(line.bytes);
      error.text += ": " + record::shown(text.substr(0, text.find_first_of("\r\n")));
      if (const auto behind = std::ranges::count(text, '\n'); behind > 0) {
        error.text += " (and " + std::to_string(behind) + " behind it)";
      }
      if (record_.security) error.security = &*record_.security;
      give_error(error);
    }
  }

  // Writes it, and makes a plan of it for those that will be like it.
  template <class Writer>
  void write(Writer& writer, const decode::DecodedMessage& reading) {
    // What is said of a profile that fits and is not applied, is said by the general way.
    const readings::Choice& choice = maker_->choice();
    const bool learns = plans_wanted_ && line_ != nullptr && plans_.may_learn() &&
                        choice.rival == nullptr && !choice.refused && reading.extras == nullptr;
    const std::size_t begin = buffer().size();
    spots_.clear();
    writer.write(buffer(), reading, learns ? &spots_ : nullptr);
    if (!learns) return;
    for (views::Spot& spot : spots_) {
      spot.begin -= begin;
      spot.end -= begin;
    }
    const apdu::Auth auth = reading.auth;
    const ByteVector apdu = record_.bytes;
    plans_.learn(*line_, reading, buffer().view().substr(begin), spots_,
                 [&](Bytes other, Buffer& out) {
                   record_.bytes.assign(other.begin(), other.end());
                   const auto made = maker_->make(record_, auth);
                   if (!made || (*made)->depends_on_more) return false;
                   writer.write(out, **made, nullptr);
                   return true;
                 });
    record_.bytes = apdu;
  }

  // Why a profile that fits was not applied: once per source and profile.
  void tell_of_profile(const readings::Choice& choice) {
    constexpr std::size_t kMostTold = 10000;
    if (choice.rival == nullptr && !choice.refused) return;
    const std::string& name = choice.profile->name;
    std::string key(record_.head.src);
    key += '\n' + name;
    if (choice.rival != nullptr) key += ' ' + choice.rival->name;
    if (told_.size() >= kMostTold || !told_.insert(key).second) return;
    const std::string_view where = record_.head.src;
    const std::string_view colon = where.empty() ? "" : ": ";
    if (choice.rival != nullptr) {
      os::log_warning("{}{}profiles {} and {} both fit: none is applied (--profile NAME chooses)",
                      where, colon, name, choice.rival->name);
    } else {
      os::log_warning("{}{}profile {} fits, but its sums contradict the values: not applied", where,
                      colon, name);
    }
  }

  void draw(Bytes apdu) {
    const auto drawn = view_ == View::xml ? views::write_xml(buffer(), apdu, dialect_)
                                          : views::write_tree(buffer(), apdu);
    if (!drawn) return refuse(drawn.error(), record_.security ? &*record_.security : nullptr);
    output().record_done();
    count_one(record_.head);
  }

  void annotate() {
    const Bytes apdu = record_.bytes;
    if (!apdu::is_ciphered(apdu)) {
      if (!annotated_->write_plain(buffer(), record_)) trouble();
    } else {
      const auto ciphered = apdu::parse_ciphered(apdu);
      views::Opened opened{
          {}, Error{Fault::still_ciphered}, apdu::glimpse(apdu).value_or(apdu::Security{})};
      if (!ciphered) opened.error = ciphered.error();
      if (!annotated_->write_ciphered(buffer(), record_, opened)) trouble();
    }
    output().record_done();
    count_one(record_.head);
  }

  void refuse(const Error& error, const apdu::Security* security) {
    give_error(record_.head, error, record_.bytes, security);
  }

  View view_;
  views::XmlDialect dialect_;
  bool keep_apdu_, suggest_, plans_wanted_;
  bool text_before_ = false;
  views::ReadingJson json_;
  views::ReadingPlans plans_;
  views::Spots spots_;
  views::ReadingText text_;
  views::ReadingCsv csv_;
  views::WiredViews wired_;
  readings::ProfileSet meter_profiles_;  // of wired meters
  std::vector<cosem::ObisPattern> only_;
  decode::WiredMaker wired_maker_{[this](decode::WiredReading& reading) { give(reading); },
                                  &meter_profiles_};
  record::MbusMessage mbus_;
  std::optional<decode::ReadingMaker> maker_;  // of all other views
  std::optional<views::MessageWriter> annotated_;
  record::ApduRecord record_;
  record::Line* line_ = nullptr;  // that record_ was read from, where it was
  std::set<std::string> told_;
  std::uint64_t apdus_ = 0, values_ = 0, unknown_layouts_ = 0;
};

// --only 1-0:1.8.0,1.7.0,…
std::vector<cosem::ObisPattern> patterns_of(const std::vector<std::string>& lists) {
  std::vector<cosem::ObisPattern> patterns;
  for (const std::string& list : lists) {
    std::string_view rest = list;
    if (rest.empty() || rest.back() == ',') cli::usage_error("--only: an OBIS code is missing");
    while (!rest.empty()) {
      const std::string_view one = take_piece(rest, ',');
      const auto pattern = cosem::parse_obis(one);
      if (!pattern) cli::usage_error("--only: '{}' is no OBIS code (1-0:1.8.0 or 1.8.0)", one);
      patterns.push_back(*pattern);
    }
  }
  return patterns;
}

int list_names(const cosem::NameFormat& format) {
  io::Output output;
  for (const cosem::Obis& code : cosem::listed_codes()) {
    output.buffer().add(cosem::to_string(code), '\t', cosem::name_of(code, format), '\n');
  }
  output.close();
  return os::kOk;
}

int list_profiles(readings::ProfileSet set) {
  std::vector<readings::Profile> profiles = set.all();
  std::ranges::sort(profiles, {}, &readings::Profile::name);
  io::Output output;
  for (const readings::Profile& profile : profiles) {
    output.buffer().add(profile.name, '\t', profile.about, '\n');
  }
  output.close();
  return os::kOk;
}

// A line for each profile that has tests; what is wrong, on stderr.
int check_profiles(readings::ProfileSet set) {
  io::Output output;
  bool is_right = true;
  for (const readings::Profile& profile : set.all()) {
    if (profile.tests.empty()) continue;
    const views::ProfileCheck check = views::check(profile);
    output.buffer().add(fmt::format("{}\t{} tests\t{} values\t{}\n", profile.name, check.tests,
                                    check.values, check.wrong.empty() ? "ok" : "wrong"));
    for (const std::string& wrong : check.wrong)
      os::log_error("profile {}: {}", profile.name, wrong);
    is_right = is_right && check.wrong.empty();
  }
  output.close();
  return is_right ? os::kOk : os::kData;
}

int run(int argc, char** argv) {
  Settings settings;
  cli::Options options("cosem-decode",
                       "Decode DLMS APDUs into readings: OBIS codes, exact values, units, times.");
  cli::add_filter_options(options, settings.common, "messages");
  options.choice(
      "-o,--output", settings.view, kViews,
      "json: records (default); text: a value a line; csv; xml and tree (JSON): the "
      "APDU by the names of its ASN.1 module; hex: the APDU; annotated: each byte of it with "
      "its field and meaning");
  options.choice("--xml", settings.xml, kDialects,
                 "dialect of -o xml: of smart-meter-mbus-dlms (default), or the Gurux "
                 "translator's simple XML");
  options.list("--only", settings.only, "OBIS,…", "only the values of these codes");
  options.list("--keep", settings.keep, "apdu", "keep the APDU's hex in the reading");
  options.choice("--lang", settings.language, kLanguages, "language of the names (default en)");
  options.value("--name-format", settings.name_format, "PATTERN",
                "names by a pattern of [medium] [channel] [measurement] [measurementType] "
                "[tariff] [previousMeasurement]");
  options.list("--profile", settings.profiles, "FILE|NAME|auto|none",
               "what the places of a list without codes mean: by itself (default auto), a profile "
               "to be preferred, or none");
  options.flag("--list-profiles", settings.list_profiles,
               "print the profiles that there are, and end");
  options.flag("--check-profiles", settings.check_profiles,
               "hold the profiles against the messages in their files (those of --profile and of "
               "/etc/meterpipe/profiles), and end; 65 if one is wrong");
  options.flag("--suggest-profile", settings.suggest,
               "instead of readings write a profile to fill in for each list that has none");
  options.flag("--list-names", settings.list_names, "print the codes that have a name, and end");
  cli::add_stats_option(options, settings.common);
  options.parse(argc, argv);
  cli::apply_log_options("cosem-decode", settings.common);
  for (const std::string& what : settings.keep) {
    if (what != "apdu") cli::usage_error("--keep: '{}' is not apdu", what);
  }
  const auto only_with = [&options, &settings](const char* option, View view, const char* name) {
    if (!options.given(option) || settings.view == view) return;
    cli::usage_error("{}: only with -o {}", option, name);
  };
  only_with("--xml", View::xml, "xml");
  only_with("--keep", View::json, "json");
  if (const auto bad = cosem::unknown_placeholder(settings.name_format); !bad.empty()) {
    cli::usage_error("--name-format: there is no [" + bad + "]");
  }
  if (settings.list_names) return list_names(settings.names());
  readings::ProfileSet profiles = cli::load_profiles(settings.profiles);
  if (settings.list_profiles) return list_profiles(std::move(profiles));
  if (settings.check_profiles) return check_profiles(std::move(profiles));
  auto patterns = patterns_of(settings.only);
  options.checked();
  return CosemDecode(settings, std::move(patterns), std::move(profiles)).run();
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("cosem-decode", [&] { return meterpipe::run(argc, argv); });
}
