#include "engine/store/store_context.h"

#include <algorithm>
#include <system_error>
#include <thread>

#include "engine/storage/store_folder.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// Some sixteen chunks.
constexpr std::size_t kChunkCacheBytes = 4U << 20;

// Maps of some 6 GiB of content.
constexpr std::size_t kMapCacheBytes = 1U << 20;

constexpr std::uint64_t kMaxIngestBytes = std::uint64_t{1} << 36;
constexpr unsigned kMaxWorkers = 8;

Result<void> check_options(const OpenOptions& options) {
  if (options.max_ingest_bytes == 0 || options.max_ingest_bytes > kMaxIngestBytes) {
    return fail(ErrorCode::kInvalidArgument, "max_ingest_bytes must lie between 1 and 2^36");
  }
  if (options.compression_level < 1 || options.compression_level > 19) {
    return fail(ErrorCode::kInvalidArgument, "compression_level must lie between 1 and 19");
  }
  if (options.busy_timeout_ms > 3'600'000) {
    return fail(ErrorCode::kInvalidArgument, "busy_timeout_ms must be an hour at most");
  }
  return {};
}

storage::VolumeContext volume_context(const storage::Catalog& catalog, const OpenOptions& options,
                                      const Environment& environment) {
  return {.paths = catalog.paths(),
          .store_id = catalog.settings().store_id,
          .sqlite_page_bytes = catalog.settings().volume_page_bytes,
          .busy_timeout_ms = options.busy_timeout_ms,
          .vfs = environment.vfs};
}

chunk::CutterParameters cutter_parameters(const storage::Settings& settings) {
  return {.min_bytes = settings.cut_min_bytes,
          .average_bytes = settings.cut_average_bytes,
          .max_bytes = settings.cut_max_bytes};
}

unsigned count_workers(const OpenOptions& options) {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  return std::min(options.worker_threads != 0 ? options.worker_threads : cores, kMaxWorkers);
}

}  // namespace

StoreContext::StoreContext(std::unique_ptr<storage::Catalog> catalog, const OpenOptions& options,
                           const Environment& environment)
    : environment_(environment),
      options_(options),
      worker_threads_(count_workers(options)),
      encoders_(options.compression_level),
      catalog_(std::move(catalog)),
      volumes_(volume_context(*catalog_, options, environment), options.read_only),
      lanes_(*catalog_, volume_context(*catalog_, options, environment), *environment.random),
      cutter_(cutter_parameters(catalog_->settings()), catalog_->settings().hash_secret),
      chunk_cache_(kChunkCacheBytes),
      map_cache_(kMapCacheBytes) {}

Result<std::unique_ptr<StoreContext>> StoreContext::open(const std::filesystem::path& path,
                                                         const OpenOptions& options,
                                                         const Environment& environment) {
  FHIRBIN_TRY(check_options(options));
  std::error_code unresolved;
  // Resolved once, so that a changed link or working folder cannot lead elsewhere later.
  const std::filesystem::path folder = std::filesystem::canonical(path, unresolved);
  if (unresolved) {
    return fail(ErrorCode::kNotFound, "there is no store at this path");
  }
  FHIRBIN_TRY_ASSIGN(auto catalog,
                     storage::Catalog::open({folder}, {.read_only = options.read_only,
                                                       .busy_timeout_ms = options.busy_timeout_ms,
                                                       .vfs = environment.vfs}));
  return std::unique_ptr<StoreContext>(new StoreContext(std::move(catalog), options, environment));
}

PagePipeline::Context StoreContext::pipeline_context() noexcept {
  return {.catalog = catalog_.get(),
          .volumes = &volumes_,
          .lanes = &lanes_,
          .encoders = &encoders_,
          .worker_threads = worker_threads_,
          .running = &running_pipelines_};
}

Result<void> StoreContext::close() {
  chunk_cache_.clear();
  map_cache_.clear();
  lanes_.close_idle();
  return catalog_->close();
}

}  // namespace fhirbin::store
