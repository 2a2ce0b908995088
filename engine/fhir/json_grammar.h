#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>

namespace fhirbin::fhir {

// The grammar of RFC 8259 for everything outside strings, one character at a time: a pushdown
// automaton with one bit per level, so that a gigabyte can be checked in constant memory.
// Thread-compatible.
class JsonGrammar {
 public:
  // As deep as simdjson goes.
  static constexpr std::size_t kMaxLevels = 1024;

  enum class Event : std::uint8_t {
    kNone,
    kKey,      // a member's name begins: the caller reads the string and goes on behind its closing
               // quote
    kString,   // a string value begins: likewise
    kValue,    // another value begins
    kTooDeep,  // more than kMaxLevels levels
    kFault,    // this is not JSON
  };

  // Takes the next character. After kTooDeep and kFault the grammar is spent.
  Event step(char c) noexcept;

  // Whether what was read (with no string left open) is one complete JSON text.
  bool is_complete() const noexcept;

  // Objects and arrays open at this point.
  std::size_t depth() const noexcept { return depth_; }

 private:
  enum class State : std::uint8_t {
    kValue,       // a value must follow
    kFirstItem,   // behind [
    kFirstKey,    // behind {
    kKey,         // behind , in an object
    kColon,       // behind a key
    kAfterValue,  // a comma or an end must follow
    kLiteral,     // inside true, false or null
    kMinus,       // the states of a number, named for what was read last
    kZero,
    kDigits,
    kPoint,
    kFraction,
    kExponent,
    kExponentSign,
    kExponentDigits,
  };

  Event begin_value(char c) noexcept;
  Event begin_literal(std::string_view rest) noexcept;
  Event begin_number(char c) noexcept;
  Event open(bool is_object) noexcept;
  Event close(bool is_object) noexcept;
  Event after_value(char c) noexcept;
  Event step_token(char c) noexcept;
  Event step_number(char c) noexcept;
  bool may_end_number() const noexcept;
  bool in_object() const noexcept { return depth_ > 0 && is_object_[depth_ - 1]; }
  Event go_to(State state, Event event = Event::kNone) noexcept {
    state_ = state;
    return event;
  }

  State state_ = State::kValue;
  std::string_view literal_;  // what is left of the literal being read
  std::size_t depth_ = 0;
  std::bitset<kMaxLevels> is_object_;
};

}  // namespace fhirbin::fhir
