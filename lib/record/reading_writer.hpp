// One decoded message as a record, as lines for people, or as CSV.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "apdu/notification.hpp"
#include "apdu/security.hpp"
#include "axdr/tree.hpp"
#include "base/buffer.hpp"
#include "cosem/names.hpp"
#include "readings/infer.hpp"
#include "record/line.hpp"
#include "record/records.hpp"

namespace meterpipe::record {

// A message with all that is known of it. Views and pointers are borrowed.
struct Reading {
  Head head;
  std::string_view id, meter;
  std::string_view time;  // ISO 8601, or empty
  bool doubtful_dst = false;
  std::optional<std::uint32_t> invoke;
  apdu::Auth auth = apdu::Auth::unknown;
  std::string_view layout;
  Bytes apdu;  // what the nodes refer to
  const std::vector<axdr::Node>* nodes = nullptr;
  const std::vector<readings::Value>* values = nullptr;
  bool keep_apdu = false;
  const std::vector<json::Field>* unknown = nullptr;  // keys of the apdu record to hand on
};

class ReadingWriter {
 public:
  explicit ReadingWriter(cosem::NameFormat format) : format_(std::move(format)) {}

  void write_json(Buffer& out, const Reading& reading);
  // "1-0:1.8.0  Active energy import  1327456 Wh", a value a line.
  void write_text(Buffer& out, const Reading& reading);
  void write_csv(Buffer& out, const Reading& reading);
  static std::string_view csv_header() { return "ts,time,src,meter,obis,name,value,unit,auth\n"; }

 private:
  // What stands before a value, made once per code.
  struct Prepared {
    std::string code, name, json;
  };
  const Prepared& prepared(const cosem::Obis& code);
  void write_value(json::Writer& json, const Reading& reading, const readings::Value& value);

  cosem::NameFormat format_;
  std::unordered_map<std::uint64_t, Prepared> prepared_;
};

}  // namespace meterpipe::record
