#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhirbin/rest.h"

namespace fhirbin::rest {

// The parts of a header value between commas, trimmed, empty ones left out. Commas inside quotes do
// not divide.
std::vector<std::string_view> split_list(std::string_view value);

// The header fields of a request. Views live as long as the vector that it was made of.
class HeaderList {
 public:
  explicit HeaderList(const std::vector<Header>& headers) noexcept : headers_(&headers) {}

  // The value of a field that stands once; of several the first.
  std::optional<std::string_view> find(std::string_view name) const noexcept;

  // All values of a field in one, as a list with commas; nullopt when there is none.
  std::optional<std::string> combined(std::string_view name) const;

  // How often a field stands.
  std::size_t count(std::string_view name) const noexcept;

 private:
  const std::vector<Header>* headers_;
};

}  // namespace fhirbin::rest
