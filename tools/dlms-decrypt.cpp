// dlms-decrypt: APDUs in, deciphered APDUs out. Keys by system title; tags checked.

#include <array>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "apdu/open.hpp"
#include "base/hex.hpp"
#include "base/reader.hpp"
#include "cli/filter.hpp"
#include "cli/key_options.hpp"
#include "cli/profile_files.hpp"
#include "keys/counter_state.hpp"
#include "keys/key_finder.hpp"
#include "keys/keys.hpp"
#include "keys/oms.hpp"
#include "link/frame.hpp"
#include "link/mbus.hpp"
#include "os/log.hpp"
#include "os/status.hpp"
#include "record/deciphered_line.hpp"
#include "record/fault_text.hpp"
#include "record/hex_line.hpp"
#include "record/records.hpp"
#include "views/message.hpp"

namespace meterpipe {
namespace {

// What becomes of a message whose counter was there before.
enum class Replay : std::uint8_t { warn, refuse, drop };

constexpr cli::Word<Replay> kReplayWords[]{
    {"warn", Replay::warn}, {"refuse", Replay::refuse}, {"drop", Replay::drop}};

// What becomes of a message that is not ciphered and was not.
enum class Plain : std::uint8_t { take, refuse };

constexpr cli::Word<Plain> kPlainWords[]{{"take", Plain::take}, {"refuse", Plain::refuse}};

struct Settings {
  cli::Common common;
  cli::OutputForm output = cli::OutputForm::json;
  cli::KeyOptions keys;
  bool explain = false;
  apdu::AuthMode auth = apdu::AuthMode::check;
  Plain plain = Plain::take;
  bool trust_records = false;
  std::string counter_state, counter_forget;
  Replay replay = Replay::warn;
};

constexpr cli::Word<apdu::AuthMode> kAuthWords[]{{"check", apdu::AuthMode::check},
                                                 {"require", apdu::AuthMode::require},
                                                 {"ignore", apdu::AuthMode::ignore}};

class DlmsDecrypt final : public cli::Filter {
 public:
  DlmsDecrypt(const Settings& settings, const keys::KeyRing& keys)
      : Filter("dlms-decrypt", settings.common),
        settings_(settings),
        keys_(keys),
        finder_(keys),
        mode_(settings.auth),
        opener_(finder_, mode_, settings.keys.title()) {
    if (!settings.explain) return;
    explained_.emplace(cli::load_profiles({}), cosem::NameFormat{});
    opener_.keep_layers(&layers_);
  }

  void keep_counters(keys::CounterState& counters) { finder_.keep_counters(counters); }

 private:
  // To make a pattern of a line costs as much as to write some.
  static constexpr std::uint64_t kLinesPerPattern = 16;
  static constexpr std::size_t kMostLines = 65'536;
  static constexpr std::string_view kTcpSource = "tcp:";  // mbus-read's, which has no settings

  bool passes_records() const override {
    return settings_.output == cli::OutputForm::json && !settings_.explain;
  }
  bool wants_whole_files() const override { return true; }

  // A line like the last one that was deciphered: it is opened as any, and written as that one was.
  bool handle_unsplit(std::string_view line) override {
    record::LinePattern::Parts parts;
    if (!last_ || !last_->fits(line, parts)) return false;
    record_.bytes.clear();
    if (!append_hex(record_.bytes, parts.hex) || !apdu::is_ciphered(record_.bytes)) return false;
    finder_.set_source(last_->src());
    apdu::Security security;
    // What is wrong is said in the general way.
    if (!opener_.open(record_.bytes, security, plain_) || !last_->fits(security)) return false;
    if (finder_.is_replay(security, opener_.key())) {
      is_replay_ = true;  // and not asked again
      return false;
    }
    ++apdus_;
    ++deciphered_[static_cast<std::size_t>(security.auth)];
    last_->write(buffer(), parts, security.counter, plain_);
    output().record_done();
    count_one();
    return true;
  }

  Result<bool> handle(record::Line& line) override {
    if (line.type() == record::Type::mbus) return handle_mbus(line);
    if (line.type() != record::Type::apdu) return false;
    if (auto read = record::read(line, record_); !read) return tl::unexpected(read.error());
    if (record_.security && !settings_.explain) {  // deciphered before
      if (!is_only_claimed()) return false;
      refuse(Error{Fault::only_claimed}, &*record_.security);
      return true;
    }
    line_ = &line;
    handle_apdu();
    line_ = nullptr;
    return true;
  }

  void handle_piece(const record::InputPiece& piece, const record::Head& head) override {
    record_ = {};
    record_.head = head;
    record_.bytes.assign(piece.bytes.begin(), piece.bytes.end());
    if (!apdu::is_ciphered(record_.bytes)) record_.security = record::security_of(piece.meta);
    handle_apdu();
  }

  // What is said of a message that is plain here is no proof, where its meter ciphers with a key
  // that is known.
  bool is_only_claimed() const {
    if (settings_.trust_records || !record_.security) return false;
    if (mode_ == apdu::AuthMode::require || keys_.requires_tags()) return true;
    const Bytes title = record_.security->title;
    return !title.empty() && !keys_.keys_for(title).empty();
  }

  void handle_apdu() { settings_.explain ? explain() : decrypt(); }

  void explain() {
    ++apdus_;
    bool good = false;
    if (!apdu::is_ciphered(record_.bytes)) {
      good = explained_->write_plain(buffer(), record_);
    } else {
      finder_.set_source(record_.head.src);
      views::Opened opened;
      opened.mode = mode_;
      const auto done = opener_.open(record_.bytes, opened.security, plain_);
      if (!done) opened.error = done.error();
      opened.layers = layers_;
      good = explained_->write_ciphered(buffer(), record_, opened);
    }
    if (!good) trouble();
    output().record_done();
    count_one(record_.head);
  }

  // The answer of a heat, water or gas meter: deciphered where it must be, else handed on.
  Result<bool> handle_mbus(record::Line& line) {
    if (settings_.explain || settings_.output != cli::OutputForm::json) return false;
    if (line.find("hex") == nullptr) return false;  // nothing to open
    if (auto read = record::read(line, mbus_); !read) return tl::unexpected(read.error());
    if (mbus_.security) {  // deciphered before
      const bool is_known = !keys_.keys_for(mbus_.security->title).empty();
      if (settings_.trust_records || (!is_known && mode_ != apdu::AuthMode::require)) return false;
      give_error(mbus_.head, Error{Fault::only_claimed}, mbus_.frame, &*mbus_.security);
      return true;
    }
    const link::Probe probe = mbus_.frame.empty() ? link::Probe{link::Probe::Answer::bad}
                                                  : link::probe_mbus(mbus_.frame, true, true);
    if (probe.answer != link::Probe::Answer::found || !probe.frame.ci) return false;
    apdu::Security security;
    const auto done = keys::open_oms(keys_, mode_, *probe.frame.ci, probe.frame.data, security,
                                     mbus_.data, settings_.keys.title());
    if (done && security.service.empty()) {
      if (mode_ != apdu::AuthMode::require) return false;
      give_error(mbus_.head, Error{Fault::not_authenticated}, mbus_.frame, nullptr);
      return true;
    }
    if (!done) {
      give_error(mbus_.head, done.error(), mbus_.frame, &security);
      return true;
    }
    ++deciphered_[static_cast<std::size_t>(security.auth)];
    mbus_.security = std::move(security);
    record::write(buffer(), mbus_);
    output().record_done();
    count_one(mbus_.head);
    return true;
  }

  void add_stats(json::Writer& json) const override {
    json.member_number("apdus", apdus_);
    json.begin_object("deciphered");
    for (const apdu::Auth auth : {apdu::Auth::verified, apdu::Auth::unverified, apdu::Auth::none}) {
      json.member_number(apdu::name(auth), deciphered_[static_cast<std::size_t>(auth)]);
    }
    json.end_object();
    json.member_number("plain", plain_count_);
    json.member_number("tag_failures", errors().of("tag-failed"));
    json.member_number("wrong_keys", errors().of("wrong-key"));
    json.member_number("no_keys", errors().of("no-key"));
    json.member_number("replays", replays_);
  }

  void decrypt() {
    ++apdus_;
    if (!apdu::is_ciphered(record_.bytes)) {
      if (link::begins_as_frame(record_.bytes)) {
        return refuse(Error{Fault::is_frame, 0, 0, record_.bytes[0]}, nullptr);
      }
      // Hex that was deciphered before says so in its `#@` line.
      if (is_only_claimed()) return refuse(Error{Fault::only_claimed}, &*record_.security);
      const bool verified = record_.security && record_.security->auth == apdu::Auth::verified;
      if ((mode_ == apdu::AuthMode::require || keys_.requires_tags()) && !verified) {
        return refuse(Error{Fault::not_authenticated}, nullptr);
      }
      const bool is_unwanted = settings_.plain == Plain::refuse && !record_.security;
      if (is_unwanted || turns_plain()) return refuse(Error{Fault::downgrade}, nullptr);
      ++plain_count_;
      return give();
    }
    apdu::Security security;
    finder_.set_source(record_.head.src);
    const auto done = opener_.open(record_.bytes, security, plain_);
    // No service: what is there does not even say who sent it.
    if (!done) return refuse(done.error(), security.service.empty() ? nullptr : &security);
    const bool is_replay =
        std::exchange(is_replay_, false) || finder_.is_replay(security, opener_.key());
    if (is_replay && !take_replay(security)) return;
    if (is_from_line() && opener_.key() != nullptr) way_of_line(Way::ciphered);
    ++deciphered_[static_cast<std::size_t>(security.auth)];
    record_.security = std::move(security);
    record_.bytes.swap(plain_);
    give();
  }

  // How the messages of a line begin: what was plain once may be so again.
  enum class Way : std::uint8_t { plain, ciphered };
  Way way_of_line(Way first) {
    if (ways_.size() >= kMostLines) ways_.clear();
    return ways_.try_emplace(std::string(record_.head.src), first).first->second;
  }
  bool is_from_line() const {
    return !record_.line.empty() || record_.head.src.starts_with(kTcpSource);
  }
  // A meter that ciphers does not turn plain by itself. Of files nobody knows what was put together
  // there.
  bool turns_plain() {
    if (!is_from_line() || record_.security) return false;
    return way_of_line(Way::plain) == Way::ciphered && mode_ != apdu::AuthMode::ignore;
  }

  // Whether it is passed on.
  bool take_replay(apdu::Security& security) {
    ++replays_;
    const std::uint32_t highest = finder_.highest(security, opener_.key());
    switch (settings_.replay) {
      case Replay::refuse:
        refuse(Error{Fault::replayed, 0, highest, security.counter}, &security);
        return false;
      case Replay::drop: output().record_done(); return false;
      case Replay::warn: break;
    }
    if (replays_ == 1) {
      os::log_warning(
          "title {}: counter {} is not above {}, which was there before: recorded and sent again, "
          "or "
          "the meter was reset (--counter-forget); such messages are marked",
          to_hex(security.title), security.counter, highest);
    }
    security.replayed = true;
    return true;
  }

  void give() {
    if (settings_.output == cli::OutputForm::json) {
      const std::size_t begin = buffer().size();
      record::write(buffer(), record_);
      if (line_ != nullptr && record_.security && !record_.security->replayed &&
          lines_++ % kLinesPerPattern == 0) {
        last_ = record::DecipheredLine::of(*line_, record_, buffer().view().substr(begin));
      }
    } else if (settings_.output == cli::OutputForm::hex) {
      apdu::Security plain;
      plain.auth = apdu::Auth::plain;
      record::write_hex_line(buffer(), record_.head, record_.security ? &*record_.security : &plain,
                             record_.bytes);
    } else {
      buffer().add(as_text(record_.bytes));
    }
    output().record_done();
    count_one(record_.head);
  }

  void refuse(const Error& error, const apdu::Security* security) {
    give_error(record_.head, error, record_.bytes, security);
  }

  const Settings& settings_;
  const keys::KeyRing& keys_;
  keys::KeyFinder finder_;
  apdu::AuthMode mode_;
  apdu::Opener opener_;
  record::ApduRecord record_;
  record::MbusMessage mbus_;
  ByteVector plain_;
  std::optional<record::DecipheredLine> last_;
  record::Line* line_ = nullptr;     // that record_ was read from, where it was
  std::uint64_t lines_ = 0;          // that were deciphered in the general way
  std::vector<apdu::Layer> layers_;  // of the message at hand, to explain it
  std::optional<views::MessageWriter> explained_;
  std::uint64_t apdus_ = 0, plain_count_ = 0, replays_ = 0;
  std::unordered_map<std::string, Way> ways_;  // of lines, by their source
  bool is_replay_ = false;                     // of the message at hand, where it was asked
  std::array<std::uint64_t, 8> deciphered_{};  // by apdu::Auth
};

int forget(const Settings& settings) {
  const auto title = keys::parse_title(settings.counter_forget);
  if (!title) {
    cli::usage_error("--counter-forget: '{}' is no system title of 16 hex digits",
                     settings.counter_forget);
  }
  keys::CounterState counters(settings.counter_state);
  const std::size_t forgotten = counters.forget(Reader(*title).unsigned_of(apdu::kTitleLength));
  counters.write();
  os::log_info("{}: {} of {} forgotten", settings.counter_state,
               forgotten == 1 ? "1 counter" : fmt::format("{} counters", forgotten),
               to_hex(*title));
  return forgotten == 0 ? os::kNo : os::kOk;
}

int run(int argc, char** argv) {
  Settings settings;
  cli::Options options("dlms-decrypt",
                       "Decipher DLMS APDUs (AES-GCM) with the keys of a key file and check their "
                       "authentication tags.");
  cli::add_filter_options(options, settings.common, "APDUs");
  cli::add_output_option(options, settings.output);
  options.flag("--explain", settings.explain,
               "instead of records write each message byte by byte: offset, bytes, field, meaning");
  settings.keys.add_to(options);
  options.choice("--auth", settings.auth, kAuthWords,
                 "tags: check where there is an authentication key (default); require: what is "
                 "not verified is an error; ignore: no check");
  options.choice("--plain", settings.plain, kPlainWords,
                 "a message that is not ciphered: take it (default), where its line does not "
                 "cipher; refuse: an error");
  options.flag("--trust-records", settings.trust_records,
               "take what records say of their deciphering (logs that were deciphered before)");
  options.value("--counter-state", settings.counter_state, "FILE",
                "keep the highest counter of each meter there, and tell what is sent again");
  options.choice("--replay", settings.replay, kReplayWords,
                 "a counter that was there before: warn and mark (default), refuse with an error, "
                 "drop");
  options.value("--counter-forget", settings.counter_forget, "TITLE",
                "of a meter that was reset: remove it from --counter-state, and exit");
  options.needs("--replay", {"--counter-state"});
  options.needs("--counter-forget", {"--counter-state"});
  cli::add_stats_option(options, settings.common);
  options.parse(argc, argv);
  if (settings.explain && settings.output != cli::OutputForm::json) {
    cli::usage_error("--explain has an output of its own: leave -o away");
  }
  cli::apply_log_options("dlms-decrypt", settings.common);
  settings.keys.check(options, settings.common.reads_stdin());
  options.checked();
  if (!settings.counter_forget.empty()) return forget(settings);
  const keys::KeyRing keys = settings.keys.load();
  std::optional<keys::CounterState> counters;
  if (!settings.counter_state.empty()) counters.emplace(settings.counter_state);
  DlmsDecrypt filter(settings, keys);
  if (counters) filter.keep_counters(*counters);
  return filter.run();
}

}  // namespace
}  // namespace meterpipe

int main(int argc, char** argv) {
  return meterpipe::cli::run_tool("dlms-decrypt", [&] { return meterpipe::run(argc, argv); });
}
