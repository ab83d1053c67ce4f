// One decoded message as a record, as lines for people, or as CSV.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/buffer.hpp"
#include "cosem/names.hpp"
#include "decode/reading.hpp"
#include "json/writer.hpp"

namespace meterpipe::views {

class ReadingWriter {
 public:
  explicit ReadingWriter(cosem::NameFormat format) : format_(std::move(format)) {}

  void write_json(Buffer& out, const decode::Reading& reading);
  // "1-0:1.8.0  Active energy import  1327456 Wh", a value a line.
  void write_text(Buffer& out, const decode::Reading& reading);
  void write_csv(Buffer& out, const decode::Reading& reading);
  static std::string_view csv_header() { return "ts,time,src,meter,obis,name,value,unit,auth\n"; }

 private:
  // A short text that is copied by its whole room, so that the copy has a fixed size.
  struct Piece {
    std::array<char, 64> text{};
    std::size_t size = 0;
    void set(std::string_view to);
    void put(char*& at) const {
      std::memcpy(at, text.data(), text.size());
      at += size;
    }
  };

  // What stands around a value, made once per code (and anew when its unit or type changes).
  struct Prepared {
    std::uint64_t key = 0;
    std::string code, name;
    std::string head;  // {"obis":…,"name":…,("class":…,"attr":…,)"value":
    std::uint16_t interface_class = 0, index = 0;  // that the head was made for
    std::int8_t attribute = 0;
    std::uint32_t form = 0;  // unit, scaler and type that the rest was made for
    Piece middle;            // ,"unit":"V","raw":
    Piece tail;              // ,"scaler":-1,"type":"long-unsigned"}
  };
  Prepared& prepared(const cosem::Obis& code);
  [[gnu::noinline, gnu::cold]] static void set_head(Prepared& ready, const readings::Value& value);
  [[gnu::noinline, gnu::cold]] void write_p1_value(json::Writer& json,
                                                   const readings::P1Value& value);
  void write_value(json::Writer& json, const decode::Reading& reading,
                   const readings::Value& value);
  void write_number(Buffer& out, Prepared& ready, const readings::Value& value, axdr::Tag tag,
                    const Decimal& raw);

  cosem::NameFormat format_;
  std::vector<std::unique_ptr<Prepared>> prepared_;       // in the order of their first coming
  std::unordered_map<std::uint64_t, std::size_t> index_;  // of a code in prepared_
  std::size_t next_ = 0;  // where the next code will be if this message is like the last
};

}  // namespace meterpipe::views
