#include "engine/util/hash.h"

#include <new>

// The one door to xxHash. Its dispatch header picks the widest kernel of the machine at run time
// (52 GB/s against 15 with the plain library on AVX-512).
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>
#ifdef FHIRBIN_XXHASH_DISPATCH
#include <xxh_x86dispatch.h>
#endif

namespace fhirbin {
namespace {

Hash128 canonical(XXH128_hash_t hash) noexcept {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  Hash128 result;
  std::memcpy(result.bytes.data(), bytes.digest, result.bytes.size());
  return result;
}

}  // namespace

std::string Hash128::to_hex() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte b : bytes) {
    text.push_back(kDigits[std::to_integer<std::size_t>(b >> 4)]);
    text.push_back(kDigits[std::to_integer<std::size_t>(b & std::byte{0xF})]);
  }
  return text;
}

Hash128 compute_hash(const HashSecret& secret, ByteSpan bytes) noexcept {
  return canonical(XXH3_128bits_withSecret(bytes.data(), bytes.size(), secret.bytes.data(),
                                           secret.bytes.size()));
}

Hash128 compute_hash(std::uint64_t seed, ByteSpan bytes) noexcept {
  return canonical(XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed));
}

// XXH3 states want 64-byte alignment, which their own struct carries.
struct StreamingHash::State {
  XXH3_state_t xxh;
};

StreamingHash::StreamingHash() : state_(std::make_unique<State>()) {
  XXH3_INITSTATE(&state_->xxh);
  (void)XXH3_128bits_reset(&state_->xxh);  // fails only for a null state
}
StreamingHash::StreamingHash(StreamingHash&&) noexcept = default;
StreamingHash& StreamingHash::operator=(StreamingHash&&) noexcept = default;
StreamingHash::~StreamingHash() = default;

void StreamingHash::update(ByteSpan bytes) noexcept {
  (void)XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());  // fails only for null input
}

Hash128 StreamingHash::digest() const noexcept {
  return canonical(XXH3_128bits_digest(&state_->xxh));
}

}  // namespace fhirbin
