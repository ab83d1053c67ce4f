#include "cli/help.hpp"

#include <algorithm>
#include <string_view>

#include "base/pieces.hpp"

namespace meterpipe::cli {
namespace {

constexpr std::size_t kWidth = 80, kColumn = 28;

// Words between blanks; "(default 5m)" and "... (default)" stay in one piece.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::string_view word = take_piece(text, ' ');
    const bool joins =
        !words.empty() && (words.back().ends_with("(default") || word.starts_with("(default)"));
    if (joins) {
      words.back().append(1, ' ').append(word);
    } else if (!word.empty()) {
      words.emplace_back(word);
    }
  }
  return words;
}

// Behind what stands in the line already, from `indent` on in each further line.
void wrap(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = out.size() - (out.rfind('\n') + 1);
  bool first = true;
  for (const std::string& word : words_of(text)) {
    if (!first && column + 1 + word.size() > kWidth) {
      out.append(1, '\n').append(indent, ' ');
      column = indent;
      first = true;
    }
    if (!first) out += ' ';
    out += word;
    column += word.size() + (first ? 0 : 1);
    first = false;
  }
  out += '\n';
}

void add_row(std::string& out, const HelpRow& row) {
  out.append("  ").append(row.names);
  const std::size_t size = 2 + row.names.size();
  if (size + 2 > kColumn) {
    out.append(1, '\n').append(kColumn, ' ');
  } else {
    out.append(kColumn - size, ' ');
  }
  wrap(out, row.text, kColumn);
}

}  // namespace

std::string help_text(const std::string& usage, const std::string& summary,
                      const std::vector<HelpRow>& rows) {
  std::string out = "Usage: " + usage + '\n';
  wrap(out, summary, 0);
  std::vector<std::string_view> groups;
  for (const HelpRow& row : rows) {
    if (std::ranges::find(groups, row.group) == groups.end()) groups.push_back(row.group);
  }
  for (const std::string_view group : groups) {
    out.append(1, '\n').append(group).append(":\n");
    for (const HelpRow& row : rows) {
      if (row.group == group) add_row(out, row);
    }
  }
  return out;
}

}  // namespace meterpipe::cli
