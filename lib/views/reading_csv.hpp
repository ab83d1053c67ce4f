// A decoded message as CSV (RFC 4180), a line per value. One without a code has its place as its
// name.
#pragma once

#include <string_view>

#include "base/buffer.hpp"
#include "views/reading_columns.hpp"

namespace meterpipe::views {

class ReadingCsv {
 public:
  explicit ReadingCsv(cosem::NameFormat format) : columns_(std::move(format)) {}
  static std::string_view header() { return "ts,time,src,meter,obis,name,value,unit,auth\n"; }
  // `spots` gets those of this reading.
  void write(Buffer& out, const decode::DecodedMessage& reading, Spots* spots = nullptr);

 private:
  ReadingColumns columns_;
};

}  // namespace meterpipe::views
