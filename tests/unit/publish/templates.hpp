// A topic out of text, with all that may stand in a value's topic.
#pragma once

#include <doctest/doctest.h>

#include <string_view>

#include "publish/topics.hpp"

namespace meterpipe::test {

inline publish::TopicTemplate template_of(std::string_view text) {
  using publish::Placeholder;
  const auto parsed = publish::TopicTemplate::parse(
      text, {Placeholder::meter, Placeholder::obis, Placeholder::name, Placeholder::src});
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace meterpipe::test
