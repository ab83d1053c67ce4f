// What text and CSV show of a value: a word or two for each of its parts.
#pragma once

#include <string>
#include <string_view>

#include "cosem/names.hpp"
#include "decode/reading.hpp"
#include "views/value_names.hpp"

namespace meterpipe::views {

struct Columns {
  std::string_view code, name;  // none where the message gives no code
  std::string place;            // then this says which value it is
  std::string value, unit;
};

class ReadingColumns {
 public:
  explicit ReadingColumns(cosem::NameFormat format) : format_(std::move(format)) {}

  // Its views are good until the next call.
  Columns of(const decode::DecodedMessage& reading, const readings::Value& value);

 private:
  cosem::NameFormat format_;
  ByCode<ValueName> names_;
};

}  // namespace meterpipe::views
