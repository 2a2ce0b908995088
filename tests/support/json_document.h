#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fhirbin::testing {

// JSON text as a parser other than the engine's own reads it.
class JsonDocument {
 public:
  // Text that is no JSON gives a document for which is_json() is false and that has nothing.
  explicit JsonDocument(std::string_view text);
  JsonDocument(JsonDocument&&) noexcept;
  ~JsonDocument();

  bool is_json() const noexcept;
  // Whether there is anything at a JSON pointer, e.g. "/meta/tag/0".
  bool has(std::string_view pointer) const;
  // The string there; nullopt where there is none.
  std::optional<std::string> text(std::string_view pointer) const;
  // Whatever is there as minified JSON; empty where there is nothing.
  std::string json(std::string_view pointer) const;
  // The names of the members of the object there, in order.
  std::vector<std::string> names(std::string_view pointer) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The lines of NDJSON, which must end with a line end.
std::vector<std::string> lines_of(std::string_view ndjson);

}  // namespace fhirbin::testing
