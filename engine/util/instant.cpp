#include "fhirbin/instant.h"

#include <algorithm>

namespace fhirbin {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

// The years that four digits can name.
constexpr Instant kFirst = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
constexpr Instant kLast =
    std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) + days(1) - milliseconds(1);

void append_number(std::string& text, std::int64_t value, std::size_t digits) {
  text.append(digits, '0');
  for (auto place = text.rbegin(); digits > 0; --digits, ++place) {
    *place = static_cast<char>('0' + (value % 10));
    value /= 10;
  }
}

// Takes the parts of a date-time off the front of a text. After the first part that does not fit,
// failed() stays true.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : rest_(text) {}

  bool failed() const noexcept { return failed_; }
  bool at_end() const noexcept { return rest_.empty(); }

  // Exactly `digits` digits whose value is at most `max`.
  int number(std::size_t digits, int max) noexcept {
    int value = 0;
    for (; digits > 0; --digits) {
      value = value * 10 + take_digit();
    }
    failed_ = failed_ || value > max;
    return value;
  }

  // One of `allowed`, which is returned.
  char one_of(std::string_view allowed) noexcept {
    if (rest_.empty() || !allowed.contains(rest_.front())) {
      failed_ = true;
      return '\0';
    }
    return take();
  }

  // An optional point and digits, cut to milliseconds.
  milliseconds fraction() noexcept {
    if (rest_.empty() || rest_.front() != '.') {
      return milliseconds(0);
    }
    take();
    int value = 100 * take_digit();
    for (int place = 10; !rest_.empty() && is_digit(rest_.front()); place /= 10) {
      value += place * take_digit();
    }
    return milliseconds(value);
  }

 private:
  static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

  char take() noexcept {
    const char first = rest_.front();
    rest_.remove_prefix(1);
    return first;
  }

  int take_digit() noexcept {
    if (rest_.empty() || !is_digit(rest_.front())) {
      failed_ = true;
      return 0;
    }
    return take() - '0';
  }

  std::string_view rest_;
  bool failed_ = false;
};

std::chrono::year_month_day scan_date(Scanner& scanner) noexcept {
  const int year = scanner.number(4, 9999);
  scanner.one_of("-");
  const int month = scanner.number(2, 12);
  scanner.one_of("-");
  const int day = scanner.number(2, 31);
  return std::chrono::year(year) / month / day;
}

// What to add to local time to have UTC.
minutes scan_zone(Scanner& scanner) noexcept {
  const char sign = scanner.one_of("Zz+-");
  if (sign != '+' && sign != '-') {
    return minutes(0);
  }
  minutes offset = hours(scanner.number(2, 23));
  scanner.one_of(":");
  offset += minutes(scanner.number(2, 59));
  return sign == '+' ? -offset : offset;
}

// Leap seconds are announced for the last second of a month in UTC only; a count of seconds since
// 1970 has no place for them, so they read as the second that follows.
bool may_be_leap_second(std::chrono::sys_seconds next) noexcept {
  const auto midnight = std::chrono::floor<days>(next);
  return next == midnight && year_month_day(midnight).day() == std::chrono::day(1);
}

}  // namespace

std::string format_instant(Instant instant) {
  instant = std::clamp(instant, kFirst, kLast);
  const auto midnight = std::chrono::floor<days>(instant);
  const year_month_day date(midnight);
  const std::chrono::hh_mm_ss time(instant - midnight);

  std::string text;
  text.reserve(24);
  append_number(text, static_cast<int>(date.year()), 4);
  text.push_back('-');
  append_number(text, static_cast<unsigned>(date.month()), 2);
  text.push_back('-');
  append_number(text, static_cast<unsigned>(date.day()), 2);
  text.push_back('T');
  append_number(text, time.hours().count(), 2);
  text.push_back(':');
  append_number(text, time.minutes().count(), 2);
  text.push_back(':');
  append_number(text, time.seconds().count(), 2);
  text.push_back('.');
  append_number(text, time.subseconds().count(), 3);
  text.push_back('Z');
  return text;
}

std::optional<Instant> parse_instant(std::string_view text) {
  Scanner scanner(text);
  const year_month_day date = scan_date(scanner);
  if (scanner.failed() || !date.ok()) {
    return std::nullopt;
  }
  const std::chrono::sys_days midnight(date);
  if (scanner.at_end()) {
    return midnight;
  }

  scanner.one_of("Tt");
  const hours hour(scanner.number(2, 23));
  scanner.one_of(":");
  const minutes minute(scanner.number(2, 59));
  scanner.one_of(":");
  const seconds second(scanner.number(2, 60));
  const milliseconds fraction = scanner.fraction();
  const std::chrono::sys_seconds whole = midnight + hour + minute + second + scan_zone(scanner);
  if (scanner.failed() || !scanner.at_end() ||
      (second == seconds(60) && !may_be_leap_second(whole))) {
    return std::nullopt;
  }
  const Instant instant = whole + fraction;
  if (instant < kFirst || instant > kLast) {
    return std::nullopt;  // the zone moved it out of the years that format_instant() can write
  }
  return instant;
}

}  // namespace fhirbin
