#pragma once

#include <array>
#include <cstdint>

#include "bench/compare/files.h"

namespace fhirbin::compare {

// A small generator of good numbers (SplitMix64), fast enough not to be what is measured.
class Numbers {
 public:
  // The first number is spent on the seed: its neighbours would else be the same sequence, shifted.
  explicit Numbers(std::uint64_t seed) : state_(seed) { state_ = next(); }

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

  // 0 to bound - 1.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t state_;
};

// What people keep in Binaries.
enum class InputKind : std::uint8_t { kIncompressible, kJson, kXml, kProgram, kImage };

inline constexpr std::array kInputKinds = {InputKind::kIncompressible, InputKind::kJson,
                                           InputKind::kXml, InputKind::kProgram, InputKind::kImage};

const char* input_name(InputKind kind);

// About `size_bytes` of that kind; the same for the same seed, different for another.
Bytes make_block(InputKind kind, std::uint64_t seed, std::uint64_t size_bytes = kBlockBytes);

// Writes a file of exactly `size_bytes`, in which no block repeats.
void write_input(InputKind kind, std::uint64_t size_bytes, const Path& path);

// Edits of a document as people make them: a few places, each with something put in, taken out or
// replaced.
void edit_document(Bytes& document, std::uint64_t seed);

void fill_random(std::span<std::byte> bytes, std::uint64_t seed);

}  // namespace fhirbin::compare
