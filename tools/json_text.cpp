#include "tools/json_text.h"

#include <utility>

#include "tools/utf8.h"

namespace fhirbin::tool {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void append_control(std::string& target, char32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (value) {
    case '\n':
      target += "\\n";
      break;
    case '\r':
      target += "\\r";
      break;
    case '\t':
      target += "\\t";
      break;
    default:
      target += "\\u00";
      target += kDigits[(value >> 4U) & 0xFU];
      target += kDigits[value & 0xFU];
  }
}

}  // namespace

void JsonText::separate() {
  if (comma_due_) {
    text_ += ',';
  }
  comma_due_ = true;
}

JsonText& JsonText::open(char bracket) {
  separate();
  text_ += bracket;
  comma_due_ = false;
  return *this;
}

JsonText& JsonText::close(char bracket) {
  text_ += bracket;
  comma_due_ = true;
  return *this;
}

JsonText& JsonText::begin_object() { return open('{'); }
JsonText& JsonText::end_object() { return close('}'); }
JsonText& JsonText::begin_array() { return open('['); }
JsonText& JsonText::end_array() { return close(']'); }

JsonText& JsonText::key(std::string_view name) {
  separate();
  append_quoted(name);
  text_ += ':';
  comma_due_ = false;
  return *this;
}

JsonText& JsonText::text(std::string_view value) {
  separate();
  append_quoted(value);
  return *this;
}

JsonText& JsonText::number(std::uint64_t value) { return raw(std::to_string(value)); }

JsonText& JsonText::boolean(bool value) { return raw(value ? "true" : "false"); }

JsonText& JsonText::raw(std::string_view value) {
  separate();
  text_ += value;
  return *this;
}

std::string JsonText::take_piece() { return std::exchange(text_, {}); }

void JsonText::append_quoted(std::string_view value) {
  text_ += '"';
  while (!value.empty()) {
    const CodePoint point = first_code_point(value);
    if (!point.valid) {
      text_ += kReplacement;
    } else if (point.value < 0x20 || point.value == 0x7F) {
      append_control(text_, point.value);
    } else {
      if (point.value == '"' || point.value == '\\') {
        text_ += '\\';
      }
      text_ += value.substr(0, point.length);
    }
    value.remove_prefix(point.length);
  }
  text_ += '"';
}

}  // namespace fhirbin::tool
