#pragma once

#include <cstdint>
#include <unordered_set>

#include "engine/store/verification.h"

namespace fhirbin::store {

// What the look at the chunks tells the steps after it.
struct CheckedChunks {
  std::uint64_t last = 0;  // the highest id that was looked at
  std::unordered_set<std::uint64_t> damaged;
};

// The record of every chunk; and the bytes of those that no version uses, decoded and compared
// with their hash. Those that versions use are read with them. What `checked` holds counts after an
// error too.
Result<void> check_chunks(Verification& verification, CheckedChunks& checked);

// Recounts the references of every chunk, one window of ids at a time, so that memory stays
// bounded.
Result<void> check_references(Verification& verification, const CheckedChunks& checked);

}  // namespace fhirbin::store
