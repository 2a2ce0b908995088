#pragma once

#include <cstddef>
#include <cstdint>

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
  ByteSpan take_to(std::size_t limit, ByteSpan& rest) noexcept;
  void fill_window(ByteSpan& rest) noexcept;
  bool scan_to(std::size_t limit, std::uint64_t bound, ByteSpan& rest) noexcept;
  bool scan(ByteSpan piece, std::uint64_t bound, std::size_t& length) noexcept;

  const Cutter* cutter_;
  std::size_t taken_ = 0;  // bytes of the chunk at hand
  std::uint64_t hash_ = 0;
};

}  // namespace fhirbin::chunk
