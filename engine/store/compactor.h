#pragma once

#include <cstdint>

#include "engine/store/store_context.h"
#include "fhirbin/progress.h"

namespace fhirbin::store {

// Copies the live pages of a sealed volume into filling ones and moves their places, in small steps
// that can be stopped at any moment; every page is decoded and checked on the way. The caller holds
// a pin. Returns the stored bytes that were copied. Errors: kCorrupt when a page is damaged (it
// stays where it is), kCancelled.
Result<std::uint64_t> compact_volume(StoreContext& store, std::uint32_t volume,
                                     const CallControl& control);

}  // namespace fhirbin::store
