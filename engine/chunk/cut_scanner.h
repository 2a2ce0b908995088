#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "engine/chunk/cut_candidates.h"
#include "engine/chunk/cutter.h"
#include "engine/util/bytes.h"

namespace fhirbin::chunk {

// Cuts content that comes in pieces of any size. Thread-compatible; the Cutter must outlive it.
class CutScanner {
 public:
  explicit CutScanner(const Cutter& cutter) noexcept : cutter_(&cutter) {}

  struct Step {
    std::size_t length = 0;  // how many bytes of the piece belong to the chunk at hand
    bool ends = false;       // whether that chunk ends with them
  };
  // Goes on with `piece`, up to the end of the chunk at hand. Less than all of it only where the
  // chunk ends: then what is left begins the next.
  Step next(ByteSpan piece) noexcept;

 private:
  std::optional<std::size_t> find_end(ByteSpan piece, std::size_t begin) const noexcept;
  std::optional<std::size_t> find_end_within(const std::byte* content, std::size_t count,
                                             std::size_t taken) const noexcept;
  void remember(ByteSpan piece) noexcept;

  const Cutter* cutter_;
  std::size_t taken_ = 0;                     // bytes of the chunk at hand
  std::array<std::byte, kLeadBytes> last_{};  // seen; no window reaches out of its chunk
};

}  // namespace fhirbin::chunk
