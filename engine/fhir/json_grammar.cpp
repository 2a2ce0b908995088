#include "engine/fhir/json_grammar.h"

namespace fhirbin::fhir {
namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) noexcept { return '0' <= c && c <= '9'; }

}  // namespace

JsonGrammar::Event JsonGrammar::step(char c) noexcept {
  if (state_ >= State::kLiteral) {
    return step_token(c);
  }
  if (is_space(c)) {
    return Event::kNone;
  }
  switch (state_) {
    case State::kFirstItem:
      return c == ']' ? close(false) : begin_value(c);
    case State::kFirstKey:
      if (c == '}') {
        return close(true);
      }
      [[fallthrough]];
    case State::kKey:
      return c == '"' ? go_to(State::kColon, Event::kKey) : Event::kFault;
    case State::kColon:
      return c == ':' ? go_to(State::kValue) : Event::kFault;
    case State::kAfterValue:
      return after_value(c);
    default:
      return begin_value(c);
  }
}

bool JsonGrammar::is_complete() const noexcept {
  return depth_ == 0 && (state_ == State::kAfterValue || may_end_number());
}

JsonGrammar::Event JsonGrammar::begin_value(char c) noexcept {
  switch (c) {
    case '"':
      return go_to(State::kAfterValue, Event::kString);
    case '{':
      return open(true);
    case '[':
      return open(false);
    case 't':
      return begin_literal("rue");
    case 'f':
      return begin_literal("alse");
    case 'n':
      return begin_literal("ull");
    default:
      return begin_number(c);
  }
}

JsonGrammar::Event JsonGrammar::begin_literal(std::string_view rest) noexcept {
  literal_ = rest;
  return go_to(State::kLiteral, Event::kValue);
}

JsonGrammar::Event JsonGrammar::begin_number(char c) noexcept {
  if (c == '-') {
    return go_to(State::kMinus, Event::kValue);
  }
  if (!is_digit(c)) {
    return Event::kFault;
  }
  return go_to(c == '0' ? State::kZero : State::kDigits, Event::kValue);
}

JsonGrammar::Event JsonGrammar::open(bool is_object) noexcept {
  if (depth_ == kMaxLevels) {
    return Event::kTooDeep;
  }
  is_object_[depth_] = is_object;
  ++depth_;
  return go_to(is_object ? State::kFirstKey : State::kFirstItem, Event::kValue);
}

JsonGrammar::Event JsonGrammar::close(bool is_object) noexcept {
  if (depth_ == 0 || in_object() != is_object) {
    return Event::kFault;
  }
  --depth_;
  return go_to(State::kAfterValue);
}

JsonGrammar::Event JsonGrammar::after_value(char c) noexcept {
  switch (c) {
    case ',':
      return depth_ == 0 ? Event::kFault : go_to(in_object() ? State::kKey : State::kValue);
    case '}':
      return close(true);
    case ']':
      return close(false);
    default:
      return Event::kFault;
  }
}

JsonGrammar::Event JsonGrammar::step_token(char c) noexcept {
  if (state_ != State::kLiteral) {
    return step_number(c);
  }
  if (c != literal_.front()) {
    return Event::kFault;
  }
  literal_.remove_prefix(1);
  return literal_.empty() ? go_to(State::kAfterValue) : Event::kNone;
}

JsonGrammar::Event JsonGrammar::step_number(char c) noexcept {
  const bool is_exponent = c == 'e' || c == 'E';
  switch (state_) {
    case State::kMinus:
      if (is_digit(c)) {
        return go_to(c == '0' ? State::kZero : State::kDigits);
      }
      break;
    case State::kZero:
    case State::kDigits:
      if (c == '.') {
        return go_to(State::kPoint);
      }
      if (state_ == State::kDigits && is_digit(c)) {
        return Event::kNone;
      }
      if (is_exponent) {
        return go_to(State::kExponent);
      }
      break;
    case State::kPoint:
    case State::kFraction:
      if (is_digit(c)) {
        return go_to(State::kFraction);
      }
      if (state_ == State::kFraction && is_exponent) {
        return go_to(State::kExponent);
      }
      break;
    case State::kExponent:
      if (c == '+' || c == '-') {
        return go_to(State::kExponentSign);
      }
      [[fallthrough]];
    default:
      if (is_digit(c)) {
        return go_to(State::kExponentDigits);
      }
      break;
  }
  if (!may_end_number()) {
    return Event::kFault;
  }
  // Only the character behind a number tells that it has ended.
  state_ = State::kAfterValue;
  return step(c);
}

bool JsonGrammar::may_end_number() const noexcept {
  return state_ == State::kZero || state_ == State::kDigits || state_ == State::kFraction ||
         state_ == State::kExponentDigits;
}

}  // namespace fhirbin::fhir
