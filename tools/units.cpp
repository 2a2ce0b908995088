#include "tools/units.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace fhirbin::tool {
namespace {

// `value` tenths as "12.3".
std::string tenths(std::uint64_t value) {
  return std::to_string(value / 10) + '.' + std::to_string(value % 10);
}

std::uint64_t rounded(long double value) { return static_cast<std::uint64_t>(std::llround(value)); }

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
  if (bytes < 1024) {
    return std::to_string(bytes) + kUnits[0];
  }
  std::size_t unit = 1;
  auto value = static_cast<long double>(bytes) / 1024;
  // What rounds to 1024.0 of a unit is 1.0 of the next.
  while (value >= 1023.95L && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return tenths(rounded(value * 10)) + kUnits[unit];
}

std::string human_and_exact_bytes(std::uint64_t bytes) {
  return bytes < 1024 ? human_bytes(bytes) : human_bytes(bytes) + " (" + grouped(bytes) + " bytes)";
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t place = digits.size(); place > 3;) {
    place -= 3;
    digits.insert(place, 1, ',');
  }
  return digits;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) {
    return "-";
  }
  const long double share = static_cast<long double>(part) / static_cast<long double>(whole);
  return tenths(rounded(share * 1000)) + " %";
}

std::string counted(std::uint64_t count, const char* singular, const char* plural) {
  return grouped(count) + ' ' + (count == 1 ? singular : plural);
}

}  // namespace fhirbin::tool
