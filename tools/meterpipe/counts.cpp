#include "meterpipe/counts.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "json/fields.hpp"
#include "os/status.hpp"

namespace meterpipe::runner {

bool Counts::take(const std::string& program, std::string_view line) {
  json::Fields fields;
  if (!line.starts_with('{') || !fields.parse(line)) return false;
  auto& counts = of_[program];
  for (const json::Field& field : fields.all()) {
    if (const auto number = json::to_unsigned(field.raw)) {
      counts[std::string(field.key)] = *number;
    }
    if (field.key == "power") power_ = json::is_number(field.raw) ? field.raw : "";
    std::vector<json::Field> members;
    const bool is_wanted = field.key == "errors" || field.key == "frames" || field.key == "skipped";
    if (!is_wanted || !json::split_object(field.raw, members)) continue;
    for (const json::Field& one : members) {
      counts[fmt::format("{}.{}", field.key, one.key)] = json::to_unsigned(one.raw).value_or(0);
    }
  }
  return true;
}

std::uint64_t Counts::operator()(const std::string& program, const std::string& what) const {
  const auto counts = of_.find(program);
  if (counts == of_.end()) return 0;
  const auto count = counts->second.find(what);
  return count == counts->second.end() ? 0 : count->second;
}

Counts Counts::since(const Counts& before) const {
  Counts counts = *this;
  for (auto& [program, all] : counts.of_) {
    for (auto& [what, count] : all) {
      const std::uint64_t then = before(program, what);
      count -= then < count ? then : count;
    }
  }
  return counts;
}

std::uint64_t Counts::sum(const std::string& program, std::string_view group) const {
  const auto counts = of_.find(program);
  if (counts == of_.end()) return 0;
  std::uint64_t sum = 0;
  for (const auto& [what, count] : counts->second) {
    if (what.starts_with(group)) sum += count;
  }
  return sum;
}

std::uint64_t Counts::frames() const { return sum("mbus-frame", "frames."); }

std::uint64_t Counts::errors(const std::string& program) const { return sum(program, "errors."); }

bool Counts::is_intact() const {
  const auto of = [this](const char* what) { return (*this)("mbus-frame", what); };
  return of("frames.mbus") + of("frames.hdlc") + of("frames.p1") + of("frames.sml") == frames() &&
         of("skipped.bad-checksum") + of("skipped.bad-fcs") == 0;
}

std::uint64_t Counts::readings() const {
  const std::uint64_t all = (*this)("obis-mqtt", "readings"),
                      refused = (*this)("obis-mqtt", "refused");
  return all - (refused < all ? refused : all);
}

Verdict why_no_reading(const Counts& counts, const config::Settings& settings,
                       std::string_view within) {
  const std::string port = settings.value("mbus-read", "port").value_or("-");
  const std::string keys = settings.value("dlms-decrypt", "keys").value_or("FILE");
  if (counts("mbus-read", "bytes") == 0) {
    return {
        os::kNo, 0, "silent",
        fmt::format("nothing came{}: is the interface activated, and the adapter the right one? "
                    "(meter-doctor -p {})",
                    within, port)};
  }
  const std::uint64_t wired = counts("mbus-frame", "rsp_ud");
  if (counts("mbus-frame", "apdus") == 0 && wired == 0) {
    return {
        os::kData, 0, "no-frames",
        fmt::format("bytes came, and no whole message{}: is the line set right? (mbus-read -p {} "
                    "--detect)",
                    within, port)};
  }
  const std::uint64_t taken = counts("dlms-decrypt", "apdus") + wired;
  if (const auto wrong = counts("dlms-decrypt", "wrong_keys"); wrong != 0) {
    const std::uint64_t all = std::max(wrong, taken);
    return {os::kData, 1, "wrong-key",
            fmt::format("the key is not the one of this meter: {} (meter-doctor -k {} -p {})",
                        all == 1 ? std::string("its message does not decipher")
                                 : fmt::format("{} of {} messages do not decipher", wrong, all),
                        keys, port),
            all};
  }
  if (counts("dlms-decrypt", "no_keys") != 0) {
    return {os::kData, 1, "no-key",
            "the messages are ciphered, and there is no key for them (keys = \"FILE\")", taken};
  }
  if (counts("dlms-decrypt", "tag_failures") != 0) {
    return {os::kData, 1, "tags",
            fmt::format(
                "the messages are not what the meter signed, or the authentication key is wrong "
                "(meter-doctor -k {} -p {})",
                keys, port),
            taken};
  }
  if (counts("dlms-decrypt", "errors.downgrade") != 0 ||
      counts("dlms-decrypt", "errors.not-authenticated") != 0) {
    return {os::kData, 1, "trust",
            fmt::format(
                "the messages are less trustworthy than they should be: not ciphered, or without a "
                "good tag (meter-doctor -k {} -p {})",
                keys, port),
            taken};
  }
  if (counts("obis-mqtt", "refused") != 0) {
    return {os::kData, 2, "refused",
            "the values cannot be true and were not published (see --no-check of obis-mqtt)",
            counts("obis-mqtt", "readings")};
  }
  if (counts("mbus-frame", "apdus") == 0) {
    return {
        os::kData, 2, "foreign",
        "the messages are those of a heat, water or gas meter (M-Bus RSP_UD), and no value could "
        "be read from them: is it the right socket?",
        wired};
  }
  // A message without values is none that cannot be read.
  return {os::kData, counts.errors("cosem-decode") != 0 ? 2U : 0U, "unreadable",
          fmt::format("messages came, and no values could be read from them{} (meter-doctor -p {})",
                      within, port),
          counts("cosem-decode", "apdus")};
}

}  // namespace meterpipe::runner
