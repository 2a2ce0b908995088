#pragma once

#include <cstdint>
#include <string>

#include "engine/storage/connection.h"
#include "engine/storage/cursor.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// Whether the sequences of the changes leave any out.
struct ChangeRun {
  std::uint64_t oldest = 0;
  std::uint64_t newest = 0;
  std::uint64_t count = 0;
};

// What whole tables tell of damage that no single row shows. Each call is one query over all rows.
// A view on a connection; thread-compatible.
class CatalogCheck {
 public:
  explicit CatalogCheck(Connection& catalog) noexcept : catalog_(&catalog) {}

  // What SQLite finds wrong with its trees, at most some hundred; a single empty text when nothing
  // is.
  Result<Cursor<std::string>> tree_findings();
  // Ids of the Binaries whose kept versions are not one gapless run up to the head.
  Result<Cursor<std::string>> broken_histories();
  Result<ChangeRun> change_run();

  // How many rows there are...
  // ...of versions of no kind, of no Binary, of a number that it never had or first ones that its
  // key does not lead to; and of those erased, what nothing hid or what something is left of.
  Result<std::uint64_t> stray_versions();
  // ...of purges of no Binary, of a number that it never had, or in the place of a version.
  Result<std::uint64_t> stray_purges();
  // ...of Binaries whose key is not the sequence of their first version.
  Result<std::uint64_t> strange_keys();
  // By how much the tally of retired sequences is wrong, and by how many rows it is not one.
  Result<std::uint64_t> mistallied();
  // ...of versions that do not follow the one before them in time and in sequence.
  Result<std::uint64_t> steps_back();
  // ...of inline content whose version has none.
  Result<std::uint64_t> stray_inline();
  // ...of segments of chunk maps whose version has no chunks.
  Result<std::uint64_t> stray_maps();
  // ...of chunks that are freed while referenced, or neither.
  Result<std::uint64_t> misfreed_chunks();
  // ...of volumes in a state that there is not.
  Result<std::uint64_t> strange_volumes();
  // ...of hidden versions that no later change of their Binary can have hidden: only a purge can
  // where history is kept.
  Result<std::uint64_t> unexplained_purges(bool keep_history);

 private:
  Result<std::uint64_t> count(const char* sql);

  Connection* catalog_;
};

}  // namespace fhirbin::storage
