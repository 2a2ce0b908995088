#pragma once

#include <filesystem>

#include "engine/storage/settings.h"
#include "engine/storage/store_paths.h"
#include "engine/util/random.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// The SQLite page size of every catalog.
inline constexpr std::uint32_t kCatalogPageBytes = 4096;
// How much of the WAL stays allocated, so that purging still works on a full disk.
inline constexpr std::uint64_t kWalReserveBytes = 4U << 20;

// Makes a store at `path`: builds it in a temporary sibling, syncs it, renames it into place and
// syncs the parent. Nothing is left behind after an error. Errors: kInvalidArgument when something
// stands at `path`, kNotFound when the parent is missing, kNoSpace, kIo.
Result<void> create_store_folder(const std::filesystem::path& path, const Settings& settings,
                                 Random& random, const char* vfs);

// Whether `paths` holds a store of a format that we know. Reads page 1 of the catalog only and
// writes nothing. Errors: kNotFound, kIncompatibleFormat.
Result<void> check_store_format(const StorePaths& paths);

}  // namespace fhirbin::storage
