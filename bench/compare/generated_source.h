#pragma once

#include <algorithm>
#include <cstdint>

#include "bench/compare/inputs.h"
#include "fhirbin/source.h"

namespace fhirbin::compare {

// Incompressible content that lies nowhere; another seed gives other content.
class GeneratedSource final : public Source {
 public:
  GeneratedSource(std::uint64_t seed, std::uint64_t size_bytes) : seed_(seed), left_(size_bytes) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()));
    // Pieces of one content must differ, too, or they would be shared.
    fill_random(buffer.first(count), (seed_ << 32) + left_);
    left_ -= count;
    return count;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t left_;
};

}  // namespace fhirbin::compare
