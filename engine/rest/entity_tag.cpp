#include "engine/rest/entity_tag.h"

#include <algorithm>

#include "engine/rest/header_list.h"
#include "engine/util/ascii_text.h"
#include "engine/util/try.h"

namespace fhirbin::rest {
namespace {

// The text between the quotes of one tag; nullopt when it is none (RFC 9110 section 8.8.3).
std::optional<std::string_view> opaque_of(std::string_view tag) {
  if (tag.starts_with("W/")) {
    tag.remove_prefix(2);
  }
  if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') {
    return std::nullopt;
  }
  tag = tag.substr(1, tag.size() - 2);
  const bool is_clean = std::ranges::all_of(tag, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F && c != '"';
  });
  return is_clean ? std::optional(tag) : std::nullopt;
}

}  // namespace

std::string format_entity_tag(std::uint64_t version) {
  return "W/\"" + std::to_string(version) + '"';
}

bool EntityTags::contains(std::uint64_t version) const {
  return any || std::ranges::find(versions, std::to_string(version)) != versions.end();
}

Result<EntityTags> parse_entity_tags(std::string_view value, std::string_view header_name) {
  EntityTags tags;
  if (trim(value) == "*") {
    tags.any = true;
    return tags;
  }
  for (const std::string_view part : split_list(value)) {
    const auto opaque = opaque_of(part);
    if (!opaque) {
      tags.versions.clear();
      break;
    }
    tags.versions.emplace_back(*opaque);
  }
  if (tags.versions.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                std::string(header_name) + " is neither * nor a list of entity tags like W/\"3\"",
                IssueType::kValue);
  }
  return tags;
}

}  // namespace fhirbin::rest
