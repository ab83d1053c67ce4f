// A decoded message as a record.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/buffer.hpp"
#include "base/decimal.hpp"
#include "cosem/names.hpp"
#include "decode/reading.hpp"
#include "json/writer.hpp"
#include "views/spots.hpp"
#include "views/value_names.hpp"

namespace meterpipe::views {

class ReadingJson {
 public:
  explicit ReadingJson(cosem::NameFormat format) : format_(std::move(format)) {}
  // `spots` gets those of this reading.
  void write(Buffer& out, const decode::DecodedMessage& reading, Spots* spots = nullptr);

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
    ValueName name;
    std::string head;  // {"obis":…,"name":…,("class":…,"attr":…,)"value":
    std::uint16_t interface_class = 0, index = 0;  // that the head was made for
    std::int8_t attribute = 0;
    std::uint32_t form = 0;  // unit, scaler and type that the rest was made for
    Piece middle;            // ,"unit":"V","raw":
    Piece tail;              // ,"scaler":-1,"type":"long-unsigned"}
  };
  [[gnu::noinline, gnu::cold]] Prepared prepare(const readings::Value& value) const;
  [[gnu::noinline, gnu::cold]] static void set_head(Prepared& ready, const readings::Value& value);
  void write_value(json::Writer& json, const decode::DecodedMessage& reading,
                   const readings::Value& value);
  void write_number(Buffer& out, Prepared& ready, const readings::Value& value, axdr::Tag tag,
                    const Decimal& raw);

  cosem::NameFormat format_;
  ByCode<Prepared> prepared_;
  Spots* spots_ = nullptr;
};

}  // namespace meterpipe::views
