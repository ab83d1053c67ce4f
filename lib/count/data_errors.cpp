#include "count/data_errors.hpp"

#include <bit>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "os/log.hpp"
#include "record/cures.hpp"
#include "record/fault_text.hpp"

namespace meterpipe::count {

void DataErrors::error(record::Line& line, state::Meter& meter) {
  const std::string code(line.text_at("code").value_or(""));
  const bool is_full = counts_.size() >= kMostKinds && !counts_.contains(code);
  const std::uint64_t count = ++counts_[is_full ? std::string() : code];
  if (!std::has_single_bit(count)) return;
  const std::string_view cure = record::cure_of(code);
  const std::string text(line.text_at("text").value_or(""));
  os::log_warning("{} of {}{}: {}{}{}", code.empty() ? "other trouble" : record::shown(code),
                  meter.name(), count == 1 ? "" : fmt::format(", {} so far", count),
                  text.empty() ? "no reason given" : record::shown(text), cure.empty() ? "" : "; ",
                  cure);
}

}  // namespace meterpipe::count
