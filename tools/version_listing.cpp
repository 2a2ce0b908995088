#include "tools/version_listing.h"

#include <algorithm>
#include <iostream>

#include "fhirbin/instant.h"
#include "tools/units.h"
#include "tools/version_text.h"

namespace fhirbin::tool {
namespace {

constexpr std::uint64_t kLargestPage = 1000;

}  // namespace

VersionListing::VersionListing(StandardOutput& out, std::string_view json_member, bool json)
    : out_(out),
      json_(json),
      table_({{"ID"},
              {"VERSION", Align::kRight},
              {"CONTENT TYPE"},
              {"SIZE", Align::kRight},
              {"UPDATED"},
              {"FLAGS"}}) {
  json_text_.begin_object().key(json_member).begin_array();
}

void VersionListing::add_page(const std::vector<VersionInfo>& versions) {
  for (const VersionInfo& info : versions) {
    if (json_) {
      append_json(json_text_, info);
    } else {
      table_.add_row({info.id, std::to_string(info.version),
                      info.content_type.empty() ? "-" : info.content_type,
                      info.deleted ? "-" : human_bytes(info.size_bytes),
                      format_instant(info.last_updated), flags_of(info)});
    }
  }
  out_.print(json_ ? json_text_.take_piece() : table_.take_batch());
}

void VersionListing::finish(std::string_view next_page_token) {
  if (json_) {
    json_text_.end_array();
    if (!next_page_token.empty()) {
      json_text_.member("next_page_token", next_page_token);
    }
    json_text_.end_object();
    out_.print(json_text_.take_piece() + '\n');
  } else if (!next_page_token.empty()) {
    std::cerr << "There are more; go on with --page-token " << next_page_token << '\n';
  }
}

std::uint32_t PageCounter::next_count() const {
  return static_cast<std::uint32_t>(std::min(left_.value_or(kLargestPage), kLargestPage));
}

void PageCounter::count(std::uint64_t versions) {
  if (left_) {
    *left_ -= std::min(*left_, versions);
  }
}

}  // namespace fhirbin::tool
