#pragma once

#include <atomic>
#include <filesystem>
#include <memory>

#include "engine/chunk/cutter.h"
#include "engine/storage/catalog.h"
#include "engine/storage/lanes.h"
#include "engine/storage/volume_reader.h"
#include "engine/store/chunk_cache.h"
#include "engine/store/environment.h"
#include "engine/store/map_cache.h"
#include "engine/store/page_pipeline.h"
#include "fhirbin/options.h"

namespace fhirbin::store {

// One open store, as the parts of this layer share it. Thread-safe: each member is.
class StoreContext {
 public:
  // Errors: see Store::open().
  static Result<std::unique_ptr<StoreContext>> open(const std::filesystem::path& path,
                                                    const OpenOptions& options,
                                                    const Environment& environment);

  StoreContext(const StoreContext&) = delete;
  StoreContext& operator=(const StoreContext&) = delete;

  storage::Catalog& catalog() noexcept { return *catalog_; }
  storage::VolumeReader& volumes() noexcept { return volumes_; }
  storage::Lanes& lanes() noexcept { return lanes_; }
  const chunk::Cutter& cutter() const noexcept { return cutter_; }
  const storage::Settings& settings() const noexcept { return catalog_->settings(); }
  const Environment& environment() const noexcept { return environment_; }
  const OpenOptions& options() const noexcept { return options_; }
  PagePipeline::Context pipeline_context() noexcept;

  // Threads that one upload or one read may keep busy; all cores unless the options say otherwise.
  unsigned worker_threads() const noexcept { return worker_threads_; }
  std::atomic<unsigned>& running_read_aheads() noexcept { return running_read_aheads_; }
  ChunkCache& chunk_cache() noexcept { return chunk_cache_; }
  MapCache& map_cache() noexcept { return map_cache_; }

  // Lets go of idle volumes and empties the WAL if possible.
  Result<void> close();

 private:
  StoreContext(std::unique_ptr<storage::Catalog> catalog, const OpenOptions& options,
               const Environment& environment);

  const Environment environment_;
  const OpenOptions options_;
  const unsigned worker_threads_;  // asking the system for its cores reads a file
  codec::PageEncoderPool encoders_;
  std::unique_ptr<storage::Catalog> catalog_;
  storage::VolumeReader volumes_;
  storage::Lanes lanes_;
  const chunk::Cutter cutter_;
  std::atomic<unsigned> running_pipelines_ = 0;
  std::atomic<unsigned> running_read_aheads_ = 0;
  ChunkCache chunk_cache_;
  MapCache map_cache_;
};

}  // namespace fhirbin::store
