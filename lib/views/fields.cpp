#include "views/fields.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "apdu/security.hpp"
#include "base/reader.hpp"
#include "cosem/clock.hpp"
#include "readings/text.hpp"

namespace meterpipe::views {
namespace {

constexpr std::uint8_t kAny = 0xff;

std::string date_text(Bytes b) {
  constexpr std::array kDays{"Monday", "Tuesday",  "Wednesday", "Thursday",
                             "Friday", "Saturday", "Sunday"};
  const int year = b[0] << 8 | b[1];
  std::string text = "date ";
  text += year == 0xffff ? "any year" : fmt::format("{:04}", year);
  text += b[2] == 0xfd   ? ", month in which summer time ends"
          : b[2] == 0xfe ? ", month in which summer time begins"
          : b[2] == kAny ? ", any month"
                         : fmt::format("-{:02}", b[2]);
  text += b[3] == 0xfe   ? ", last day"
          : b[3] == 0xfd ? ", second last day"
          : b[3] == kAny ? ", any day"
                         : fmt::format("-{:02}", b[3]);
  if (b[4] == kAny) return text + ", weekday not specified";
  if (b[4] < 1 || b[4] > 7) return text + fmt::format(", weekday {}", b[4]);
  return text + ", " + kDays[b[4] - 1U];
}

std::string time_text(Bytes b) {
  std::string text = "time ";
  for (std::size_t i = 0; i < 3; ++i) {
    if (i != 0) text += ':';
    text += b[i] == kAny ? "--" : fmt::format("{:02}", b[i]);
  }
  return text + (b[3] == kAny ? ", hundredths not specified" : fmt::format(".{:02}", b[3]));
}

std::string zone_of(int deviation) {
  const int ahead = -deviation;
  return fmt::format("UTC{}{:02}:{:02}", ahead < 0 ? '-' : '+', std::abs(ahead) / 60,
                     std::abs(ahead) % 60);
}

std::string deviation_text(Bytes b) {
  const int deviation = static_cast<std::int16_t>(Reader(b).u16());
  if (deviation == -0x8000) return "deviation not specified: local time of no known zone";
  return fmt::format("deviation {} min: local time is {}", deviation, zone_of(deviation));
}

std::string status_text(std::uint8_t status) {
  if (status == kAny) return "status not specified";
  std::string text = "status: ";
  if (status == 0) return text + "valid, no daylight saving";
  std::uint8_t known = 0;
  for (const cosem::StatusBit& bit : cosem::kStatusBits) {
    known |= bit.mask;
    if ((status & bit.mask) == 0) continue;
    if (text.back() != ' ') text += ", ";
    text += bit.mask == 0x80 ? "daylight saving" : bit.name;
  }
  if ((status & ~known) != 0) {
    text += fmt::format("{}reserved bits {:02x}", text.back() == ' ' ? "" : ", ", status & ~known);
  }
  return text;
}

}  // namespace

std::string title_text(Bytes title) {
  if (title.empty()) return "empty";
  if (title.size() != apdu::kTitleLength) return fmt::format("{} bytes", title.size());
  std::string text = "no manufacturer's letters";
  const Bytes letters = title.first(3);
  if (std::ranges::all_of(letters, [](std::uint8_t c) { return c >= 'A' && c <= 'Z'; })) {
    text = "manufacturer " + std::string(as_text(letters));
  }
  const std::string number = readings::number_of_title(title);
  return number.empty() ? text : text + ", meter " + number;
}

std::string control_text(std::uint8_t control) {
  const int suite = control & 0x0f;
  std::string text = fmt::format("suite {} ({})", suite,
                                 suite > apdu::kHighestSuite ? "unknown"
                                 : suite == 2                ? "AES-256-GCM"
                                                             : "AES-128-GCM");
  text += (control & apdu::kEncrypted) != 0 ? ", encrypted" : ", not encrypted";
  text += (control & apdu::kAuthenticated) != 0 ? ", with a tag" : ", no tag";
  if ((control & apdu::kBroadcast) != 0) text += ", broadcast key";
  if ((control & apdu::kCompressed) != 0) text += ", compressed";
  return text;
}

std::string invoke_text(Bytes invoke) {
  const bool is_long = invoke.size() == 4;
  const std::uint32_t bits = static_cast<std::uint32_t>(Reader(invoke).unsigned_of(invoke.size()));
  const std::uint8_t flags = invoke.empty() ? std::uint8_t{0} : invoke[0];
  std::string text = fmt::format("id {}, {}, {}", bits & (is_long ? 0xffffffU : 0x0fU),
                                 (flags & 0x40) != 0 ? "confirmed" : "unconfirmed",
                                 (flags & 0x80) != 0 ? "high" : "normal");
  if (is_long && (flags & 0x20) != 0) text += ", break on error";
  if (is_long && (flags & 0x10) != 0) text += ", self-descriptive";
  return text;
}

std::string block_control_text(std::uint8_t control) {
  return fmt::format("{}{}, window {}", (control & 0x80) != 0 ? "last block" : "more blocks follow",
                     (control & 0x40) != 0 ? ", streaming" : "", control & 0x3f);
}

std::string class_text(std::uint16_t interface_class) {
  struct Class {
    std::uint16_t id;
    std::string_view name;
  };
  // IEC 62056-6-2; those that pushes name.
  constexpr std::array kClasses{
      Class{1, "data"},
      Class{3, "register"},
      Class{4, "extended register"},
      Class{5, "demand register"},
      Class{7, "profile generic"},
      Class{8, "clock"},
      Class{9, "script table"},
      Class{15, "association LN"},
      Class{17, "SAP assignment"},
      Class{18, "image transfer"},
      Class{20, "activity calendar"},
      Class{22, "single action schedule"},
      Class{40, "push setup"},
      Class{63, "status mapping"},
      Class{64, "security setup"},
      Class{70, "disconnect control"},
      Class{71, "limiter"},
      Class{72, "M-Bus client"},
  };
  for (const Class& one : kClasses) {
    if (one.id == interface_class) return fmt::format("{}, {}", one.id, one.name);
  }
  return std::to_string(interface_class);
}

std::string clock_text(Bytes twelve) {
  const auto clock = cosem::parse_clock(twelve);
  if (!clock) return cosem::is_clock(twelve) ? "not specified in full" : "no date and time";
  std::string text = clock->iso();
  text[10] = ' ';
  return clock->dst_contradicts() ? text + ", but deviation and daylight saving contradict" : text;
}

void clock_rows(Rows& rows, int depth) {
  const Bytes b = rows.bytes().subspan(rows.at());
  if (b.size() < cosem::kClockLength) return;
  const std::size_t at = rows.at();
  rows.field(at + 5, depth, date_text(b));
  rows.field(at + 9, depth, time_text(b.subspan(5)));
  rows.field(at + 11, depth, deviation_text(b.subspan(9)));
  rows.field(at + 12, depth, status_text(b[11]));
}

}  // namespace meterpipe::views
