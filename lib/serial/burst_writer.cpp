#include "serial/burst_writer.hpp"

#include "os/log.hpp"
#include "record/fault_text.hpp"
#include "record/hex_line.hpp"
#include "record/records.hpp"

namespace meterpipe::serial {

void BurstWriter::write(Buffer& out, const Burst& burst, std::string_view ts) {
  ++seq_;
  if (form_ == OutputForm::bin) return out.add(as_text(burst.bytes));
  if (form_ == OutputForm::hex) {
    return record::write_hex_line(out, {ts, source_, {}}, nullptr, burst.bytes);
  }
  record::BytesRecord record;
  record.head = {ts, source_, seq_};
  record.ms = burst.ms;
  record.line = line_;
  record.marked = burst.marked;
  record.why = burst.why;
  record.bytes.assign(burst.bytes.begin(), burst.bytes.end());
  record::write(out, record);
}

std::string BurstWriter::overrun(std::uint64_t count, std::string_view ts) const {
  const Error error{Fault::overrun, 0, 0, count};
  if (form_ != OutputForm::json) {
    os::log_warning("{}: {}", source_, record::describe(error));
    return {};
  }
  Buffer out;
  record::write(out, record::error_record({ts, source_, {}}, by_, error, {}));
  return std::string(out.view());
}

}  // namespace meterpipe::serial
