#pragma once

#include <cstdint>

#include "engine/chunk/cut_candidates.h"
#include "engine/util/bytes.h"
#include "engine/util/hash.h"

namespace fhirbin::chunk {

// No window reaches out of its chunk.
inline constexpr std::uint32_t kMinCutBytes = 64;
static_assert(kMinCutBytes >= kWindowBytes);

// Where content may be cut. Fixed per store; min_bytes is kMinCutBytes or more, average_bytes a
// power of two.
struct CutterParameters {
  std::uint32_t min_bytes = 64U << 10;
  std::uint32_t average_bytes = 256U << 10;
  std::uint32_t max_bytes = 1U << 20;
};

// Content-defined cutting, by the window of bytes before a cut: candidates (cut_candidates.h) are
// picked by a sum that vectors compute fast, and content is cut at those whose window has, under
// the store's secret, a hash whose prefix() begins with zero bits, more of them before the average
// size than after it (as in FastCDC, USENIX ATC 2016). Equal content is cut alike wherever it
// stands; an edit moves only the cuts near it. Immutable, so thread-safe.
class Cutter {
 public:
  // `kernel`: another than the fastest of candidate_kernels() for tests and benchmarks.
  Cutter(const CutterParameters& parameters, const HashSecret& secret,
         const CandidateKernel& kernel = candidate_kernel());

  // The length of the first chunk of `content`: min_bytes to max_bytes, or all of a shorter
  // `content`. `content` must hold max_bytes or more, or all that is left.
  std::size_t find_cut(ByteSpan content) const noexcept;

  const CutterParameters& parameters() const noexcept { return parameters_; }

 private:
  friend class CutScanner;

  bool ends_chunk(const std::byte* end, std::size_t length) const noexcept;

  CutterParameters parameters_;
  HashSecret secret_;
  const CandidateKernel* kernel_;
  std::uint32_t candidate_limit_ = 0;
  std::uint64_t strict_max_hash_ = 0;
  std::uint64_t lax_max_hash_ = 0;
};

}  // namespace fhirbin::chunk
