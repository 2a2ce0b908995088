#include "engine/rest/period.h"

#include <string>

namespace fhirbin::rest {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// How far the last second written reaches: by its fraction, which parse_instant() cuts to
// milliseconds.
milliseconds precision_of(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) {
    return seconds(1);
  }
  const std::size_t digits = text.find_first_not_of("0123456789", point + 1) - point - 1;
  if (digits == 1) {
    return milliseconds(100);
  }
  return milliseconds(digits == 2 ? 10 : 1);
}

Period of_dates(std::chrono::sys_days begin, std::chrono::sys_days end) {
  return {.begin = begin, .end = end};
}

}  // namespace

std::optional<Period> parse_period(std::string_view text) {
  const std::size_t length = text.size();
  std::string whole(text);
  if (length == std::string_view("2026").size()) {
    whole += "-01-01";
  } else if (length == std::string_view("2026-11").size()) {
    whole += "-01";
  }
  // A blank stands where a `+` was not encoded.
  if (const std::size_t blank = whole.find(' '); blank != std::string::npos) {
    whole[blank] = '+';
  }
  const auto begin = parse_instant(whole);
  if (!begin) {
    return std::nullopt;
  }
  if (whole.size() > std::string_view("2026-11-25").size()) {
    return Period{.begin = *begin, .end = *begin + precision_of(whole)};
  }
  const auto first = std::chrono::floor<days>(*begin);
  const std::chrono::year_month_day date(first);
  if (length == std::string_view("2026").size()) {
    return of_dates(first, (date.year() + std::chrono::years(1)) / std::chrono::January / 1);
  }
  if (length == std::string_view("2026-11").size()) {
    return of_dates(first, (date.year() / date.month() + std::chrono::months(1)) / 1);
  }
  return of_dates(first, first + days(1));
}

}  // namespace fhirbin::rest
