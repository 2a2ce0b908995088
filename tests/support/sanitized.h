#pragma once

namespace fhirbin::testing {

// Whether this is a build with a sanitizer: several times slower, and its memory tells nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

// How often a random campaign is repeated: a fifth under a sanitizer, which looks for other faults
// than the campaign does.
constexpr int campaign_size(int full) noexcept { return kIsSanitized ? full / 5 : full; }

}  // namespace fhirbin::testing
