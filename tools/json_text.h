#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace fhirbin::tool {

// Builds one JSON value in order, without spaces. Calls must come in an order that makes JSON;
// commas are set here. Text that is not UTF-8 gets U+FFFD in its broken places. Thread-compatible.
class JsonText {
 public:
  JsonText& begin_object();
  JsonText& end_object();
  JsonText& begin_array();
  JsonText& end_array();
  JsonText& key(std::string_view name);

  JsonText& text(std::string_view value);
  JsonText& number(std::uint64_t value);
  JsonText& boolean(bool value);
  // `value` is JSON already.
  JsonText& raw(std::string_view value);

  JsonText& member(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonText& member(std::string_view name, const char* value) { return key(name).text(value); }
  // One template for both: an overload on bool would take what converts to it, pointers too.
  template <std::unsigned_integral T>
  JsonText& member(std::string_view name, T value) {
    if constexpr (std::same_as<T, bool>) {
      return key(name).boolean(value);
    } else {
      return key(name).number(value);
    }
  }

  const std::string& str() const { return text_; }
  // What was built so far, and starts on the next piece of the same value.
  std::string take_piece();

 private:
  void separate();
  JsonText& open(char bracket);
  JsonText& close(char bracket);
  void append_quoted(std::string_view value);

  std::string text_;
  bool comma_due_ = false;
};

}  // namespace fhirbin::tool
