#include "engine/rest/http_date.h"

#include <algorithm>
#include <array>

namespace fhirbin::rest {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_two_digits(std::string& text, unsigned value) {
  text.push_back(static_cast<char>('0' + (value / 10 % 10)));
  text.push_back(static_cast<char>('0' + (value % 10)));
}

// Takes the parts of a date off the front of a text; after the first that does not fit,
// succeeded() stays false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : rest_(text) {}

  bool succeeded() const noexcept { return !failed_ && rest_.empty(); }
  bool starts_with(std::string_view text) const noexcept { return rest_.starts_with(text); }

  void literal(std::string_view text) noexcept {
    if (rest_.starts_with(text)) {
      rest_.remove_prefix(text.size());
    } else {
      failed_ = true;
    }
  }

  int number(std::size_t digits, int max) noexcept {
    int value = 0;
    for (; digits > 0; --digits) {
      const bool is_digit = !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
      if (!is_digit) {
        failed_ = true;
        return 0;
      }
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    failed_ = failed_ || value > max;
    return value;
  }

  // A day of the month in asctime's form: a blank may stand for the first digit.
  int padded_day() noexcept {
    if (rest_.starts_with(' ')) {
      rest_.remove_prefix(1);
      return number(1, 9);
    }
    return number(2, 31);
  }

  std::chrono::month month() noexcept {
    const auto* const found = std::ranges::find_if(
        kMonths, [this](std::string_view name) { return rest_.starts_with(name); });
    if (found == kMonths.end()) {
      failed_ = true;
      return std::chrono::January;
    }
    rest_.remove_prefix(found->size());
    return std::chrono::month(static_cast<unsigned>(found - kMonths.begin()) + 1);
  }

  seconds time_of_day() noexcept {
    seconds time = hours(number(2, 23));
    literal(":");
    time += minutes(number(2, 59));
    literal(":");
    // A leap second reads as the second that follows.
    return time + seconds(number(2, 60));
  }

  // The day's name, short or whole. It is not compared with the date, which says the same.
  bool day_name(bool whole) noexcept {
    const auto written = [whole](std::string_view name) {
      return whole ? name : name.substr(0, 3);
    };
    const auto* const day = std::ranges::find_if(
        kDays, [&](std::string_view name) { return rest_.starts_with(written(name)); });
    if (day == std::end(kDays)) {
      return false;
    }
    rest_.remove_prefix(written(*day).size());
    return true;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::optional<HttpDate> finish(const Scanner& scanner, year_month_day date, seconds time) {
  if (!scanner.succeeded() || !date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + time;
}

// "06 Nov 1994 08:49:37 GMT", behind the day's name.
std::optional<HttpDate> parse_fixdate(Scanner scanner) {
  scanner.literal(", ");
  const std::chrono::day day(static_cast<unsigned>(scanner.number(2, 31)));
  scanner.literal(" ");
  const std::chrono::month month = scanner.month();
  scanner.literal(" ");
  const std::chrono::year year(scanner.number(4, 9999));
  scanner.literal(" ");
  const seconds time = scanner.time_of_day();
  scanner.literal(" GMT");
  return finish(scanner, year / month / day, time);
}

// "06-Nov-94 08:49:37 GMT": a year of two digits is at most 50 years ahead.
std::optional<HttpDate> parse_rfc850(Scanner scanner, HttpDate now) {
  scanner.literal(", ");
  const std::chrono::day day(static_cast<unsigned>(scanner.number(2, 31)));
  scanner.literal("-");
  const std::chrono::month month = scanner.month();
  scanner.literal("-");
  const int this_year = static_cast<int>(year_month_day(std::chrono::floor<days>(now)).year());
  int year = this_year / 100 * 100 + scanner.number(2, 99);
  year -= year > this_year + 50 ? 100 : 0;
  scanner.literal(" ");
  const seconds time = scanner.time_of_day();
  scanner.literal(" GMT");
  return finish(scanner, std::chrono::year(year) / month / day, time);
}

// "Nov  6 08:49:37 1994".
std::optional<HttpDate> parse_asctime(Scanner scanner) {
  scanner.literal(" ");
  const std::chrono::month month = scanner.month();
  scanner.literal(" ");
  const std::chrono::day day(static_cast<unsigned>(scanner.padded_day()));
  scanner.literal(" ");
  const seconds time = scanner.time_of_day();
  scanner.literal(" ");
  const std::chrono::year year(scanner.number(4, 9999));
  return finish(scanner, year / month / day, time);
}

}  // namespace

HttpDate to_http_date(Instant instant) noexcept { return std::chrono::floor<seconds>(instant); }

std::string format_http_date(HttpDate date) {
  const auto midnight = std::chrono::floor<days>(date);
  const year_month_day day(midnight);
  const std::chrono::hh_mm_ss time(date - midnight);
  const unsigned year = static_cast<unsigned>(std::clamp(static_cast<int>(day.year()), 0, 9999));
  std::string text(kDays[std::chrono::weekday(midnight).c_encoding()].substr(0, 3));
  text += ", ";
  append_two_digits(text, static_cast<unsigned>(day.day()));
  text += ' ';
  text += kMonths[static_cast<unsigned>(day.month()) - 1];
  text += ' ';
  append_two_digits(text, year / 100);
  append_two_digits(text, year % 100);
  text += ' ';
  append_two_digits(text, static_cast<unsigned>(time.hours().count()));
  text += ':';
  append_two_digits(text, static_cast<unsigned>(time.minutes().count()));
  text += ':';
  append_two_digits(text, static_cast<unsigned>(time.seconds().count()));
  return text + " GMT";
}

std::optional<HttpDate> parse_http_date(std::string_view text, HttpDate now) {
  Scanner whole(text);
  if (whole.day_name(true)) {
    return parse_rfc850(whole, now);
  }
  Scanner scanner(text);
  if (!scanner.day_name(false)) {
    return std::nullopt;
  }
  return scanner.starts_with(",") ? parse_fixdate(scanner) : parse_asctime(scanner);
}

}  // namespace fhirbin::rest
