#include "views/reading_plan.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "apdu/digest.hpp"
#include "apdu/notification.hpp"
#include "apdu/tags.hpp"
#include "axdr/tree.hpp"
#include "base/hex.hpp"
#include "readings/shown.hpp"
#include "readings/text.hpp"

namespace meterpipe::views {
namespace {

constexpr std::uint32_t kFreeClockBytes = 9;  // the deviation and the status count for the fit
constexpr std::uint32_t kInvoke = 1;          // offset of long-invoke-id-and-priority
constexpr std::size_t kDigestChars = 16;

// A plan for this many messages, so that a stream of which none is like another is hardly slower.
constexpr int kPrice = 256;
constexpr int kMostCredit = 32 * kPrice;
constexpr std::size_t kMostAlike = 8;  // of one meter: more are messages with texts that change
constexpr std::size_t kMostBytes = std::size_t{16} << 20;

std::size_t size_of(const ReadingPlan& plan) { return plan.size() + 200; }

}  // namespace

// Gathers the steps of a plan from the spots of a text.
class ReadingPlan::Maker {
 public:
  Maker(ReadingPlan& plan, const decode::DecodedMessage& reading, std::string_view text)
      : plan_(plan), reading_(reading), text_(text) {}

  // False: a plan cannot say this.
  bool add(const Spot& spot, const record::LinePattern::Parts& parts) {
    const std::size_t size = spot.end - spot.begin;
    switch (spot.what) {
      case Spot::What::ts: add(Step::What::ts, spot.begin, size); return !parts.ts.empty();
      case Spot::What::seq: add(Step::What::seq, spot.begin, size); return !parts.seq.empty();
      case Spot::What::id: return add_id(spot, parts);
      case Spot::What::time:
        return add_clock(spot,
                         static_cast<std::uint32_t>(reading_.clock.data() - reading_.apdu.data()));
      case Spot::What::invoke:
        add(Step::What::invoke, spot.begin, size).offset = kInvoke;
        return true;
      case Spot::What::number:
      case Spot::What::raw: return add_number(spot);
      case Spot::What::clock: return add_clock(spot, node_of(spot).offset);
      case Spot::What::clock_hex: {
        Step& step = add(Step::What::hex, spot.begin, size);
        step.offset = node_of(spot).offset;
        step.size = cosem::kClockLength;
        return true;
      }
      case Spot::What::octets: {
        const axdr::Node& node = node_of(spot);
        Step& step = add(Step::What::octets, spot.begin, spot.end - spot.begin);
        step.offset = node.offset;
        step.size = static_cast<std::uint8_t>(node.size);
        plan_.fields_.push_back({node.offset, node.size, false});
        return true;
      }
    }
    return false;
  }

  void finish() {
    plan_.text_.append(text_.substr(at_));
    plan_.room_ += plan_.text_.size();
  }

 private:
  const axdr::Node& node_of(const Spot& spot) const { return (*reading_.nodes)[spot.value->node]; }

  // A step whose text stood at `begin`.
  Step& add(Step::What what, std::size_t begin, std::size_t size) {
    plan_.text_.append(text_.substr(at_, begin - at_));
    plan_.steps_.push_back({what, static_cast<std::uint32_t>(begin - at_)});
    plan_.room_ += std::max<std::size_t>(size, 32);
    at_ = begin + size;
    return plan_.steps_.back();
  }

  bool add_id(const Spot& spot, const record::LinePattern::Parts& parts) {
    const std::string_view id = text_.substr(spot.begin, spot.end - spot.begin);
    if (const std::size_t colon = id.rfind(':');
        !parts.counter.empty() && colon != id.npos && id.substr(colon + 1) == parts.counter) {
      add(Step::What::counter, spot.begin + colon + 1, parts.counter.size());
      return true;
    }
    if (id.size() < kDigestChars) return false;
    add(Step::What::digest, spot.begin, kDigestChars);
    const std::string_view behind = id.substr(kDigestChars);
    if (behind.empty()) return true;
    if (parts.ts.empty() || behind.substr(1) != parts.ts) return false;
    add(Step::What::ts, spot.begin + kDigestChars + 1, parts.ts.size());
    return true;
  }

  bool add_number(const Spot& spot) {
    const axdr::Node& node = node_of(spot);
    if (axdr::type_of(node.tag).number == axdr::Number::real) return false;
    const auto raw = readings::raw_number(node, reading_.apdu);
    const bool is_raw = spot.what == Spot::What::raw;
    const int scaler = is_raw ? 0 : spot.value->scaler;
    if (!raw || readings::scaled(*raw, scaler).exceeds_double()) return false;
    Step& step =
        add(is_raw ? Step::What::raw : Step::What::number, spot.begin, spot.end - spot.begin);
    step.offset = node.offset;
    step.size = static_cast<std::uint8_t>(node.size);
    step.is_signed = axdr::type_of(node.tag).number == axdr::Number::signed_integer;
    step.scaler = static_cast<std::int8_t>(scaler);
    plan_.room_ += static_cast<std::size_t>(std::abs(scaler)) + 2;
    if (!is_raw) plan_.fields_.push_back({node.offset, node.size, false});
    return true;
  }

  bool add_clock(const Spot& spot, std::uint32_t offset) {
    const auto clock = cosem::parse_clock(reading_.apdu.subspan(offset, cosem::kClockLength));
    if (!clock) return false;
    Step& step = add(Step::What::clock, spot.begin, spot.end - spot.begin);
    step.offset = offset;
    step.contradicts = clock->dst_contradicts();
    plan_.fields_.push_back({offset, kFreeClockBytes, true});
    return true;
  }

  ReadingPlan& plan_;
  const decode::DecodedMessage& reading_;
  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<ReadingPlan> ReadingPlan::of(record::Line& line,
                                           const decode::DecodedMessage& reading,
                                           std::string_view text, const Spots& spots) {
  const Bytes apdu = reading.apdu;
  if (apdu.empty() || apdu[0] != apdu::kDataNotification || reading.keep_apdu ||
      reading.depends_on_more || !reading.failures.empty() ||
      (reading.layout == "positional" && reading.profile.empty())) {
    return std::nullopt;
  }
  // What a meter sends against the standard is understood by trying: other numbers may then have
  // another sense.
  const auto header = apdu::parse_header(apdu);
  if (!header || !axdr::ends_exactly(apdu, header->body)) return std::nullopt;
  auto pattern = record::LinePattern::of(line);
  record::LinePattern::Parts parts;
  if (!pattern || !pattern->fits(line.text(), parts)) return std::nullopt;
  ReadingPlan plan;
  plan.line_ = std::move(*pattern);
  plan.values_ = reading.values->size();
  Maker maker(plan, reading, text);
  for (const Spot& spot : spots) {
    if (!maker.add(spot, parts)) return std::nullopt;
  }
  maker.finish();
  // These change with every message, whether a view shows them or not.
  plan.fields_.push_back({kInvoke + 1, 3, false});
  if (const Bytes time = header->date_time; cosem::parse_clock(time)) {
    plan.fields_.push_back(
        {static_cast<std::uint32_t>(time.data() - apdu.data()), kFreeClockBytes, true});
  }
  plan.bytes_ = MaskedBytes(apdu);
  for (const Field& field : plan.fields_) plan.bytes_.leave_free(field.offset, field.size);
  return plan;
}

void ReadingPlan::fix(const Field& field, Bytes apdu) {
  bytes_.fix(field.offset, apdu.subspan(field.offset, field.size));
}

std::size_t ReadingPlan::size() const {
  return line_.memory() + 2 * bytes_.size() + fields_.size() * sizeof(Field) +
         steps_.size() * sizeof(Step) + text_.size() + sizeof *this;
}

bool ReadingPlan::write(std::string_view line, Buffer& out) const {
  record::LinePattern::Parts parts;
  if (!line_.fits(line, parts)) return false;
  thread_local ByteVector bytes;  // its memory is used again
  bytes.clear();
  return append_hex(bytes, parts.hex) && write(parts, bytes, out);
}

namespace {

char* put(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

// Clocks of one message mostly show the same time: it is written once.
class ClockWriter {
 public:
  // Null: no time, or one whose summer time contradicts where the plan's does not.
  char* write(char* to, Bytes bytes, bool contradicts) {
    if (bytes_.empty() || contradicts != contradicts_ ||
        std::memcmp(bytes.data(), bytes_.data(), bytes.size()) != 0) {
      const auto clock = cosem::parse_clock(bytes);
      if (!clock || clock->dst_contradicts() != contradicts) return nullptr;
      bytes_ = bytes;
      contradicts_ = contradicts;
      size_ = static_cast<std::size_t>(clock->write_iso(iso_) - iso_);
    }
    return put(to, {iso_, size_});
  }

 private:
  Bytes bytes_;
  bool contradicts_ = false;
  char iso_[cosem::kIsoChars];
  std::size_t size_ = 0;
};

}  // namespace

bool ReadingPlan::write(const record::LinePattern::Parts& parts, Bytes bytes, Buffer& out) const {
  if (!bytes_.fits(bytes)) return false;
  ClockWriter clocks;
  char* to = out.room(room_);
  const char* text = text_.data();
  std::string_view number;  // the last that was written
  bool is_scaled = false;
  for (const Step& step : steps_) {
    std::memcpy(to, text, step.text);
    to += step.text;
    text += step.text;
    switch (step.what) {
      case Step::What::ts: to = put(to, parts.ts); break;
      case Step::What::seq: to = put(to, parts.seq); break;
      case Step::What::counter: to = put(to, parts.counter); break;
      case Step::What::digest: to = put(to, apdu::short_digest(bytes)); break;
      case Step::What::invoke: {
        const std::uint8_t* b = bytes.data() + step.offset;
        const std::uint32_t id = std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
        to = std::to_chars(to, to + 10, id).ptr;
        break;
      }
      case Step::What::number: {
        const Decimal raw = axdr::integer_at(bytes.data() + step.offset, step.size, step.is_signed);
        const Decimal shown = readings::scaled(raw, step.scaler);
        if (shown.exceeds_double()) return false;
        const char* const begin = to;
        to = write_decimal(to, shown);
        number = {begin, static_cast<std::size_t>(to - begin)};
        is_scaled = step.scaler != 0;
        break;
      }
      case Step::What::raw:  // always behind its number
        to = is_scaled ? write_decimal(to, axdr::integer_at(bytes.data() + step.offset, step.size,
                                                            step.is_signed))
                       : put(to, number);
        break;
      case Step::What::clock:
        to = clocks.write(to, bytes.subspan(step.offset, cosem::kClockLength), step.contradicts);
        if (to == nullptr) return false;
        break;
      case Step::What::octets: {
        const Bytes octets = bytes.subspan(step.offset, step.size);
        if (readings::text_of(octets)) return false;
        to = write_hex(to, octets);
        break;
      }
      case Step::What::hex: to = write_hex(to, bytes.subspan(step.offset, step.size)); break;
    }
  }
  to = put(to, {text, static_cast<std::size_t>(text_.data() + text_.size() - text)});
  out.set_end(to);
  return true;
}

namespace {

// Other numbers and clocks in the places of a message. The rounds begin with what may matter:
// nothing, the highest, small numbers.
class Mutations {
 public:
  void change(ByteVector& bytes, const ReadingPlan::Field& field, int round) {
    std::uint8_t* at = bytes.data() + field.offset;
    if (field.is_clock) return change_clock(at, round);
    for (std::uint32_t i = 0; i < field.size; ++i) {
      const std::uint32_t behind = field.size - 1 - i;
      at[i] = round == 0   ? 0
              : round == 1 ? 0xff
              : round == 2 ? static_cast<std::uint8_t>(behind == 0 ? 1 + random(40) : 0)
              : behind > 4 ? 0  // more than a plan writes
                           : static_cast<std::uint8_t>(random(256));
    }
  }

 private:
  void change_clock(std::uint8_t* at, int round) {
    at[1] = static_cast<std::uint8_t>(at[1] + random(3));
    at[2] = static_cast<std::uint8_t>(1 + random(12));
    at[3] = static_cast<std::uint8_t>(1 + random(round < 3 ? 28 : 31));
    at[4] = static_cast<std::uint8_t>(1 + random(7));
    at[5] = static_cast<std::uint8_t>(random(24));
    at[6] = static_cast<std::uint8_t>(random(60));
    at[7] = static_cast<std::uint8_t>(random(60));
  }
  std::uint32_t random(std::uint32_t below) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return static_cast<std::uint32_t>(state_ >> 33) % below;
  }

  std::uint64_t state_ = 1;
};

// Holds a plan against the general way.
class Trial {
 public:
  Trial(ReadingPlan& plan, record::LinePattern::Parts parts, Bytes apdu,
        const ReadingPlans::General& general)
      : plan_(plan), parts_(parts), apdu_(apdu.begin(), apdu.end()), general_(general) {}

  // Fields on which more depends than their own text are fixed; false: not even that helps.
  bool passes() {
    if (holds_for_all()) return true;
    for (const ReadingPlan::Field& field : plan_.fields()) {
      for (int round = 0; round < kRounds; ++round) {
        changed_ = apdu_;
        mutations_.change(changed_, field, round);
        if (holds()) continue;
        plan_.fix(field, apdu_);
        break;
      }
    }
    return holds_for_all();
  }

 private:
  static constexpr int kRounds = 6;

  bool holds_for_all() {
    int told = 0;
    for (int round = 0; round < kRounds; ++round) {
      changed_ = apdu_;
      for (const ReadingPlan::Field& field : plan_.fields()) {
        if (plan_.is_free(field)) mutations_.change(changed_, field, round);
      }
      if (!holds()) return false;
      told += fitted_ ? 1 : 0;
    }
    return told >= kRounds / 2;
  }

  // What the plan does not write cannot be wrong.
  bool holds() {
    by_plan_.clear();
    fitted_ = plan_.write(parts_, changed_, by_plan_);
    if (!fitted_) return true;
    by_general_.clear();
    return general_(changed_, by_general_) && by_plan_.view() == by_general_.view();
  }

  ReadingPlan& plan_;
  record::LinePattern::Parts parts_;
  ByteVector apdu_, changed_;
  const ReadingPlans::General& general_;
  Mutations mutations_;
  Buffer by_plan_, by_general_;
  bool fitted_ = false;
};

std::uint64_t key_of(std::string_view line) {
  return record::source_key(line, {"\"title\":\"", "\"src\":\""});
}

}  // namespace

ReadingPlans::ReadingPlans() : credit_(kMostCredit) {}

std::optional<std::size_t> ReadingPlans::write(std::string_view line, Buffer& out) {
  if (credit_ < kMostCredit) ++credit_;
  if (last_ == nullptr) return std::nullopt;
  Kept* const before = last_;
  if (Kept* const next = before->next; next != nullptr && next->plan.write(line, out)) {
    last_ = next;
    return next->plan.values();
  }
  const auto found = plans_.find(key_of(line));
  if (found == plans_.end()) return std::nullopt;
  for (const auto& kept : found->second) {
    if (kept.get() == before->next || !kept->plan.write(line, out)) continue;
    before->next = last_ = kept.get();
    return kept->plan.values();
  }
  return std::nullopt;
}

bool ReadingPlans::may_learn() const { return credit_ >= kPrice; }

void ReadingPlans::learn(record::Line& line, const decode::DecodedMessage& reading,
                         std::string_view text, const Spots& spots, const General& general) {
  credit_ -= kPrice;
  auto plan = ReadingPlan::of(line, reading, text, spots);
  if (!plan) return;
  const std::string line_text(line.text());
  Buffer again;
  if (!plan->write(line_text, again) || again.view() != text) return;
  record::LinePattern::Parts parts;
  plan->line().fits(line_text, parts);
  const ByteVector apdu(reading.apdu.begin(), reading.apdu.end());
  if (!Trial(*plan, parts, apdu, general).passes()) return;
  if (bytes_ + size_of(*plan) > kMostBytes) {
    plans_.clear();
    last_ = nullptr;
    bytes_ = 0;
  }
  bytes_ += size_of(*plan);
  auto& alike = plans_[key_of(line_text)];
  Kept* kept = nullptr;
  if (alike.size() < kMostAlike) {
    kept = alike.emplace_back(std::make_unique<Kept>(Kept{std::move(*plan)})).get();
  } else {
    kept = alike[turn_++ % kMostAlike].get();
    bytes_ -= size_of(kept->plan);
    kept->plan = std::move(*plan);
  }
  if (last_ != nullptr) last_->next = kept;
  last_ = kept;
  last_->next = last_;
}

}  // namespace meterpipe::views
