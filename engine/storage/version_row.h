#pragma once

#include <optional>
#include <vector>

#include "engine/storage/binary_table.h"
#include "engine/storage/settings.h"
#include "engine/storage/statement.h"
#include "engine/storage/version_record.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// Records from the rows of a query that selects the version columns, its values bound. None is
// returned whose seal does not match or that contradicts itself: these are kCorrupt.

// nullopt without a row.
Result<std::optional<VersionRecord>> first_version(Statement& query, const Settings& settings);

// All rows. Their elements were checked but are left out, as a thousand of them may be a gigabyte.
Result<std::vector<VersionRecord>> collect_versions(Statement& query, const Settings& settings);

// Errors: kCorrupt when a record that was found by the key of `binary` bears another id.
Result<void> check_owner(const VersionRecord& record, const BinaryRow& binary);

}  // namespace fhirbin::storage
