#include "decode/reading_maker.hpp"

#include <algorithm>

#include <charconv>

#include "apdu/digest.hpp"
#include "apdu/tags.hpp"
#include "base/timestamp.hpp"
#include "readings/deviation.hpp"
#include "readings/services.hpp"
#include "readings/text.hpp"

namespace meterpipe::decode {
namespace {

constexpr std::size_t kMostShapes = 1000;  // kept; a meter has a handful
constexpr std::size_t kMostPlaces = 1000;  // of a profile

}  // namespace

void ReadingMaker::begin(const record::ApduRecord& record, apdu::Auth auth) {
  reading_ = {};
  reading_.head = record.head;
  reading_.auth = auth;
  reading_.replayed = record.security && record.security->replayed;
  reading_.apdu = record.bytes;
  reading_.unknown = &record.unknown;
}

Result<DecodedMessage*> ReadingMaker::make(const record::ApduRecord& record, apdu::Auth auth) {
  DecodedMessage& reading = reading_;
  begin(record, auth);
  choice_ = {};
  failures_.clear();
  p1_.bad.clear();
  sml_.clear();
  next_sml_ = 0;
  if (readings::is_p1(record.bytes)) return make_p1(record, reading);
  if (wired::is_sml(record.bytes)) {
    auto read = read_sml(record.bytes);
    if (!read) return tl::unexpected(read.error());
    sml_ = std::move(*read);
    return next(record);
  }

  if (auto read = read_body(record.bytes); !read) return tl::unexpected(read.error());
  // A list by place is a push: what was asked for one by one has another order each time.
  reading.no_head = no_head_;
  const bool is_push = no_head_ || record.bytes[0] == apdu::kDataNotification ||
                       record.bytes[0] == apdu::kEventNotification;
  if (is_push && profiles_.concerns(inferred_.layout)) {
    choice_ = profiles_.choose(message(record), inferred_.values);
    reading.depends_on_more = choice_.by_numbers;
    if (choice_.profile != nullptr && choice_.rival == nullptr) {
      (choice_.refused ? reading.profile_refused : reading.profile) = choice_.profile->name;
      find_clock_and_number(nodes_, record.bytes, inferred_);
    }
  }
  reading.failures = failures_;
  reading.layout = readings::name(inferred_.layout);
  reading.nodes = &nodes_;
  reading.values = &inferred_.values;
  if (inferred_.list) reading.list = &*inferred_.list;
  reading.doubtful = inferred_.doubtful != 0;
  if (inferred_.misfit) reading.misfit = &*inferred_.misfit;
  if (header_.has_invoke) reading.invoke = header_.invoke();
  if (header_.has_descriptor) reading.event = &header_.descriptor;

  if (const auto clock = clock_of(record, reading)) {
    reading.time = {time_.data(),
                    static_cast<std::size_t>(clock->write_iso(time_.data()) - time_.data())};
    reading.doubtful_dst = clock->dst_contradicts();
  }
  meter_.clear();
  if (inferred_.number) {
    const readings::Value& value = inferred_.values[*inferred_.number];
    if (const auto text = readings::text_of(nodes_[value.node], record.bytes)) {
      meter_ = *text;
    } else if (const auto number = readings::number_of_meter(value, nodes_, record.bytes)) {
      meter_ = to_string(*number);
    }
  }
  set_meter(record);
  reading.meter = meter_;
  set_id(record, !header_.date_time.empty());
  reading.id = id_;
  keep_wanted(inferred_.values);
  return &reading;
}

// A push, or its body alone; or what another service carries.
Result<void> ReadingMaker::read_body(Bytes apdu) {
  no_head_ = false;
  const auto header = apdu::parse_notification(apdu, nodes_);
  if (header) {
    header_ = *header;
    readings::infer(nodes_, apdu, inferred_);
    if (header_.has_descriptor) readings::name_event_value(header_, nodes_, apdu, inferred_);
    return {};
  }
  if (header.error().fault != Fault::not_dlms) return tl::unexpected(header.error());
  if (apdu::is_headless_body(apdu)) {
    no_head_ = true;
    header_ = {};
    if (auto body = axdr::parse_all(apdu, 0, nodes_); !body) return tl::unexpected(body.error());
    readings::infer(nodes_, apdu, inferred_);
    return {};
  }
  if (apdu::find_apdu_tag(apdu[0]) == nullptr) return tl::unexpected(header.error());
  const auto payload = readings::read_service(apdu, nodes_, header_);
  if (!payload) return tl::unexpected(payload.error());
  readings::infer_service(*payload, nodes_, apdu, inferred_);
  failures_ = payload->failures;
  return {};
}

Result<DecodedMessage*> ReadingMaker::make_p1(const record::ApduRecord& record,
                                              DecodedMessage& reading) {
  // Off a line the link layer has judged the checksum, and may have been told to overlook it.
  if (auto parsed = readings::parse_p1(record.bytes, record.link != "p1", p1_); !parsed) {
    return tl::unexpected(parsed.error());
  }
  for (const readings::Profile* profile : profiles_.preferred_by_code()) {
    if (readings::give_units(p1_, profile->codes)) reading.profile = profile->name;
  }
  reading.layout = "p1";
  reading.ident = p1_.ident;
  nodes_.clear();
  reading.nodes = &nodes_;
  reading.values = &p1_.values;
  if (p1_.clock) reading.time = p1_.values[*p1_.clock].sent->at;
  const std::string time(reading.time);
  meter_.clear();
  if (p1_.number) meter_ = p1_.values[*p1_.number].sent->words();
  set_meter(record);
  reading.meter = meter_;
  set_id(record, p1_.clock.has_value());
  reading.id = id_;
  std::ranges::copy(time, time_.begin());
  reading.time = {time_.data(), time.size()};
  keep_wanted(p1_.values);
  return &reading;
}

DecodedMessage* ReadingMaker::next(const record::ApduRecord& record) {
  if (next_sml_ == sml_.size()) return nullptr;
  begin(record, reading_.auth);
  DecodedMessage* reading = make_sml(record, sml_[next_sml_++]);
  if (next_sml_ > 1) {  // one name for each
    id_ += '-';
    id_ += std::to_string(next_sml_);
    reading->id = id_;
  }
  return reading;
}

DecodedMessage* ReadingMaker::make_sml(const record::ApduRecord& record, SmlReading& sml) {
  DecodedMessage& reading = reading_;
  reading.depends_on_more = true;
  reading.layout = "sml";
  reading.apdu = sml.bytes;
  reading.sent = record.bytes;
  reading.nodes = &sml.nodes;
  reading.values = &sml.values;
  reading.extras = &sml.extras;
  reading.running_s = sml.running_s;
  reading.time = sml.time;
  meter_ = sml.meter;
  set_meter(record);
  reading.meter = meter_;
  set_id(record, !sml.time.empty() || sml.running_s);
  reading.id = id_;
  if (!only_.empty()) {
    std::vector<SmlExtra> kept;
    for (std::size_t i = 0; i < sml.values.size(); ++i) {
      const bool wanted = std::ranges::any_of(
          only_, [&](const auto& one) { return one.matches(*sml.values[i].obis); });
      if (wanted) kept.push_back(sml.extras[i]);
    }
    sml.extras = std::move(kept);
    keep_wanted(sml.values);
  }
  return &reading;
}

Result<std::string> ReadingMaker::suggest(const record::ApduRecord& record) {
  if (auto read = read_body(record.bytes); !read) return tl::unexpected(read.error());
  if (inferred_.layout != readings::Layout::positional || inferred_.elements == 0 ||
      nodes_.size() > kMostPlaces) {
    return std::string();
  }
  std::vector<readings::Value> unused;
  if (profiles_.choose(message(record), unused).profile != nullptr) return std::string();
  if (shapes_.size() >= kMostShapes) return std::string();
  if (!shapes_.insert(readings::shape_of(message(record))).second) return std::string();
  return readings::skeleton(message(record), shapes_.size());
}

// The APDU's own time, else the clock in the body.
std::optional<cosem::Clock> ReadingMaker::clock_of(const record::ApduRecord& record,
                                                   DecodedMessage& reading) {
  reading.clock = header_.date_time;
  auto clock = cosem::parse_clock(reading.clock);
  if (!clock && inferred_.clock) {
    const axdr::Node& node = nodes_[inferred_.values[*inferred_.clock].node];
    reading.clock = Bytes(record.bytes).subspan(node.offset, node.size);
    clock = cosem::parse_clock(reading.clock);
  }
  // At or west of Greenwich.
  if (clock && clock->deviation && *clock->deviation >= 0) {
    correct_deviation(record, *clock, reading);
  }
  return clock;
}

void ReadingMaker::correct_deviation(const record::ApduRecord& record, cosem::Clock& clock,
                                     DecodedMessage& reading) {
  if (!readings::is_aidon(nodes_, record.bytes, inferred_)) return;
  reading.depends_on_more = true;
  const auto judgement = readings::judge_deviation(
      clock, record.head.ts.empty() ? std::nullopt : parse_timestamp(record.head.ts));
  if (!judgement) return;
  readings::correct_clocks(*clock.deviation, *judgement, nodes_, record.bytes, inferred_);
  clock.deviation.reset();
  if (judgement->deviation != readings::kDeviationUnknown) clock.deviation = judgement->deviation;
  reading.quirk = judgement->quirk;
  reading.doubtful_deviation = judgement->quirk.empty();
}

// The number in the body, without the blanks that fill its place, else Kaifa's in the system title,
// else the title.
void ReadingMaker::set_meter(const record::ApduRecord& record) {
  while (!meter_.empty() && meter_.back() == ' ') meter_.pop_back();
  meter_.erase(0, std::min(meter_.find_first_not_of(' '), meter_.size()));
  if (!meter_.empty() || !record.security || record.security->title.empty()) return;
  meter_ = readings::number_of_title(record.security->title);
  if (meter_.empty()) meter_ = to_hex(record.security->title);
}

// title:counter; without a cipher a digest of the APDU, which needs a time to be one of its kind.
void ReadingMaker::set_id(const record::ApduRecord& record, bool has_time) {
  id_.clear();
  if (record.security && record.security->has_control && !record.security->title.empty()) {
    const Bytes title = record.security->title;
    char text[2 * apdu::kTitleLength + 16];
    char* end = write_hex(text, title);
    *end++ = ':';
    end = std::to_chars(end, text + sizeof text, record.security->counter).ptr;
    id_.append(text, end);
    return;
  }
  id_ = apdu::short_digest(record.bytes);
  if (!has_time && !record.head.ts.empty()) {
    id_ += '@';
    id_ += record.head.ts;
  }
}

void ReadingMaker::keep_wanted(std::vector<readings::Value>& values) const {
  if (only_.empty()) return;
  std::erase_if(values, [this](const readings::Value& value) {
    return !value.obis || std::ranges::none_of(only_, [&](const auto& pattern) {
      return pattern.matches(*value.obis);
    });
  });
}

}  // namespace meterpipe::decode
