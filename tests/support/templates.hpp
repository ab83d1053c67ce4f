// A topic out of text, with all that may stand in a value's topic.
#pragma once

#include <doctest/doctest.h>

#include <string_view>

#include "shape/topics.hpp"

namespace meterpipe::test {

inline shape::TopicTemplate template_of(std::string_view text) {
  using shape::Placeholder;
  const auto parsed = shape::TopicTemplate::parse(
      text, {Placeholder::meter, Placeholder::obis, Placeholder::name, Placeholder::src});
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace meterpipe::test
