// What the tools count and how they say it: quantiles, the stats record, metrics.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "base/histogram.hpp"
#include "cli/options.hpp"
#include "count/meter_stats.hpp"
#include "count/metrics.hpp"
#include "decode/frame_source.hpp"
#include "os/log.hpp"
#include "record/stats.hpp"
#include "spool/batch_codec.hpp"

namespace meterpipe::test {

namespace {

std::int64_t exact_quantile(std::vector<std::int64_t> values, unsigned percent) {
  std::sort(values.begin(), values.end());
  const std::size_t rank = std::max<std::size_t>(1, (values.size() * percent + 99) / 100);
  return values[rank - 1];
}

std::string text_of(const Histogram& ages) {
  Buffer out;
  json::Writer json(out);
  json.begin_object();
  record::add_ages(json, "age", ages);
  json.end_object();
  return std::string(out.view());
}

class Frames final : public decode::FrameRecordSink {
 public:
  void give(const record::ApduRecord&) override { ++apdus; }
  void give(const record::FrameRecord&) override {}
  void give(const record::MbusRecord&) override { ++answers; }
  void give(const record::ErrorRecord& record) override {
    errors.add(record.code);
    bytes.add(record.code, record.bytes.size());
  }
  int apdus = 0, answers = 0;
  record::CodeCounts errors, bytes;
};

class Kept final : public mqtt::Outlet {
 public:
  void put(mqtt::Batch batch) override { batches.push_back(std::move(batch)); }
  std::vector<mqtt::Batch> batches;
};

constexpr Micros kNow = 1'800'000'000'000'000;

struct Counting {
  explicit Counting(std::size_t most = state::Meters::kMost) : meters(most) {}
  state::Meters meters;
  Micros now = kNow;
  count::MeterStats stats{
      meters,
      {*shape::TopicTemplate::parse("meterpipe/{meter}/stats", {shape::Placeholder::meter}), true,
       false, [this] { return now; }}};

  void reading(std::string_view meter, Micros ts) {
    const std::string text = format_timestamp(ts);
    record::ReadingRecord reading;
    reading.meter = meter;
    reading.head.ts = text;
    stats.believed(reading, meters.heard(meter));
  }
  void error(std::string_view meter, std::string_view text) {
    REQUIRE(line.parse(text));
    stats.error(line, meters.heard(meter));
  }
  record::Line line;
};

}  // namespace

TEST_CASE("quantiles are off by 2 % at most, the ends not at all") {
  std::mt19937_64 random(17);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::int64_t> values(1 + random() % 3000);
    const int bits = 1 + static_cast<int>(random() % 62);
    const bool negative = round % 3 == 0;
    Histogram histogram;
    for (auto& value : values) {
      value = static_cast<std::int64_t>(random() >> (64 - 1 - random() % bits));
      if (negative && random() % 2 == 0) value = -value;
      histogram.add(value);
    }
    CHECK(histogram.count() == values.size());
    CHECK(histogram.min() == exact_quantile(values, 0));
    CHECK(histogram.max() == exact_quantile(values, 100));
    for (const unsigned percent : {0u, 1u, 25u, 50u, 90u, 99u, 100u}) {
      const std::int64_t exact = exact_quantile(values, percent);
      const double error = static_cast<double>(histogram.quantile(percent) - exact);
      CAPTURE(exact);
      CHECK(std::abs(error) <= 0.02 * std::abs(static_cast<double>(exact)));
    }
  }
}

TEST_CASE("the ends of 64 bits") {
  Histogram histogram;
  for (const std::int64_t value : {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1}) {
    histogram.add(value);
  }
  CHECK(histogram.min() == INT64_MIN);
  CHECK(histogram.max() == INT64_MAX);
  CHECK(histogram.quantile(100) > INT64_MAX / 100 * 98);
  CHECK(histogram.quantile(0) < INT64_MIN / 100 * 98);
}

TEST_CASE("ages in milliseconds; null where there are none") {
  Histogram ages;
  CHECK(text_of(ages) == R"({"age":{"n":0,"min":null,"median":null,"p99":null,"max":null}})");
  for (const std::int64_t age : {-1500, 7, 31}) ages.add(age);
  CHECK(text_of(ages) == R"({"age":{"n":3,"min":-1.500,"median":0.007,"p99":0.031,"max":0.031}})");
}

TEST_CASE("codes that others made up are bounded") {
  record::CodeCounts counts;
  for (int i = 0; i < 1000; ++i) counts.add("code-" + std::to_string(i));
  CHECK(counts.all().size() == record::CodeCounts::kMost + 1);
  CHECK(counts.of("other") == 1000 - record::CodeCounts::kMost);
  counts.add("code-3", 2);
  CHECK(counts.of("code-3") == 3);
}

TEST_CASE("bytes of a line: frames by link, what is skipped by cause") {
  const auto bytes = [](std::string_view hex) { return *from_hex(hex); };
  const decode::FrameSettings settings;
  Frames sink;
  decode::FrameCounts counts, others;
  decode::FrameSource source("test", "a", settings, sink), another("test", "b", settings, sink);
  source.count_in(counts);
  another.count_in(counts);
  ByteVector stream = bytes("1040014116");      // a short frame
  append(stream, bytes("ffee"));                // noise
  append(stream, bytes("680303680801720016"));  // its checksum is 7b
  append(stream, bytes("1040014116"));
  source.push(stream, {std::nullopt, 0, {}, {}});
  source.finish();
  another.push(bytes("1040014116"), {std::nullopt, 0, {}, {}});
  another.finish();
  CHECK(counts.bytes == stream.size() + 5);
  CHECK(counts.frames_of("mbus") == 3);
  CHECK(counts.frames_of("hdlc") == 0);
  CHECK(counts.skipped.of("bad-checksum") == sink.bytes.of("bad-checksum"));
  CHECK(counts.skipped.of("noise") == sink.bytes.of("noise"));
  CHECK(counts.skipped.of("noise") + counts.skipped.of("bad-checksum") == 2 + 9);
  CHECK(sink.errors.of("bad-checksum") == 1);
}

// Whatever comes: frames, pieces of frames, heads of APDUs that are cut, noise. Only flags between
// HDLC frames are neither a frame nor skipped.
TEST_CASE("every byte is in a frame or is skipped") {
  std::mt19937_64 random(23);
  const auto bytes = [](std::string_view hex) { return *from_hex(hex); };
  const ByteVector pieces[] = {
      bytes("1040014116"),
      bytes("e5"),
      bytes("6806066853ff100167aa7416"),
      bytes("680303680801720016"),                                // wrong checksum
      bytes("0001000100100006c00181000100"),                      // wrapper, another length
      bytes("db084b464d1020000101820150210000"),                  // an APDU that is cut
      bytes("e6e700db084b464d102000010181e82100000001aabbccdd"),  // the same, behind an LLC header
      bytes("0f000000010c07e5010101000000ff80000002020600000001")};
  std::uint64_t truncated = 0;
  for (int round = 0; round < 400; ++round) {
    const bool has_flags = round % 4 == 0;
    ByteVector stream;
    for (auto left = 1 + random() % 12; left > 0; --left) {
      ByteVector piece = pieces[random() % std::size(pieces)];
      if (random() % 3 == 0) piece.resize(random() % (piece.size() + 1));
      for (auto noise = random() % 4 == 0 ? random() % 20 : 0; noise > 0; --noise) {
        piece.push_back(static_cast<std::uint8_t>(random()));
      }
      append(stream, piece);
    }
    if (!has_flags) std::replace(stream.begin(), stream.end(), 0x7e, 0x7d);
    const decode::FrameSettings settings;
    struct Sum final : decode::FrameRecordSink {
      void give(const record::ApduRecord&) override {}
      void give(const record::FrameRecord&) override {}
      void give(const record::MbusRecord&) override {}
      void give(const record::ErrorRecord&) override {}
      void seen(const link::Frame& frame) override { framed += frame.bytes.size(); }
      void seen(const link::Frame&, const link::RspUd&) override {}
      std::uint64_t framed = 0;
    } sink;
    decode::FrameCounts counts;
    decode::FrameSource source("test", "a", settings, sink);
    source.count_in(counts);
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 30, stream.size() - at);
      const bool gap = random() % 5 == 0;
      source.push(Bytes(stream).subspan(at, size), {std::nullopt, 0, gap ? "gap" : "", {}});
      at += size;
    }
    source.finish();
    std::uint64_t skipped = 0;
    for (const auto& [code, n] : counts.skipped.all()) skipped += n;
    truncated += counts.skipped.of("truncated");
    CAPTURE(to_hex(stream));
    REQUIRE(counts.bytes == stream.size());
    const auto flags = std::count(stream.begin(), stream.end(), 0x7e);
    CHECK(sink.framed + skipped <= counts.bytes);
    CHECK(sink.framed + skipped + static_cast<std::uint64_t>(flags) >= counts.bytes);
  }
  CHECK(truncated > 500);
}

TEST_CASE("each event moves its counter, of its meter and of all") {
  Counting counting;
  auto& stats = counting.stats;
  counting.reading("A", kNow - 1'000'000);
  counting.reading("A", kNow - 3'000'000);
  counting.reading("B", kNow + 500);
  counting.error("A", R"({"v":1,"t":"error","code":"bad-apdu"})");
  record::ReadingRecord reading;
  reading.meter = "B";
  stats.refused(reading, counting.meters.heard("B"), "why");
  stats.duplicate(reading, counting.meters.heard("B"));
  mqtt::Batch batch;
  batch.meter = "A";
  stats.done(batch);  // nobody knows when it came
  batch.first_byte = kNow - 2'000'000;
  stats.done(batch);
  const auto& all = stats.all();
  CHECK(all.readings == 3);
  CHECK(all.refused == 1);
  CHECK(all.duplicates == 1);
  CHECK(all.errors.of("bad-apdu") == 1);
  CHECK(all.last_reading == kNow + 500);
  CHECK(all.ages.count() == 3);
  CHECK(all.ages.min() == -500);
  CHECK(all.ages.max() == 3'000'000);
  CHECK(all.publish_ages.count() == 1);
  CHECK(all.publish_ages.min() == 2'000'000);
  int meters = 0;
  stats.for_each([&](const std::string& name, const count::MeterCounts& counts) {
    ++meters;
    const bool is_a = name == "A";
    CHECK(counts.readings == (is_a ? 2 : 1));
    CHECK(counts.errors.of("bad-apdu") == (is_a ? 1 : 0));
    CHECK(counts.refused == (is_a ? 0 : 1));
    CHECK(counts.publish_ages.count() == (is_a ? 1 : 0));
    if (is_a) CHECK(counts.last_reading == kNow - 1'000'000);
  });
  CHECK(meters == 2);
}

TEST_CASE("a meter's topic has its counters, and only when something has changed") {
  Counting counting;
  Kept outlet;
  counting.reading("A/1", kNow - 1'000'000);
  counting.reading("B", kNow - 1'000'000);
  CHECK(counting.stats.wants_to_publish());
  mqtt::Counts session;
  session.published = 7;
  session.connections = 3;
  session.spool = mqtt::Counts::Spool{4, 5, 6, kNow - 250};
  counting.stats.publish(outlet, session, 12'345'678);
  REQUIRE(outlet.batches.size() == 2);
  const mqtt::Message& first = outlet.batches[0].messages[0];
  CHECK(first.topic() == "meterpipe/A%2F1/stats");
  CHECK(first.retain());
  CHECK(
      first.payload() ==
      R"({"v":1,"t":"stats","tool":")" + std::string(os::Log::tool()) +
          R"(","ts":"2027-01-15T08:00:00.000000Z",)"
          R"("seconds":12.345,"meter":"A/1","problem":null,"readings":1,"refused":0,"duplicates":0,)"
          R"("last_reading":"2027-01-15T07:59:59.000000Z","errors":{},)"
          R"("age":{"n":1,"min":1000.000,"median":1000.000,"p99":1000.000,"max":1000.000},)"
          R"("publish_age":{"n":0,"min":null,"median":null,"p99":null,"max":null},)"
          R"("published":7,"delivered":0,"dropped":0,"superseded":0,"unsendable":0,"refused_by_broker":0,)"
          R"("reconnects":2,"queue":{"messages":0,"bytes":0,"in_flight":0},)"
          R"("spool":{"readings":4,"bytes":5,"dropped":6,"oldest_age":0.250}})");
  CHECK(!counting.stats.wants_to_publish());
  counting.reading("B", kNow);
  counting.stats.publish(outlet, session, 0);
  REQUIRE(outlet.batches.size() == 3);
  CHECK(outlet.batches[2].messages[0].topic() == "meterpipe/B/stats");
}

TEST_CASE("the power is import less export, or the balance") {
  const auto power_of = [](std::string_view values) -> std::string {
    state::Meters meters;
    count::MeterStats stats{meters,
                            {*shape::TopicTemplate::parse("{meter}", {shape::Placeholder::meter}),
                             true, false, [] { return kNow; }, true}};
    const std::string text = fmt::format(R"({{"v":1,"t":"reading","values":[{}]}})", values);
    record::Line line;
    record::ReadingRecord reading;
    REQUIRE(line.parse(text));
    REQUIRE(record::read(line, reading));
    stats.believed(reading, meters.heard("m"));
    return stats.power() ? to_string(*stats.power()) : "none";
  };
  const std::string kImport = R"({"obis":"1-0:1.7.0","value":1.5,"unit":"kW"})";
  CHECK(power_of(kImport) == "1500");
  CHECK(power_of(kImport + R"(,{"obis":"1-0:2.7.0","value":100,"unit":"W"})") == "1400");
  CHECK(power_of(kImport + R"(,{"obis":"1-0:16.7.0","value":-7,"unit":"W"})") == "-7");
  CHECK(
      power_of(R"({"obis":"1.7.0","value":9,"unit":"W"},{"obis":"2.7.0","value":4,"unit":"W"})") ==
      "5");
  CHECK(power_of(R"({"obis":"16.7.0","value":-3,"unit":"W"})") == "-3");
  CHECK(power_of(kImport + R"(,{"obis":"1-0:1.7.0","attr":4,"value":64})") == "1500");
  CHECK(power_of(R"({"obis":"1-1:1.7.0","value":9,"unit":"W"})") == "none");
  CHECK(power_of(R"({"obis":"1-0:21.7.0","value":9,"unit":"W"})") == "none");
}

TEST_CASE("of more meters than there is room for the sums are kept") {
  Counting counting(1000);
  for (int i = 0; i < 3000; ++i) counting.reading("meter " + std::to_string(i), kNow);
  int meters = 0;
  counting.stats.for_each([&](const std::string&, const count::MeterCounts&) { ++meters; });
  CHECK(meters == 1000);
  CHECK(counting.stats.all().readings == 3000);
}

TEST_CASE("metrics: labels are escaped, an age that is not known is NaN") {
  Counting counting;
  counting.reading("a\"b\\c\nd", kNow - 1'500'000);
  Buffer out;
  const mqtt::Counts session;
  count::write_metrics(out, {"me", counting.stats, session, 2, kNow, kNow - 1});
  const std::string text(out.view());
  const auto has = [&](std::string_view line) {
    CAPTURE(line);
    CHECK(text.find("\n" + std::string(line) + "\n") != std::string::npos);
  };
  has(R"(meterpipe_readings_total{client="me",meter="a\"b\\c\nd"} 1)");
  has(R"(meterpipe_last_reading_timestamp_seconds{client="me",meter="a\"b\\c\nd"} 1799999998.500000)");
  has(R"(meterpipe_publish_age_seconds{client="me",meter="a\"b\\c\nd",quantile="0.5"} NaN)");
  has(R"(meterpipe_bad_lines_total{client="me"} 2)");
  CHECK(text.find("spool") == std::string::npos);
}

TEST_CASE("a spool keeps when a message came; one of before that has no time") {
  mqtt::Batch batch;
  batch.meter = "A";
  batch.messages.emplace_back("t", "p", true);
  for (const std::int64_t time : {mqtt::Batch::kNoTime, std::int64_t{-5}, kNow}) {
    batch.first_byte = time;
    const auto read = spool::decode_batch(spool::encode(batch));
    REQUIRE(read);
    CHECK(read->first_byte == time);
  }
}

TEST_CASE("--stats takes the next word only if it is nothing but a time") {
  struct Try {
    std::vector<const char*> words;
    bool given;
    std::uint64_t every_ms;
    std::vector<std::string> files;
  };
  const Try tries[] = {
      {{"x", "--stats", "5", "f"}, true, 5000, {"f"}},
      {{"x", "--stats", "500ms"}, true, 500, {}},
      {{"x", "--stats", "1.5m", "f"}, true, 90'000, {"f"}},
      {{"x", "--stats", "5.log"}, true, 0, {"5.log"}},
      {{"x", "--stats", "./5"}, true, 0, {"./5"}},
      {{"x", "--stats", "5x"}, true, 0, {"5x"}},
      {{"x", "--stats", "s"}, true, 0, {"s"}},
      {{"x", "--stats", "--", "5"}, true, 0, {"5"}},
      {{"x", "--", "--stats", "5"}, false, 0, {"--stats", "5"}},
      {{"x", "--stats=2s", "7"}, true, 2000, {"7"}},
      {{"x", "f", "--stats"}, true, 0, {"f"}},
      {{"x", "5"}, false, 0, {"5"}},
  };
  for (const Try& one : tries) {
    CAPTURE(one.words);
    cli::Options options("x", "");
    bool given = false;
    std::uint64_t every_ms = 0;
    std::vector<std::string> files;
    options.flag_or_time("--stats", given, every_ms, "");
    options.positional("FILE", files, "");
    std::vector<char*> words;
    for (const char* word : one.words) words.push_back(const_cast<char*>(word));
    options.parse(static_cast<int>(words.size()), words.data());
    CHECK(given == one.given);
    CHECK(every_ms == one.every_ms);
    CHECK(files == one.files);
  }
  for (const char* const bad : {"--stats=x", "--stats=0", "--stats=", "--stats=-1"}) {
    CAPTURE(bad);
    cli::Options options("x", "");
    bool given = false;
    std::uint64_t every_ms = 0;
    options.flag_or_time("--stats", given, every_ms, "");
    char name[] = "x";
    std::string word(bad);
    char* words[] = {name, word.data()};
    CHECK_THROWS_AS(options.parse(2, words), cli::Exit);
  }
}

}  // namespace meterpipe::test
