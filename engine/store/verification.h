#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "engine/store/store_context.h"
#include "fhirbin/care.h"
#include "fhirbin/progress.h"

namespace fhirbin::store {

// Errors that mean damage rather than a failure of the check itself.
inline bool is_damage(const Error& error) { return error.code == ErrorCode::kCorrupt; }

// One check of a store: the report being made, and whether to go on. Thread-compatible.
class Verification {
 public:
  Verification(StoreContext& store, const CallControl& control)
      : store_(&store), control_(&control) {}

  StoreContext& store() const { return *store_; }
  storage::Catalog& catalog() const { return store_->catalog(); }

  // Damage to the store, or to one version of one Binary, or (with version 0) to all of them.
  void note(std::string what) { note({}, 0, std::move(what)); }
  void note(std::string id, std::uint64_t version, std::string what);

  // Whether the caller wants no more of it; once true, it stays so.
  bool stop();
  // What stop() told last.
  bool stopped() const { return stopped_; }

  void count_chunk() { ++report_.chunks; }
  void count_version() { ++report_.versions; }
  void count_bytes(std::uint64_t size_bytes) { report_.bytes += size_bytes; }
  void set_binaries(std::uint64_t count) { report_.binaries = count; }
  void tell_progress() const;

  // The report, and the end of this check. `complete`: every step was taken to its end.
  VerifyReport take_report(bool complete);

 private:
  StoreContext* store_;
  const CallControl* control_;
  VerifyReport report_;
  bool stopped_ = false;
};

}  // namespace fhirbin::store
