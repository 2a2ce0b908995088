#include "tests/model/content_recipe.h"

#include <algorithm>

#include "tests/support/sample_bytes.h"

namespace fhirbin::testing {
namespace {

ByteVector unedited_content(const Recipe& recipe, std::size_t size_bytes, ByteSpan head) {
  switch (recipe.kind) {
    case Recipe::Kind::kText:
      return text_bytes(size_bytes, recipe.seed);
    case Recipe::Kind::kRandom:
      return random_bytes(size_bytes, recipe.seed);
    case Recipe::Kind::kZeros:
      return zero_bytes(size_bytes);
    case Recipe::Kind::kOfHead:
      return {head.begin(), head.end()};
  }
  return {};
}

void edit_content(const Recipe& recipe, ByteVector& content) {
  const auto at = content.begin() + static_cast<std::ptrdiff_t>(content.size() * recipe.place / 16);
  switch (recipe.edit) {
    case Recipe::Edit::kNone:
      return;
    case Recipe::Edit::kChange:
      if (at != content.end()) {
        *at ^= std::byte{1};
      }
      return;
    case Recipe::Edit::kInsert:
      content.insert(at, std::byte{'i'});
      return;
    case Recipe::Edit::kErase:
      if (at != content.end()) {
        content.erase(at);
      }
      return;
  }
}

}  // namespace

std::size_t threshold_size(unsigned size_class, std::uint32_t inline_limit_bytes) {
  const chunk::CutterParameters cut = small_chunks(kModelVolumeLimitBytes).cutter;
  const std::size_t limit = inline_limit_bytes;
  const std::array<std::size_t, kSizeClasses> sizes{
      1,
      0,
      std::max<std::size_t>(limit, 1) - 1,
      limit,
      limit + 1,
      cut.min_bytes - 1,
      cut.min_bytes,
      cut.min_bytes + 1,
      cut.average_bytes - 1,
      cut.average_bytes,
      cut.average_bytes + 1,
      cut.max_bytes - 1,
      cut.max_bytes,
      cut.max_bytes + 1,
      kModelVolumeLimitBytes - 1,
      kModelVolumeLimitBytes,  // twice the longest chunk, too
      kModelVolumeLimitBytes + 1,
      (3 * cut.max_bytes) + 1,
      (2 * kModelVolumeLimitBytes) - 1,
      2 * kModelVolumeLimitBytes,
      (2 * kModelVolumeLimitBytes) + 1,
      3 * kModelVolumeLimitBytes,
  };
  return sizes.at(size_class);
}

ByteVector make_content(const Recipe& recipe, std::uint32_t inline_limit_bytes, ByteSpan head) {
  ByteVector content =
      unedited_content(recipe, threshold_size(recipe.size_class, inline_limit_bytes), head);
  edit_content(recipe, content);
  return content;
}

std::string describe(const Recipe& recipe) {
  constexpr std::array kKinds{"text", "random", "zeros", "of_head"};
  constexpr std::array kEdits{"", " change", " insert", " erase"};
  std::string text = kKinds.at(static_cast<std::size_t>(recipe.kind));
  text += "/size_class=" + std::to_string(recipe.size_class);
  text += "/seed=" + std::to_string(recipe.seed);
  text += kEdits.at(static_cast<std::size_t>(recipe.edit));
  if (recipe.edit != Recipe::Edit::kNone) {
    text += "@" + std::to_string(recipe.place) + "/16";
  }
  return text;
}

}  // namespace fhirbin::testing
