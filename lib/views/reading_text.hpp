// A decoded message as lines for people: "1-0:1.8.0  Active energy import  1327456 Wh", a value a
// line; "[3]  2321" where it has no code.
#pragma once

#include "base/buffer.hpp"
#include "views/reading_columns.hpp"

namespace meterpipe::views {

class ReadingText {
 public:
  explicit ReadingText(cosem::NameFormat format) : columns_(std::move(format)) {}
  // `spots` gets those of this reading.
  void write(Buffer& out, const decode::DecodedMessage& reading, Spots* spots = nullptr);

 private:
  ReadingColumns columns_;
};

}  // namespace meterpipe::views
