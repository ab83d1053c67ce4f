// A decoded message in columns, a value a line: as text for people and as CSV.
#pragma once

#include <string>
#include <string_view>

#include "base/buffer.hpp"
#include "cosem/names.hpp"
#include "decode/reading.hpp"
#include "views/value_names.hpp"

namespace meterpipe::views {

// A word or two for each part of a value.
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

// "1-0:1.8.0  Active energy import  1327456 Wh"; "[3]  2321" where it has no code.
class ReadingText {
 public:
  explicit ReadingText(cosem::NameFormat format) : columns_(std::move(format)) {}
  void write(Buffer& out, const decode::DecodedMessage& reading);

 private:
  ReadingColumns columns_;
};

// RFC 4180. A value without a code has its place as its name.
class ReadingCsv {
 public:
  explicit ReadingCsv(cosem::NameFormat format) : columns_(std::move(format)) {}
  static std::string_view header() { return "ts,time,src,meter,obis,name,value,unit,auth\n"; }
  void write(Buffer& out, const decode::DecodedMessage& reading);

 private:
  ReadingColumns columns_;
};

}  // namespace meterpipe::views
