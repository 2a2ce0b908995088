#include "tools/spelling.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace fhirbin::tool {
namespace {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        rows[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.size()][b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view typed, std::span<const std::string_view> known) {
  constexpr std::size_t kLongestTyped = 32;  // Keeps the square of it small.
  if (typed.size() > kLongestTyped) {
    return {};
  }
  std::string_view nearest;
  std::size_t least = 3;  // Three edits turn any short word into any other.
  for (const std::string_view word : known) {
    const bool completes = !typed.empty() && word.starts_with(typed);
    const std::size_t distance = completes ? 1 : edit_distance(typed, word);
    if (distance < least && distance < word.size()) {
      nearest = word;
      least = distance;
    }
  }
  return nearest;
}

}  // namespace fhirbin::tool
