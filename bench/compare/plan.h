#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace fhirbin::compare {

inline constexpr std::uint64_t kKiB = std::uint64_t{1} << 10;
inline constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

// Everybody syncs this often while filling.
inline constexpr std::uint64_t kSyncEveryBytes = 16 * kMiB;
// Pieces in which everybody reads inputs.
inline constexpr std::uint64_t kBlockBytes = kMiB;

// How large and how often: the full run, or the one that only shows that everything works.
struct Plan {
  bool smoke = false;
  std::uint64_t large_bytes = kGiB;       // what rows call 1 GB
  std::uint64_t json_bytes = 256 * kMiB;  // payload of a FHIR JSON document
  std::uint64_t export_bytes = 512 * kMiB;
  std::uint64_t input_bytes = 128 * kMiB;    // of each kind in the table of inputs
  std::uint64_t document_bytes = 50 * kMiB;  // a version of the version series
  std::uint64_t fill_bytes = 20 * kGiB;      // the large store
  std::uint64_t binaries = 1'000'000;        // of the store with many
  std::uint64_t window = 10'000;             // operations at each size of a growing store
  std::uint64_t creates = 500;               // small creates by one caller
  std::uint64_t random_reads = 2'000;
  int large_rounds = 3;
  int rounds = 5;
};

inline Plan full_plan() { return {}; }

inline Plan smoke_plan() {
  return {.smoke = true,
          .large_bytes = 24 * kMiB,
          .json_bytes = 8 * kMiB,
          .export_bytes = 16 * kMiB,
          .input_bytes = 4 * kMiB,
          .document_bytes = 2 * kMiB,
          .fill_bytes = 64 * kMiB,
          .binaries = 4'000,
          .window = 200,
          .creates = 40,
          .random_reads = 100,
          .large_rounds = 1,
          .rounds = 1};
}

}  // namespace fhirbin::compare
