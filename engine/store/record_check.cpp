#include "engine/store/record_check.h"

#include <string>

#include "engine/storage/sql.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;
using storage::Statement;

Result<void> check_trees(Verification& verification, Connection& connection) {
  FHIRBIN_TRY_ASSIGN(Statement check, connection.prepare(storage::sql::kIntegrityCheck));
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, check.step());
    if (!found) {
      return {};
    }
    if (check.column_text(0) != "ok") {
      verification.note("catalog: " + std::string(check.column_text(0)));
    }
  }
}

Result<void> check_version_numbers(Verification& verification, Connection& connection) {
  FHIRBIN_TRY_ASSIGN(Statement broken, connection.prepare(storage::sql::kSelectBrokenHistories));
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, broken.step());
    if (!found) {
      return {};
    }
    verification.note(std::string(broken.column_text(0)), 0,
                      "the history has a gap or does not end at the head");
  }
}

Result<void> check_change_numbers(Verification& verification, Connection& connection) {
  FHIRBIN_TRY_ASSIGN(Statement run, connection.prepare(storage::sql::kSelectChangeRun));
  FHIRBIN_TRY(run.step());
  if (run.column_u64(2) != 0 &&
      (run.column_u64(0) != 1 || run.column_u64(1) != run.column_u64(2))) {
    verification.note("the sequence of changes has a gap");
  }
  return {};
}

Result<void> check_purges(Verification& verification, Connection& connection) {
  FHIRBIN_TRY_ASSIGN(Statement purges, connection.prepare(storage::sql::kCountUnexplainedPurges));
  const bool keep_history = verification.store().settings().keep_history;
  FHIRBIN_TRY(purges.bind(1, std::uint64_t{keep_history}).step());
  if (purges.column_u64(0) != 0) {
    verification.note(std::to_string(purges.column_u64(0)) + " versions are hidden by no purge");
  }
  return {};
}

Result<void> check_changes(Verification& verification, Connection& connection) {
  FHIRBIN_TRY_ASSIGN(Statement unmatched,
                     connection.prepare(storage::sql::kSelectVersionsWithoutChange));
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, unmatched.step());
    if (!found) {
      return {};
    }
    verification.note(std::string(unmatched.column_text(0)), unmatched.column_u64(1),
                      "the change that made the version is missing or tells something else");
  }
}

// Rows that a query can count.
struct RowCheck {
  const char* sql;
  const char* what;
};
constexpr RowCheck kRowChecks[] = {
    {storage::sql::kCountStrayVersions, " version records belong to no Binary"},
    {storage::sql::kCountStrayChanges, " changes are of no Binary, version or known kind"},
    {storage::sql::kCountStepsBack, " version records do not follow the one before them"},
    {storage::sql::kCountStrayInline, " rows of inline content belong to no inline version"},
    {storage::sql::kCountStrayMaps, " segments of chunk maps belong to no chunked version"},
    {storage::sql::kCountMisfreedChunks, " chunks are freed while referenced, or neither"},
    {storage::sql::kCountStrangeVolumes, " volumes are in no known state"},
};

}  // namespace

Result<void> check_catalog_file(Verification& verification) {
  return verification.catalog().read(
      [&](Connection& connection) { return check_trees(verification, connection); });
}

Result<void> check_histories(Verification& verification) {
  return verification.catalog().read([&](Connection& connection) -> Result<void> {
    FHIRBIN_TRY(check_version_numbers(verification, connection));
    return check_change_numbers(verification, connection);
  });
}

Result<void> check_rows(Verification& verification) {
  for (const RowCheck& check : kRowChecks) {
    if (verification.stop()) {
      return {};
    }
    FHIRBIN_TRY_ASSIGN(const auto wrong, verification.catalog().read([&](Connection& connection) {
      return connection.query_number(check.sql);
    }));
    if (wrong != 0) {
      verification.note(std::to_string(wrong) + check.what);
    }
  }
  return verification.catalog().read([&](Connection& connection) -> Result<void> {
    FHIRBIN_TRY(check_purges(verification, connection));
    return check_changes(verification, connection);
  });
}

}  // namespace fhirbin::store
