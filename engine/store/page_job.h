#pragma once

#include <cstdint>
#include <vector>

#include "engine/codec/page_codec.h"
#include "engine/util/bytes.h"
#include "engine/util/hash.h"

namespace fhirbin::store {

// A chunk on its way down a PagePipeline.
struct PageJob {
  enum class State : std::uint8_t { kWaiting, kTaken, kReady };

  ByteVector raw;
  Hash128 hash;
  std::vector<Hash128> block_hashes = {};  // of raw, chunk::compute_block_hashes()
  State state = State::kWaiting;
  std::uint64_t shared_id = 0;  // a live chunk with the same bytes
  codec::PageCodec codec = codec::PageCodec::kRaw;
  ByteVector compressed;  // when codec is not kRaw

  ByteSpan stored() const { return codec == codec::PageCodec::kRaw ? ByteSpan(raw) : compressed; }
};

// How many chunks of one hash are compared before a page is stored unshared: bounds what a flood of
// colliding chunks can cost.
inline constexpr std::uint32_t kMaxCandidates = 8;

}  // namespace fhirbin::store
