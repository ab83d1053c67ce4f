// What text and CSV show of a value: a word or two for each of its parts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cosem/names.hpp"
#include "decode/reading.hpp"
#include "views/spots.hpp"
#include "views/value_names.hpp"

namespace meterpipe::views {

struct Columns {
  std::string_view code, name;  // none where the message gives no code
  std::string place;            // then this says which value it is
  std::string value, unit;
  std::optional<Spot::What> spot;  // what the value is, where the next message has another

  // The value has been written, and `behind` bytes behind it.
  void add_spot(Spots* spots, const Buffer& out, std::size_t behind,
                const readings::Value& of) const {
    if (spots == nullptr || !spot) return;
    const std::size_t end = out.size() - behind;
    spots->push_back({*spot, end - value.size(), end, &of});
  }
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
