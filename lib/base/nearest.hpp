// The known word that somebody may have meant.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meterpipe {

// How many characters must be put in, taken out, exchanged or swapped with a neighbour.
inline std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

// The nearest of the known ones; one that begins with the word counts as near. Empty: none is near.
template <class Known>
std::string nearest(std::string_view word, const Known& known) {
  std::string best;
  std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const auto& one : known) {
    const std::string_view name(one);
    const bool begins = word.size() >= 4 && name.starts_with(word);
    const std::size_t edits = begins ? 1 : edits_between(word, name);
    if (edits >= least) continue;
    least = edits;
    best = name;
  }
  return best;
}

// ": did you mean NAME?", or nothing.
template <class Known>
std::string did_you_mean(std::string_view word, const Known& known) {
  const std::string name = nearest(word, known);
  return name.empty() ? "" : ": did you mean " + name + "?";
}

}  // namespace meterpipe
