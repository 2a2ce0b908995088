#pragma once

#include <optional>
#include <string>

#include "engine/chunk/chunk_map.h"
#include "engine/storage/binary_table.h"
#include "engine/storage/version_record.h"
#include "engine/store/pin.h"
#include "engine/store/staged_content.h"
#include "engine/store/store_context.h"
#include "fhirbin/options.h"
#include "fhirbin/version_info.h"

namespace fhirbin::store {

// A version that is ready to exist but for the catalog.
struct VersionDraft {
  std::string id;          // of the Binary
  bool is_create = false;  // the id is new and ours; otherwise an update of whatever stands there
  WriteOptions options;
  std::string content_type;
  std::string security_context;  // a minified Reference, or empty
  std::string elements = "{}";
  StagedContent content;
  Pin* pin = nullptr;  // given up in the same transaction
};

// Makes a version exist: one small catalog transaction, shared with other callers of the moment.
// Used once.
class Publication {
 public:
  Publication(StoreContext& store, const VersionDraft& draft) : store_(&store), draft_(&draft) {}

  // Errors: kVersionConflict, kMethodNotAllowed, and those of CatalogWriter::run().
  Result<VersionInfo> run();

 private:
  Result<void> check(storage::Connection& connection);
  Result<void> check_preconditions() const;
  Result<bool> equals_head(storage::Connection& connection);
  Result<void> apply(storage::Connection& connection);
  bool head_exists() const { return former_ && former_->action != ChangeAction::kDelete; }

  StoreContext* store_;
  const VersionDraft* draft_;

  // Found by check() and written by apply(), each time that they run.
  std::optional<storage::BinaryRow> binary_;
  std::optional<storage::VersionRecord> former_;
  std::string elements_;
  bool unchanged_ = false;
  storage::VersionRecord record_;
};

}  // namespace fhirbin::store
