#include "engine/store/verifier.h"

#include <array>
#include <functional>
#include <utility>

#include "engine/store/chunk_check.h"
#include "engine/store/record_check.h"
#include "engine/store/verification.h"
#include "engine/store/version_check.h"
#include "engine/store/volume_check.h"
#include "engine/util/try.h"

namespace fhirbin::store {

Result<VerifyReport> verify_store(StoreContext& store, const CallControl& control) {
  Verification verification(store, control);
  CheckedChunks chunks;
  const auto steps = std::to_array<std::function<Result<void>()>>({
      [&] { return check_catalog_file(verification); },
      [&] { return check_volume_files(verification); },
      [&] { return check_stray_files(verification); },
      [&] { return check_histories(verification); },
      [&] { return check_rows(verification); },
      [&] { return check_chunks(verification, chunks); },
      [&] { return check_references(verification, chunks); },
      [&] { return check_versions(verification, chunks); },
  });
  for (const auto& step : steps) {
    auto done = step();
    if (verification.stopped()) {
      return verification.take_report(false);
    }
    if (!done && !is_damage(done.error())) {
      return pass_on(done);
    }
    if (!done) {
      verification.note(std::move(done.error().message));  // the step could not look further
    }
  }
  return verification.take_report(true);
}

}  // namespace fhirbin::store
