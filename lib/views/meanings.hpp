// What a reading makes of single Data of its APDU: looked up by the place where each stands.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "axdr/tree.hpp"
#include "base/bytes.hpp"
#include "cosem/names.hpp"
#include "decode/reading.hpp"

namespace meterpipe::views {

class Meanings {
 public:
  // `reading` of the same APDU, or nullptr where it gives none.
  Meanings(const decode::DecodedMessage* reading, const cosem::NameFormat& format);

  // "1-0:32.7.0 Voltage L1"; `certain`: the bytes can be nothing else. "" where they do not look
  // like a name.
  std::string name(Bytes six, bool certain) const;
  // What stands behind the value itself: " -> 232.1 V", ": 1-0:32.7.0 Voltage L1 (profile NAME)",
  // ", pos 3"; "" where the Data is no value of the reading.
  std::string value(const axdr::Node& node, Bytes apdu) const;

 private:
  struct Known {
    const readings::Value* value;
    bool own_unit;  // {scaler, unit} stands behind it
  };
  const decode::DecodedMessage* reading_;
  const cosem::NameFormat& format_;
  bool names_stand_beside_ = false;  // the layout has each name just before its value
  std::unordered_map<std::uint64_t, Known> values_;  // by place and type
  std::unordered_set<std::uint64_t> codes_;
};

}  // namespace meterpipe::views
