#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/fhir/envelope.h"
#include "engine/fhir/lifter.h"
#include "engine/store/content_ingest.h"
#include "engine/store/publication.h"
#include "engine/store/store_context.h"
#include "fhirbin/options.h"
#include "fhirbin/version_info.h"

namespace fhirbin::store {

// One create or update from its first byte to its version. A raw body goes straight into a
// ContentIngest; a FHIR JSON body goes through the Lifter, and until it is known whether it is a
// Binary the raw body is staged as well, and one of the two is dropped. Thread-compatible.
class WriteSession {
 public:
  // `id` is the Binary to update; nullopt creates one. Errors: kInvalidArgument,
  // kUnsupportedMediaType, kReadOnly.
  static Result<std::unique_ptr<WriteSession>> begin(StoreContext& store,
                                                     std::optional<std::string> id,
                                                     const ContentInfo& info,
                                                     const WriteOptions& options);

  WriteSession(const WriteSession&) = delete;
  WriteSession& operator=(const WriteSession&) = delete;
  // Drops what was not committed.
  ~WriteSession();

  // See Writer.
  Result<void> write(ByteSpan bytes);
  Result<VersionInfo> commit();

 private:
  WriteSession(StoreContext& store, std::optional<std::string> id, const WriteOptions& options)
      : store_(&store), id_(std::move(id)), options_(options) {}

  Result<void> describe(const ContentInfo& info);
  Result<void> write_json(ByteSpan bytes);
  Result<void> write_raw(ByteSpan bytes);
  void settle_kind();
  void drop(std::unique_ptr<ContentIngest>& ingest);
  void reclaim_dropped();
  void drop_everything();
  Result<void> tolerate_malformed(Result<void> fed);
  Result<void> finish_json();
  Result<void> draft_binary();
  Result<void> check_envelope(const fhir::Envelope& envelope) const;
  Result<VersionInfo> finish_and_publish();
  Result<VersionInfo> publish(ContentIngest& ingest);

  StoreContext* store_;
  std::optional<std::string> id_;
  WriteOptions options_;
  VersionDraft draft_;
  std::uint64_t taken_bytes_ = 0;
  std::optional<Error> spent_;               // why no further call can succeed
  std::optional<fhir::Lifter> lifter_;       // while the body may be a Binary
  std::unique_ptr<ContentIngest> lifted_;    // its decoded content
  std::unique_ptr<ContentIngest> raw_;       // the body as it is
  std::vector<std::uint32_t> dead_volumes_;  // that dropped content left pages in
};

}  // namespace fhirbin::store
