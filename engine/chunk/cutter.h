#pragma once

#include <array>
#include <cstdint>

#include "engine/util/bytes.h"
#include "engine/util/hash.h"

namespace fhirbin::chunk {

// Where content may be cut. Fixed per store; average_bytes is a power of two.
struct CutterParameters {
  std::uint32_t min_bytes = 64U << 10;
  std::uint32_t average_bytes = 256U << 10;
  std::uint32_t max_bytes = 1U << 20;
};

// Content-defined cutting: a gear hash over the bytes, keyed by the store's secret, tested against
// bounds that its high bits must fall below, lower ones before the average size than after it
// (FastCDC, USENIX ATC 2016). Equal content is cut alike wherever it stands; an edit moves only the
// cuts near it. Immutable, so thread-safe.
class Cutter {
 public:
  Cutter(const CutterParameters& parameters, const HashSecret& secret);

  // The length of the first chunk of `content`: min_bytes to max_bytes, or all of a shorter
  // `content`. `content` must hold max_bytes or more, or all that is left.
  std::size_t find_cut(ByteSpan content) const noexcept;

  const CutterParameters& parameters() const noexcept { return parameters_; }

 private:
  friend class CutScanner;

  CutterParameters parameters_;
  std::uint64_t strict_bound_ = 0;
  std::uint64_t lax_bound_ = 0;
  std::array<std::uint64_t, 256> gear_{};
};

}  // namespace fhirbin::chunk
