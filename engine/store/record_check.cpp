#include "engine/store/record_check.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "engine/storage/catalog_check.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::CatalogCheck;
using storage::Connection;

Result<void> check_trees(Verification& verification, Connection& connection) {
  FHIRBIN_TRY_ASSIGN(auto findings, CatalogCheck(connection).tree_findings());
  while (true) {
    FHIRBIN_TRY_ASSIGN(const auto finding, findings.next());
    if (!finding) {
      return {};
    }
    if (!finding->empty()) {
      verification.note("catalog: " + *finding);
    }
  }
}

Result<void> check_version_numbers(Verification& verification, Connection& connection) {
  FHIRBIN_TRY_ASSIGN(auto broken, CatalogCheck(connection).broken_histories());
  while (true) {
    FHIRBIN_TRY_ASSIGN(auto id, broken.next());
    if (!id) {
      return {};
    }
    verification.note(*std::move(id), 0, "the history has a gap or does not end at the head");
  }
}

Result<void> check_change_numbers(Verification& verification, Connection& connection) {
  FHIRBIN_TRY_ASSIGN(const auto run, CatalogCheck(connection).change_run());
  if (run.count != 0 && (run.oldest != 1 || run.newest != run.count)) {
    verification.note("the sequence of changes has a gap");
  }
  return {};
}

Result<void> check_purges(Verification& verification, Connection& connection) {
  const bool keep_history = verification.store().settings().keep_history;
  FHIRBIN_TRY_ASSIGN(const std::uint64_t unexplained,
                     CatalogCheck(connection).unexplained_purges(keep_history));
  if (unexplained != 0) {
    verification.note(std::to_string(unexplained) + " versions are hidden by no purge");
  }
  return {};
}

// Rows that a query can count.
struct RowCheck {
  Result<std::uint64_t> (CatalogCheck::*count)();
  const char* what;
};
constexpr auto kRowChecks = std::to_array<RowCheck>({
    {.count = &CatalogCheck::stray_versions,
     .what =
         " version records belong to no Binary, are not where its key leads, or were half erased"},
    {.count = &CatalogCheck::stray_purges,
     .what = " purges are of no Binary, of a number it never had, or in the place of a version"},
    {.count = &CatalogCheck::mistallied,
     .what = " retired sequences are missing in the tally, or too many"},
    {.count = &CatalogCheck::strange_keys,
     .what = " Binaries have a key that leads to no first version of theirs"},
    {.count = &CatalogCheck::steps_back,
     .what = " version records do not follow the one before them"},
    {.count = &CatalogCheck::stray_inline,
     .what = " rows of inline content belong to no inline version"},
    {.count = &CatalogCheck::stray_maps,
     .what = " segments of chunk maps belong to no chunked version"},
    {.count = &CatalogCheck::misfreed_chunks,
     .what = " chunks are freed while referenced, or neither"},
    {.count = &CatalogCheck::strange_volumes, .what = " volumes are in no known state"},
});

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
      return (CatalogCheck(connection).*check.count)();
    }));
    if (wrong != 0) {
      verification.note(std::to_string(wrong) + check.what);
    }
  }
  return verification.catalog().read(
      [&](Connection& connection) { return check_purges(verification, connection); });
}

}  // namespace fhirbin::store
