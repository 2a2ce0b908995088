#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fhirbin/error.h"

namespace fhirbin::fhir {

struct JsonMember;

// A JSON text as a tree, for envelopes and what is kept of them: small, and never holding content.
struct JsonValue {
  enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  std::string text;  // of a string, unescaped; of a number or boolean, as it was written
  std::vector<JsonValue> items;     // of an array
  std::vector<JsonMember> members;  // of an object

  // The value of a member, or nullptr.
  const JsonValue* find(std::string_view name) const noexcept;
  JsonValue* find(std::string_view name) noexcept;

  // Whether this is a string that equals `wanted`.
  bool is_text(std::string_view wanted) const noexcept {
    return kind == Kind::kString && text == wanted;
  }

  static JsonValue make_string(std::string_view text);
  static JsonValue make_array();
  static JsonValue make_object();
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// Reads one JSON text. Errors: kInvalidResource for text that is not JSON or not UTF-8, for levels
// beyond kMaxJsonDepth and for duplicate member names. The message does not hold the text.
Result<JsonValue> parse_json(std::string_view json);

// Reads an object that this layer wrote itself. Errors: kCorrupt.
Result<JsonValue> parse_stored_object(std::string_view json);

// Appends `value` in one line without spaces; numbers exactly as they were written.
void append_json(std::string& target, const JsonValue& value);

}  // namespace fhirbin::fhir
