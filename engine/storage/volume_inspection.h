#pragma once

#include <cstdint>
#include <string>

#include "engine/storage/connection.h"

namespace fhirbin::storage {

// What a volume holds, counted in its file.
struct VolumeContents {
  std::uint64_t pages = 0;
  std::uint64_t stored_bytes = 0;
};
Result<VolumeContents> count_volume_contents(Connection& connection);

// What is wrong with a volume's file, in one line; empty when nothing is. Reads every SQLite page.
Result<std::string> find_volume_damage(Connection& connection, bool listed_as_sealed);

}  // namespace fhirbin::storage
