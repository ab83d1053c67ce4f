// The texts of operators/ that are compiled in.
#pragma once

#include <span>
#include <string_view>

namespace meterpipe::config {

struct OperatorText {
  std::string_view name, text;
};

std::span<const OperatorText> operator_texts();

}  // namespace meterpipe::config
