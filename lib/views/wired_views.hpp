// Readings of wired M-Bus meters as JSON, text and CSV. The form: meter-records(5).
#pragma once

#include <span>
#include <string>

#include "base/buffer.hpp"
#include "cosem/names.hpp"
#include "decode/wired_reading.hpp"

namespace meterpipe::views {

class WiredViews {
 public:
  explicit WiredViews(cosem::NameFormat format) : format_(std::move(format)) {}

  void write_json(Buffer& out, const decode::WiredReading& reading, bool keep_frame) const;
  void write_text(Buffer& out, const decode::WiredReading& reading) const;
  void write_csv(Buffer& out, const decode::WiredReading& reading) const;

 private:
  std::string name_of(const decode::WiredReading& reading, std::size_t record) const;

  cosem::NameFormat format_;
};

}  // namespace meterpipe::views
