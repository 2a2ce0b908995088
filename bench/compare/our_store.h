#pragma once

#include <string>

#include "bench/compare/files.h"
#include "fhirbin/store.h"

namespace fhirbin::compare {

inline constexpr const char* kRawType = "application/octet-stream";
inline constexpr const char* kFhirJson = "application/fhir+json";

// A store with the defaults, in `folder`.
Store make_store(const Path& folder);
Store open_store(const Path& folder);

// Create, durably; the new id.
std::string put_file(Store& store, const Path& input, const char* content_type = kRawType);
std::string put_bytes(Store& store, std::span<const std::byte> bytes);

// Reads all of the head in order.
void read_all(Store& store, const std::string& id);

// The id of the one Binary there is.
std::string only_id(Store& store);

}  // namespace fhirbin::compare
