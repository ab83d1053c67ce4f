#include <fmt/format.h>

#include "readings/p1.hpp"
#include "readings/shown.hpp"
#include "record/fault_text.hpp"
#include "views/message_rows.hpp"

namespace meterpipe::views {
namespace {

// "Active energy import: 14159934 Wh".
std::string sent_text(const readings::Value& value, const cosem::NameFormat& format) {
  const readings::Sent& sent = *value.sent;
  const readings::Shown shown = readings::shown_of(sent);
  const bool in_words = shown.as == readings::ShownAs::text;
  const std::string word = shown.word();
  std::string text = cosem::name_of(*value.obis, format);
  if (text.empty()) text = cosem::to_string(*value.obis);
  if (in_words && word == sent.raw) return text;
  text += ": ";
  text += in_words ? quoted(as_bytes(word)) : word;
  if (const std::string unit = unit_of(value); !unit.empty()) text += ' ' + unit;
  if (!sent.at.empty() && shown.as != readings::ShownAs::clock) text += ", at " + sent.at;
  if (sent.summer) text += ", daylight saving";
  return text;
}

class P1Rows {
 public:
  P1Rows(Rows& rows, const cosem::NameFormat& format) : rows_(rows), format_(format) {}

  std::optional<Error> draw() {
    const Bytes bytes = rows_.bytes();
    std::optional<Error> wrong;
    if (const auto checked = readings::parse_p1(bytes, true, telegram_); !checked) {
      wrong = checked.error();
      if (!readings::parse_p1(bytes, false, telegram_)) telegram_ = {};
    }
    text_rows(rows_, [this](std::string_view line) { return meaning(line); });
    if (wrong) {
      rows_.line(fmt::format("?? {}: {}", record::code_of(wrong->fault), record::describe(*wrong)));
    } else if (!telegram_.bad.empty()) {
      const readings::P1BadLine& line = telegram_.bad.front();
      wrong = Error{Fault::bad_p1_line, offset_of(line.bytes.data()), 0, line.number};
    }
    return wrong;
  }

 private:
  // What stands behind a line's text. Nothing of the telegram is in its line end.
  std::string meaning(std::string_view line) const {
    if (line.empty()) return {};
    const std::uint8_t* const from = as_bytes(line).data();
    const std::uint8_t* const to = from + line.size();
    const auto inside = [&](const std::uint8_t* at) { return at >= from && at < to; };
    std::string text;
    if (line[0] == '/') return "  identification";
    if (line[0] == '!') return line.size() > 1 ? "  end, CRC" : "  end, no CRC";
    for (const readings::Value& value : telegram_.values) {
      if (inside(as_bytes(value.sent->raw).data())) text += "  " + sent_text(value, format_);
    }
    for (const readings::P1BadLine& bad : telegram_.bad) {
      const bool overlaps = bad.bytes.data() < to && bad.bytes.data() + bad.bytes.size() > from;
      if (overlaps) text += fmt::format("  ?? line {} is no OBIS(value) line", bad.number);
    }
    return text;
  }
  std::uint64_t offset_of(const std::uint8_t* at) const {
    return static_cast<std::uint64_t>(at - rows_.bytes().data());
  }

  Rows& rows_;
  const cosem::NameFormat& format_;
  readings::P1Telegram telegram_;
};

}  // namespace

std::optional<Error> p1_rows(Rows& rows, const cosem::NameFormat& format) {
  return P1Rows(rows, format).draw();
}

}  // namespace meterpipe::views
