#include "record/stats.hpp"

#include <fmt/format.h>

namespace meterpipe::record {

void CodeCounts::add(std::string_view code, std::uint64_t n) {
  auto found = counts_.find(code);
  if (found == counts_.end()) {
    found = counts_.emplace(counts_.size() < kMost ? code : "other", 0).first;
  }
  found->second += n;
}

std::uint64_t CodeCounts::of(std::string_view code) const {
  const auto found = counts_.find(code);
  return found == counts_.end() ? 0 : found->second;
}

std::string thousandths(std::int64_t value) {
  const auto magnitude = value < 0 ? 0 - static_cast<std::uint64_t>(value) : std::uint64_t(value);
  return fmt::format("{}{}.{:03}", value < 0 ? "-" : "", magnitude / 1000, magnitude % 1000);
}

void begin_stats(json::Writer& json, std::string_view tool, Micros now, Micros running) {
  json.begin_object();
  json.member_number("v", 1);
  json.member("t", "stats");
  json.member("tool", tool);
  json.member("ts", format_timestamp(now));
  json.member_raw("seconds", thousandths(running / 1000));
}

void end_stats(json::Writer& json) {
  json.end_object();
  json.buffer().add('\n');
}

void add_counts(json::Writer& json, std::string_view key, const CodeCounts& counts) {
  json.begin_object(key);
  for (const auto& [code, n] : counts.all()) {
    json.string(code);
    json.buffer().add(':');
    json.number(n);
  }
  json.end_object();
}

void add_ages(json::Writer& json, std::string_view key, const Histogram& ages) {
  json.begin_object(key);
  json.member_number("n", ages.count());
  const auto put = [&](std::string_view name, std::int64_t age) {
    json.member_raw(name, ages.count() == 0 ? "null" : thousandths(age));
  };
  put("min", ages.min());
  put("median", ages.quantile(50));
  put("p99", ages.quantile(99));
  put("max", ages.max());
  json.end_object();
}

}  // namespace meterpipe::record
