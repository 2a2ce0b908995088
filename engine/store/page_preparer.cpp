#include "engine/store/page_preparer.h"

#include "engine/util/try.h"

namespace fhirbin::store {

Result<void> PagePreparer::prepare(PageJob& job) {
  FHIRBIN_TRY_ASSIGN(const bool duplicate, find_duplicate(job));
  if (duplicate) {
    return {};
  }
  FHIRBIN_TRY_ASSIGN(const auto page, encoder_.encode(job.raw));
  job.codec = page.codec;
  if (page.codec != codec::PageCodec::kRaw) {
    job.compressed.assign(page.stored.begin(), page.stored.end());
  }
  return {};
}

Result<bool> PagePreparer::find_duplicate(PageJob& job) {
  const auto length = static_cast<std::uint32_t>(job.raw.size());
  FHIRBIN_TRY_ASSIGN(const auto candidates, catalog_->read([&](storage::Connection& connection) {
    return storage::ChunkTable(connection).find_candidates(job.hash, length, kMaxCandidates);
  }));
  ByteVector bytes;
  for (const storage::ChunkRow& candidate : candidates) {
    bytes.resize(length);
    // A hash is no proof: only equal bytes are shared. A candidate that cannot be read is no
    // duplicate; verify() will tell of the damage, and the new content must not depend on it.
    if (fetcher_.fetch(candidate, bytes) && equal_bytes(bytes, job.raw)) {
      job.shared_id = candidate.id;
      return true;
    }
  }
  return false;
}

}  // namespace fhirbin::store
