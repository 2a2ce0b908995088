#pragma once

#include <string>
#include <vector>

#include "bench/compare/our_store.h"

namespace fhirbin::compare {

inline constexpr std::uint64_t kSmallObjectBytes = kKiB;
inline constexpr unsigned kFillingCallers = 16;

// Creates Binaries of 1 KB, no two alike, by 16 callers. Numbered from `first`.
void create_many(Store& store, std::uint64_t first, std::uint64_t count);

// Some ids, evenly from the whole store: few enough to take little memory themselves.
std::vector<std::string> sample_ids(Store& store);

// Reads whole Binaries at random.
void read_many(Store& store, const std::vector<std::string>& ids, std::uint64_t count);

}  // namespace fhirbin::compare
