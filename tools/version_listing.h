#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhirbin/version_info.h"
#include "tools/json_text.h"
#include "tools/standard_output.h"
#include "tools/text_table.h"

namespace fhirbin::tool {

// Writes versions page by page as they come, as a table or as one JSON object
// {"<member>":[...],"next_page_token":"..."}. Thread-compatible.
class VersionListing {
 public:
  VersionListing(StandardOutput& out, std::string_view json_member, bool json);

  void add_page(const std::vector<VersionInfo>& versions);

  // `next_page_token` is empty unless a limit ended the listing early. For people it goes to
  // standard error, so that the table can be piped.
  void finish(std::string_view next_page_token);

 private:
  StandardOutput& out_;
  bool json_;
  JsonText json_text_;
  TextTable table_;
};

// How many more versions the next page may hold: pages are as large as the engine allows, `limit`
// cuts the last one.
class PageCounter {
 public:
  explicit PageCounter(std::optional<std::uint64_t> limit) : left_(limit) {}

  std::uint32_t next_count() const;
  void count(std::uint64_t versions);
  bool limit_reached() const { return left_ == std::uint64_t{0}; }

 private:
  std::optional<std::uint64_t> left_;
};

}  // namespace fhirbin::tool
