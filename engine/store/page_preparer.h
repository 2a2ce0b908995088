#pragma once

#include <utility>

#include "engine/codec/page_encoder_pool.h"
#include "engine/storage/catalog.h"
#include "engine/storage/volume_reader.h"
#include "engine/store/page_fetcher.h"
#include "engine/store/page_job.h"

namespace fhirbin::store {

// Readies chunks for the page writer: looks for a live chunk with the same bytes, and compresses
// what has none. One for each worker. Thread-compatible.
class PagePreparer {
 public:
  PagePreparer(storage::Catalog& catalog, storage::VolumeReader& volumes,
               codec::PageEncoderPool& encoders)
      : catalog_(&catalog),
        fetcher_(catalog, volumes),
        encoders_(&encoders),
        encoder_(encoders.take()) {}
  PagePreparer(const PagePreparer&) = delete;
  PagePreparer& operator=(const PagePreparer&) = delete;
  ~PagePreparer() { encoders_->give_back(std::move(encoder_)); }

  Result<void> prepare(PageJob& job);

 private:
  Result<bool> find_duplicate(PageJob& job);

  storage::Catalog* catalog_;
  PageFetcher fetcher_;
  codec::PageEncoderPool* encoders_;
  codec::PageEncoder encoder_;
};

}  // namespace fhirbin::store
