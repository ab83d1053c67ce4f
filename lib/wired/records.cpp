#include "wired/records.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/hex.hpp"
#include "wired/data_types.hpp"
#include "wired/fixed.hpp"

namespace meterpipe::wired {
namespace {

constexpr std::uint8_t kMore = 0x80, kStorage = 0x40, kSpecial = 0x0f;
constexpr std::uint8_t kFiller = 0x2f, kMoreTelegrams = 0x1f;
constexpr std::size_t kMostDifes = 10;

tl::unexpected<Error> cut(Bytes data, std::size_t needed, std::size_t left) {
  return fail(Fault::record_cut, data.size(), needed, left);
}

// DIF and DIFEs from `at` on; `at` is behind them then.
Result<void> read_dib(Bytes data, std::size_t& at, Record& record) {
  const std::size_t begin = at;
  const std::uint8_t dif = data[at++];
  record.function = static_cast<Function>(dif >> 4 & 3);
  record.storage = (dif & kStorage) != 0 ? 1 : 0;
  bool more = (dif & kMore) != 0;
  for (std::size_t k = 0; more; ++k) {
    if (at == data.size()) return cut(data, 1, 0);
    if (k == kMostDifes) return fail(Fault::too_many_extensions, at, k, data[at]);
    const std::uint8_t dife = data[at++];
    record.storage |= static_cast<std::uint64_t>(dife & 0x0f) << (1 + 4 * k);
    record.tariff |= static_cast<std::uint32_t>(dife >> 4 & 3) << (2 * k);
    record.subunit |= static_cast<std::uint32_t>(dife >> 6 & 1) << k;
    more = (dife & kMore) != 0;
  }
  record.dib = data.subspan(begin, at - begin);
  return {};
}

Result<void> read_record(Bytes data, std::size_t& at, Record& record, bool high_first) {
  const DataForm form = data_form(data[at]);
  if (auto dib = read_dib(data, at, record); !dib) return dib;
  std::size_t size = 0;
  auto meaning = read_vib(data.subspan(at), size);
  if (!meaning) {
    Error error = meaning.error();
    error.offset += at;
    return tl::unexpected(error);
  }
  record.meaning = std::move(*meaning);
  record.vib = data.subspan(at, size);
  at += size;
  size = form.size;
  if (form.field == DataField::variable) {
    if (at == data.size()) return cut(data, 1, 0);
    const auto variable = variable_size(data[at]);
    if (!variable) return fail(Fault::bad_variable_length, at, 0, data[at]);
    size = 1 + *variable;
  }
  if (data.size() - at < size) return cut(data, size, data.size() - at);
  record.data = data.subspan(at, size);
  at += size;
  read_value(record, form, high_first);
  return {};
}

}  // namespace

std::string_view name(Function function) {
  switch (function) {
    case Function::instantaneous: return "instantaneous";
    case Function::maximum: return "maximum";
    case Function::minimum: return "minimum";
    case Function::error: return "error";
  }
  return {};
}

Result<void> parse_records(Bytes data, std::size_t begin, Telegram& telegram) {
  for (std::size_t at = begin; at < data.size();) {
    const std::uint8_t dif = data[at];
    if (dif == kFiller) {
      ++at;
      continue;
    }
    if ((dif & kSpecial) == kSpecial) {
      if ((dif & kMore) != 0) return fail(Fault::bad_dif, at, 0, dif);
      telegram.has_tail = true;
      telegram.tail = dif;
      telegram.more = dif == kMoreTelegrams;
      telegram.maker = data.subspan(at + 1);
      break;
    }
    Record record;
    if (auto read = read_record(data, at, record, telegram.header.high_first); !read) return read;
    telegram.records.push_back(std::move(record));
  }
  return {};
}

Result<Telegram> parse_telegram(std::uint8_t ci, Bytes data) {
  const auto header = parse_header(ci, data);
  if (!header) return fail(Fault::header_cut, data.size(), 0, ci);
  Telegram telegram;
  telegram.header = *header;
  if (header->form == HeaderForm::error) {
    return fail(Fault::application_error, 0, data.size(), data.empty() ? 0 : data[0]);
  }
  if (header->form == HeaderForm::alarm) {
    return fail(Fault::meter_alarm, 0, data.size(), data.empty() ? 0 : data[0]);
  }
  const auto read = header->form == HeaderForm::fixed ? parse_fixed(data, telegram)
                                                      : parse_records(data, header->size, telegram);
  if (!read) return tl::unexpected(read.error());
  number_keys(telegram.records);
  return telegram;
}

void number_keys(std::vector<Record>& records, std::size_t from) {
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < records.size(); ++i) {
    Record& record = records[i];
    std::string key = to_hex(record.dib) + to_hex(record.vib);
    if (record.dib.empty()) key = record.key;
    const std::size_t count = ++seen[key];
    if (i < from) continue;
    record.key = count == 1 ? key : key + '-' + std::to_string(count);
  }
}

}  // namespace meterpipe::wired
