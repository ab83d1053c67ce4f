#include "share/anonymise.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "apdu/ciphered.hpp"
#include "base/ascii.hpp"
#include "base/crc16.hpp"
#include "base/hex.hpp"
#include "base/telegram.hpp"
#include "record/fault_text.hpp"
#include "record/hex_line.hpp"
#include "share/capture_map.hpp"
#include "share/identity_finder.hpp"
#include "share/new_identity.hpp"
#include "share/patch.hpp"
#include "share/recipher.hpp"
#include "sim/household.hpp"
#include "wired/sml.hpp"

namespace meterpipe::share {
namespace {

using Where = Patterns::Where;

bool is_nothing(const Found& found) {
  return found.kind == Found::Kind::nothing || found.kind == Found::Kind::nothing_hex;
}

Where where(const OpenPlace& place) {
  return place.kind == OpenPlace::Kind::anything ? Where::anything : Where::text;
}

std::string source_name(std::size_t index) { return fmt::format("source-{}", index + 1); }

// A P1 telegram's checksum: what was right is right again, what was wrong is as wrong.
void mend_telegram(std::span<std::uint8_t> now, Bytes before) {
  if (before.empty() || before[0] != '/') return;
  const std::string_view text = as_text(before);
  const std::size_t line = std::min(text.find("\n!"), text.find("\r!"));
  constexpr std::size_t kDigits = 4;
  if (line == std::string_view::npos || line + 2 + kDigits > text.size()) return;
  const std::size_t mark = line + 1;
  const std::string_view digits = text.substr(mark + 1, kDigits);
  const auto written = from_hex(digits);
  if (!written) return;
  const auto told = static_cast<std::uint16_t>((*written)[0] << 8 | (*written)[1]);
  // Some logs lost the CR before the checksum was made.
  const bool as_it_stands = crc16_arc(before.first(mark + 1)) == told;
  const auto crc_of = [&](Bytes bytes) {
    return as_it_stands ? crc16_arc(bytes.first(mark + 1)) : telegram_crc(bytes.first(mark + 1));
  };
  const int crc = crc_of(now) ^ crc_of(before) ^ told;
  const bool lower = std::ranges::any_of(digits, [](char c) { return c >= 'a'; });
  const std::string made = lower ? fmt::format("{:04x}", crc) : fmt::format("{:04X}", crc);
  overwrite(now, mark + 1, as_bytes(made));
}

// The BCC behind a read-out, STX … ! CR LF ETX BCC (IEC 62056-21, 6.3.5), likewise: it is one
// exclusive-or of all that stands behind STX.
void mend_read_out(std::span<std::uint8_t> now, Bytes before) {
  constexpr std::uint8_t kStx = 0x02, kEtx = 0x03;
  if (before.size() < 2 || before[0] != '/' || before[before.size() - 2] != kEtx) return;
  const std::size_t last = before.size() - 1;
  std::size_t mark = last - 2;
  while (mark > 0 && (before[mark] == '\r' || before[mark] == '\n')) --mark;
  const auto stx = static_cast<std::size_t>(std::ranges::find(before, kStx) - before.begin());
  if (before[mark] != '!' || stx > mark) return;
  for (std::size_t i = stx + 1; i < last; ++i) {
    now[last] = static_cast<std::uint8_t>(now[last] ^ before[i] ^ now[i]);
  }
}

// What is known of a message while it goes through.
struct Work {
  bool is_readable = false;
  bool is_ciphered = false;
  apdu::Auth auth = apdu::Auth::plain;
  ByteVector apdu, plain;  // as they are given out
};

class Anonymiser {
 public:
  Anonymiser(std::string_view input, const AnonymiseSettings& settings, KeyRings& keys)
      : settings_(settings),
        keys_(keys),
        map_(settings.input, settings.link),
        dice_(settings.seed),
        recipherer_(keys.old_keys()) {
    map_.read(input);
    work_.resize(map_.messages.size());
  }

  tl::expected<Anonymised, AnonymiseFault> run() {
    gather();
    result_.messages = map_.messages.size();
    result_.other_records = map_.other_records;
    result_.bad_lines = map_.bad_lines;
    result_.framing = map_.framing;
    identities_.draw(dice_);
    for (const Identities::Change& one : identities_.changes()) {
      patterns_.add_forms(one.from, one.to);
    }
    if (auto done = change(); !done) {
      return fault(differs_ ? AnonymiseFault::Kind::differs : AnonymiseFault::Kind::changed,
                   done.error());
    }
    if (result_.reciphered + result_.plain + result_.answers == 0) {
      for (const CaptureUnit& unit : map_.units) {
        result_.bytes_left_out += unit.is_alone ? unit.alone.size() : unit.size;
      }
      return fault(AnonymiseFault::Kind::nothing, has_sml()
                                                      ? "SML files, of which none can be shared yet"
                                                      : "no message in it could be read");
    }
    result_.keys = recipherer_.key_lines(identities_);
    if (const auto wrong = write()) return fault(AnonymiseFault::Kind::bin_keys, *wrong);
    if (const auto wrong = what_changed()) return fault(AnonymiseFault::Kind::changed, *wrong);
    if (const auto left = what_is_left()) return fault(AnonymiseFault::Kind::left, *left);
    return std::move(result_);
  }

 private:
  tl::unexpected<AnonymiseFault> fault(AnonymiseFault::Kind kind, std::string text) {
    result_.text.clear();
    result_.keys.clear();
    return tl::unexpected(AnonymiseFault{kind, std::move(text), std::move(result_)});
  }

  bool has_sml() {
    for (std::size_t i = 0; i < map_.sources(); ++i) {
      const Bytes stream = map_.source(i).stream;
      for (std::size_t at = 0; at < stream.size(); ++at) {
        if (wired::is_sml(stream.subspan(at))) return true;
      }
    }
    return false;
  }

  const CaptureUnit* unit_of(const CaptureMessage& message) const {
    return message.unit ? &map_.units[*message.unit] : nullptr;
  }

  void leave_out(const Error& error, Bytes title) {
    std::string why(record::code_of(error.fault));
    if (!title.empty()) why += fmt::format(" (title {})", to_hex(title));
    ++result_.left_out[why];
    if (title.size() == apdu::kTitleLength) lost_titles_.push_back({title.begin(), title.end()});
  }

  Result<void> gather_plain(Bytes plain) {
    const auto found = finder_.find(plain);
    if (!found) return tl::unexpected(found.error());
    for (const Found& one : found->found) {
      if (!is_nothing(one)) identities_.add(value_of(one, plain));
    }
    return {};
  }

  void gather() {
    apdu::Opener opener(keys_.old_keys(), apdu::AuthMode::check, {});
    const auto on_plain = [this](std::span<std::uint8_t> plain) { return gather_plain(plain); };
    for (std::size_t i = 0; i < map_.messages.size(); ++i) {
      const CaptureMessage& message = map_.messages[i];
      const ByteVector bytes = map_.bytes_of(message);
      const CaptureUnit* unit = unit_of(message);
      Work& work = work_[i];
      apdu::Security security;
      Result<void> done;
      if (unit != nullptr && unit->security) {
        security = *unit->security;
        done = gather_plain(bytes);
        if (done) identities_.add_title(security.title);
      } else if (apdu::is_ciphered(bytes)) {
        work.is_ciphered = true;
        done = opener.open(bytes, security, work.plain);
        work.auth = security.auth;
        if (done) done = recipherer_.open(bytes, identities_, on_plain);
      } else {
        done = gather_plain(bytes);
      }
      work.is_readable = done.has_value();
      if (!done) leave_out(done.error(), security.title);
    }
    for (std::size_t i = 0; i < map_.sources(); ++i) {
      for (const RspUdAnswer& answer : map_.source(i).answers) gather(map_.source(i), answer);
    }
  }

  static link::Frame frame_of(const CaptureMap::Source& source, const RspUdAnswer& answer) {
    const CaptureFrame& known = source.frames[answer.frame];
    link::Frame frame{};
    frame.kind = known.kind;
    frame.offset = known.offset;
    frame.ci = answer.ci;
    constexpr std::size_t kBehind = 2;  // checksum, 16
    frame.data = Bytes(source.stream)
                     .subspan(answer.data, known.offset + known.size - kBehind - answer.data);
    return frame;
  }

  void gather(CaptureMap::Source& source, const RspUdAnswer& answer) {
    const link::Frame frame = frame_of(source, answer);
    const auto found = find_in_rsp_ud(frame);
    if (!found) return leave_out(found.error(), {});
    for (const Found& one : found->found) {
      if (!is_nothing(one)) identities_.add(value_of(one, frame.data));
    }
    source.frames[answer.frame].is_kept = true;
  }

  void put_all(const std::vector<Found>& found, Bytes before, std::span<std::uint8_t> now) const {
    for (const Found& one : found) {
      put(one, is_nothing(one) ? ByteVector() : identities_.now(value_of(one, before)), now);
    }
  }

  // All that stands in plain bytes; the telegram's checksum after it.
  Result<void> change_plain(std::span<std::uint8_t> plain) {
    const ByteVector before(plain.begin(), plain.end());
    const auto found = finder_.find(before);
    if (!found) return tl::unexpected(found.error());
    for (const OpenPlace& one : found->open) {
      const auto bytes = plain.subspan(one.offset, one.size);
      if (one.kind == OpenPlace::Kind::integer) {
        patterns_.replace_integer(bytes);
      } else {
        patterns_.replace(bytes, where(one));
      }
    }
    put_all(found->found, before, plain);
    mend_telegram(plain, before);
    mend_read_out(plain, before);
    differs_ = finder_.difference(before, plain, *found);
    return {};
  }

  tl::expected<void, std::string> change() {
    for (std::size_t i = 0; i < map_.messages.size(); ++i) {
      const CaptureMessage& message = map_.messages[i];
      Work& work = work_[i];
      if (!work.is_readable) continue;
      work.apdu = map_.bytes_of(message);
      const auto on_plain = [&](std::span<std::uint8_t> plain) {
        auto done = change_plain(plain);
        work.plain.assign(plain.begin(), plain.end());
        return done;
      };
      CaptureUnit* unit = message.unit ? &map_.units[*message.unit] : nullptr;
      const bool was_opened = unit != nullptr && unit->security.has_value();
      const auto done = was_opened ? on_plain(work.apdu)
                                   : recipherer_.change(work.apdu, identities_, dice_, on_plain);
      if (!done) {
        return tl::unexpected("a message could not be read again: " +
                              record::describe(done.error()));
      }
      if (differs_) return tl::unexpected(fmt::format("message {}: {}", i + 1, *differs_));
      if (was_opened) {
        unit->security->title.assign(identities_.now(unit->security->title));
        unit->security->key = {};
        unit->security->signature = dice_.bytes(unit->security->signature.size());
      }
      map_.put_back(message, work.apdu);
      map_.keep(message);
      ++(work.is_ciphered ? result_.reciphered : result_.plain);
    }
    for (std::size_t i = 0; i < map_.sources(); ++i) {
      CaptureMap::Source& source = map_.source(i);
      for (const RspUdAnswer& answer : source.answers) {
        if (source.frames[answer.frame].is_kept) change(source, answer);
      }
      map_.fix_checksums(i);
    }
    return {};
  }

  void change(CaptureMap::Source& source, const RspUdAnswer& answer) {
    const link::Frame frame = frame_of(source, answer);
    const ByteVector before(frame.data.begin(), frame.data.end());
    const auto now = std::span(source.stream).subspan(answer.data, before.size());
    const link::Frame old = [&] {
      link::Frame copy = frame;
      copy.data = before;
      return copy;
    }();
    if (const auto found = find_in_rsp_ud(old)) {
      for (const OpenPlace& one : found->open) {
        patterns_.replace(now.subspan(one.offset, one.size), where(one));
      }
      put_all(found->found, before, now);
    }
    patterns_.replace(now, Where::anything);
    ++result_.answers;
  }

  // Which bytes of a source's stream are given out.
  std::vector<bool> kept_bytes(const CaptureMap::Source& source) const {
    std::vector<bool> kept(source.stream.size(), true);
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = !source.skipped[i];
    const auto set = [&](const CaptureFrame& frame, bool to) {
      std::fill_n(kept.begin() + frame.offset, frame.size, to);
    };
    for (const CaptureFrame& frame : source.frames) set(frame, false);
    for (const CaptureFrame& frame : source.frames) {
      if (!frame.is_kept) continue;
      set(frame, true);
      // A flag that it shared with the frame before.
      const std::uint64_t at = frame.offset;
      if (frame.kind == link::FrameKind::hdlc && source.stream[at] != 0x7e && at > 0) {
        kept[at - 1] = kept[at - 1] || source.stream[at - 1] == 0x7e;
      }
    }
    return kept;
  }

  SharedForm form_of(const CaptureUnit& unit) const {
    if (settings_.output != SharedForm::as_read) return settings_.output;
    if (unit.kind == CaptureUnit::Kind::stream) return SharedForm::bin;
    return unit.kind == CaptureUnit::Kind::bytes_record ||
                   unit.kind == CaptureUnit::Kind::apdu_record
               ? SharedForm::json
               : SharedForm::hex;
  }

  // Into result_.text; or why not.
  std::optional<std::string> write() {
    bool is_bin = settings_.output == SharedForm::bin;
    for (const CaptureUnit& unit : map_.units) is_bin |= form_of(unit) == SharedForm::bin;
    is_bin_ = is_bin;
    Buffer out;
    if (!result_.keys.empty() && settings_.keys_in_output) {
      if (is_bin) return "raw bytes have no place for the new keys";
      std::string_view lines = result_.keys;
      while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        out.add("# key: ");
        out.add(lines.substr(0, end + 1));
        lines.remove_prefix(end + 1);
      }
    }
    std::vector<std::vector<bool>> kept;
    for (std::size_t i = 0; i < map_.sources(); ++i) kept.push_back(kept_bytes(map_.source(i)));
    std::vector<bool> readable(map_.units.size(), false);
    for (std::size_t i = 0; i < work_.size(); ++i) {
      if (map_.messages[i].unit) readable[*map_.messages[i].unit] = work_[i].is_readable;
    }
    for (std::size_t i = 0; i < map_.units.size(); ++i) {
      const CaptureUnit& unit = map_.units[i];
      if (unit.is_alone) {
        if (readable[i]) {
          write_unit(out, unit, unit.alone, {});
        } else {
          result_.bytes_left_out += unit.alone.size();
        }
        continue;
      }
      ByteVector bytes;
      std::vector<std::uint32_t> marked;
      auto mark = unit.marked.begin();
      for (std::size_t k = 0; k < unit.size; ++k) {
        const bool is_kept = kept[unit.source][unit.offset + k];
        while (mark != unit.marked.end() && *mark < k) ++mark;
        const bool is_marked = mark != unit.marked.end() && *mark == k;
        if (is_kept && is_marked) marked.push_back(static_cast<std::uint32_t>(bytes.size()));
        if (is_kept) bytes.push_back(map_.source(unit.source).stream[unit.offset + k]);
      }
      result_.bytes_left_out += unit.size - bytes.size();
      if (!bytes.empty()) write_unit(out, unit, bytes, std::move(marked));
    }
    result_.text.assign(out.view());
    return std::nullopt;
  }

  void write_unit(Buffer& out, const CaptureUnit& unit, Bytes bytes,
                  std::vector<std::uint32_t> marked) const {
    const std::string name = source_name(unit.source);
    const record::Head head{unit.ts, unit.has_src ? std::string_view(name) : std::string_view(),
                            unit.seq};
    switch (form_of(unit)) {
      case SharedForm::bin: out.add(as_text(bytes)); return;
      case SharedForm::json:
        if (unit.is_alone) {
          record::ApduRecord record;
          record.head = head;
          record.link = unit.link;
          record.frames = unit.frames;
          record.quirks = unit.quirks;
          record.security = unit.security;
          const Bytes apdu = bytes.subspan(unit.header);
          record.bytes.assign(apdu.begin(), apdu.end());
          return record::write(out, record);
        } else {
          record::BytesRecord record;
          record.head = head;
          record.ms = unit.ms;
          record.line = unit.line;
          record.marked = std::move(marked);
          record.why = unit.why.empty() ? std::string_view("size") : unit.why;
          record.bytes.assign(bytes.begin(), bytes.end());
          return record::write(out, record);
        }
      default:
        return record::write_hex_line(out, head, unit.security ? &*unit.security : nullptr, bytes);
    }
  }

  // The messages of a capture, each in its source, by the names that are given out.
  using BySource = std::map<std::string, std::vector<ByteVector>, std::less<>>;

  std::optional<std::string> what_changed() {
    const record::Form form = is_bin_ ? record::Form::binary : record::Form::automatic;
    back_ = std::make_unique<CaptureMap>(form, settings_.link);
    back_->read(result_.text);
    BySource wanted, got;
    for (std::size_t i = 0; i < work_.size(); ++i) {
      if (!work_[i].is_readable) continue;
      const CaptureMessage& message = map_.messages[i];
      const auto from_source = [&](const CaptureUnit& unit) {
        return unit.has_src && form_of(unit) != SharedForm::bin;
      };
      const auto unit = std::ranges::find_if(
          map_.units, [&](const auto& one) { return one.source == message.source; });
      wanted[from_source(*unit) ? source_name(message.source) : ""].push_back(work_[i].apdu);
    }
    for (const CaptureMessage& message : back_->messages) {
      got[back_->source(message.source).name].push_back(back_->bytes_of(message));
    }
    if (wanted != got) return "what was made does not read back as the same messages";
    apdu::Opener opener(keys_.new_keys(result_.keys), apdu::AuthMode::check, {});
    ByteVector plain;
    for (const Work& work : work_) {
      if (!work.is_readable || !work.is_ciphered) continue;
      apdu::Security security;
      if (const auto done = opener.open(work.apdu, security, plain); !done) {
        return fmt::format("a message does not open with its new key: {}",
                           record::describe(done.error()));
      }
      if (plain != work.plain || security.auth != work.auth) {
        return "a message opens with its new key as another one";
      }
    }
    return std::nullopt;
  }

  // Text of digits alone is looked for in bytes only: in hex they stand by chance.
  static bool is_told_in_hex(Bytes text) {
    return std::ranges::any_of(text,
                               [](std::uint8_t c) { return hex_digit(static_cast<char>(c)) < 0; });
  }

  bool is_left_in(Bytes plain) {
    if (patterns_.find(plain)) return true;
    const auto found = finder_.find(plain);
    if (!found) return true;
    return is_open_left(found->open, plain);
  }

  bool is_open_left(const std::vector<OpenPlace>& open, Bytes message) const {
    return std::ranges::any_of(open, [&](const OpenPlace& one) {
      const Bytes bytes = message.subspan(one.offset, one.size);
      return one.kind == OpenPlace::Kind::integer ? patterns_.is_integer(bytes)
                                                  : patterns_.find(bytes, where(one)).has_value();
    });
  }

  std::optional<std::string> what_is_left() {
    Patterns in_text;
    const auto look_for_title = [&](Bytes title) {
      patterns_.add_forms(title, title);
      in_text.add_key(title);
    };
    for (const Identities::Change& one : identities_.changes()) {
      if (!Patterns::is_telling(one.from)) continue;
      const std::string small = to_hex(one.from);
      std::string capitals = small;
      for (char& c : capitals) c = upper(c);
      for (const std::string& hex : {small, capitals}) in_text.add(as_bytes(hex), as_bytes(hex));
      if (is_told_in_hex(one.from)) in_text.add(one.from, one.from);
    }
    for (const ByteVector& title : lost_titles_) look_for_title(title);
    for (const Bytes key : keys_.secrets()) {
      patterns_.add_key(key);
      in_text.add_key(key);
    }
    if (!is_bin_ && in_text.find(as_bytes(result_.text))) return "in the text";
    for (std::size_t i = 0; i < back_->sources(); ++i) {
      const CaptureMap::Source& source = back_->source(i);
      if (patterns_.find(source.stream)) return "in the bytes";
      for (const RspUdAnswer& answer : source.answers) {
        const link::Frame frame = frame_of(source, answer);
        const auto found = find_in_rsp_ud(frame);
        if (found && is_open_left(found->open, frame.data)) return "in an answer";
      }
    }
    for (const Work& work : work_) {
      if (work.is_readable && (patterns_.find(work.apdu) || is_left_in(work.plain))) {
        return "in a message";
      }
    }
    return std::nullopt;
  }

  const AnonymiseSettings& settings_;
  KeyRings& keys_;
  CaptureMap map_;
  Dice dice_;
  Identities identities_;
  IdentityFinder finder_;
  Recipherer recipherer_;
  Patterns patterns_;
  std::vector<Work> work_;
  std::optional<std::string> differs_;  // a message from what it was
  std::vector<ByteVector> lost_titles_;
  bool is_bin_ = false;
  std::unique_ptr<CaptureMap> back_;
  Anonymised result_;
};

}  // namespace

tl::expected<Anonymised, AnonymiseFault> anonymise(std::string_view input,
                                                   const AnonymiseSettings& settings,
                                                   KeyRings& keys) {
  // A few old bytes may stand in new ciphertext by chance: then other keys. A new name may look
  // like something else: then another one.
  constexpr int kTries = 8;
  AnonymiseSettings now = settings;
  for (int i = 0;; ++i) {
    auto done = Anonymiser(input, now, keys).run();
    if (done || i == kTries ||
        (done.error().kind != AnonymiseFault::Kind::left &&
         done.error().kind != AnonymiseFault::Kind::differs)) {
      return done;
    }
    now.seed = sim::mix(now.seed + 1);
  }
}

}  // namespace meterpipe::share
