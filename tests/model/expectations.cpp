#include "tests/model/expectations.h"

#include <algorithm>
#include <sstream>

#include "engine/util/hash.h"

namespace fhirbin::testing {
namespace {

std::string_view surroundings(std::string_view text, std::size_t at) {
  constexpr std::size_t kBefore = 40;
  constexpr std::size_t kShown = 120;
  return text.substr(at - std::min(at, kBefore), kShown);
}

std::size_t first_difference(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

std::string describe(const VersionInfo& info) {
  std::ostringstream out;
  out << info.id << '/' << info.version << " sequence=" << info.sequence << " at "
      << format_instant(info.last_updated) << (info.deleted ? " deleted" : "")
      << (info.created ? " created" : "") << " type='" << info.content_type << "' context='"
      << info.security_context << "' size=" << info.size_bytes
      << " digest=" << Hash128{info.digest.bytes}.to_hex();
  return out.str();
}

std::string describe(const std::vector<VersionInfo>& infos) {
  std::string text;
  for (const VersionInfo& info : infos) {
    text += describe(info) + '\n';
  }
  return text;
}

std::string describe(const std::vector<Change>& changes) {
  std::ostringstream out;
  for (const Change& change : changes) {
    out << change.sequence << " action=" << static_cast<unsigned>(change.action) << ' ' << change.id
        << '/' << change.version << " at " << format_instant(change.last_updated) << '\n';
  }
  return out.str();
}

void expect_true(std::string_view what, bool holds) {
  if (!holds) {
    fail_sequence(what, "does not hold");
  }
}

void expect_same(std::string_view what, std::uint64_t got, std::uint64_t want) {
  if (got != want) {
    fail_sequence(what, "is " + std::to_string(got) + " instead of " + std::to_string(want));
  }
}

void expect_same_text(std::string_view what, std::string_view got, std::string_view want) {
  if (got != want) {
    const std::size_t at = first_difference(got, want);
    std::ostringstream why;
    why << "differs at " << at << " (" << got.size() << " bytes, wanted " << want.size()
        << ")\n  got:    " << surroundings(got, at) << "\n  wanted: " << surroundings(want, at);
    fail_sequence(what, why.str());
  }
}

void expect_same_bytes(std::string_view what, ByteSpan got, ByteSpan want) {
  if (!equal_bytes(got, want)) {
    fail_sequence(what, "differs at byte " +
                            std::to_string(first_difference(as_text(got), as_text(want))) + " (" +
                            std::to_string(got.size()) + " bytes, wanted " +
                            std::to_string(want.size()) + ")");
  }
}

void fail_sequence(std::string_view what, std::string_view why) {
  RC_FAIL(std::string(what) + ' ' + std::string(why));
  std::abort();  // not reached: the line above throws
}

std::string describe_error(const Error& error) {
  return std::string(error_name(error.code)) + " (" + error.message + ')';
}

}  // namespace fhirbin::testing
