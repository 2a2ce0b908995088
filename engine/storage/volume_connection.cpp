#include "engine/storage/volume_connection.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/storage/volume_gate.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// How long a connection in use may outlive its file.
constexpr auto kFileLimit = 5s;
// A read keeps little: the table's inner SQLite pages. Bytes of pages pass through once, or past
// it.
constexpr int kCacheKibibytes = 256;

bool is_missing(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::status(path, error).type() == std::filesystem::file_type::not_found;
}

}  // namespace

VolumeConnection::VolumeConnection(const VolumeContext& context, const Options& options)
    : context_(&context),
      options_(options),
      page_blob_(options.sealed ? std::optional(context.sqlite_page_bytes) : std::nullopt) {}

VolumeConnection::~VolumeConnection() {
  if (guard_.left_behind()) {
    // The connection is the parent's: closing it here could touch the parent's files.
    page_blob_.leave_behind();
    // NOLINTNEXTLINE(bugprone-unused-return-value)
    (void)connection_.release();
  }
}

Result<std::unique_ptr<VolumeConnection>> VolumeConnection::make(const VolumeContext& context,
                                                                 const Options& options) {
  std::unique_ptr<VolumeConnection> made(new VolumeConnection(context, options));
  if (!options.sealed) {
    // Shared locks are all that a reader takes, so it needs no right to write the lock file.
    FHIRBIN_TRY_ASSIGN(LockFile gate, LockFile::open(context.paths.lock(), true));
    made->gate_ = std::make_unique<LockFile>(std::move(gate));
  }
  return made;
}

bool VolumeConnection::outlives_its_file() {
  const auto now = steady_clock::now();
  if (now - file_seen_ <= kFileLimit) {
    return false;
  }
  if (is_missing(context_->paths.volume(options_.volume))) {
    return true;
  }
  file_seen_ = now;
  return false;
}

Result<void> VolumeConnection::run(const Work& work) {
  const auto deadline = steady_clock::now() + std::chrono::milliseconds(context_->busy_timeout_ms);
  bool was_unattended = false;
  while (true) {
    Result<void> done = run_once(work);
    if (done || done.error().code != ErrorCode::kReadOnly || options_.sealed) {
      return done;
    }
    // A read-only connection that meets a filler at work may take its journal for a hot one. Only
    // when nobody filled the volume before the attempt is it one.
    if (was_unattended || steady_clock::now() >= deadline) {
      return fail(ErrorCode::kReadOnly,
                  volume_name(options_.volume) +
                      " has a hot journal and needs recovery by an open that may write");
    }
    FHIRBIN_TRY_ASSIGN(const bool attended,
                       gate_->held_elsewhere(LockByte::filler(options_.volume)));
    was_unattended = !attended;
    if (attended) {
      std::this_thread::sleep_for(kGatePause);
    }
  }
}

Result<void> VolumeConnection::run_once(const Work& work) {
  std::optional<HeldLock> inside;
  if (!options_.sealed) {
    FHIRBIN_TRY_ASSIGN(HeldLock gate,
                       enter_gate(*gate_, options_.volume, context_->busy_timeout_ms));
    inside.emplace(std::move(gate));
  }
  FHIRBIN_TRY(connect());  // inside the gate, because opening reads page 1
  Result<void> done = work(*connection_);
  if (inside) {
    page_blob_.close();  // its read transaction must not outlive the gate
  }
  return done;
}

Result<void> VolumeConnection::connect() {
  if (connection_) {
    return {};
  }
  const std::filesystem::path path = context_->paths.volume(options_.volume);
  const bool read_only = options_.read_only || options_.sealed;
  Result<Connection> connection =
      Connection::open({.path = path.string(),
                        .seal = {.store_id = context_->store_id,
                                 .file_number = options_.volume,
                                 .sqlite_page_bytes = context_->sqlite_page_bytes,
                                 .immutable = options_.sealed},
                        .access = read_only ? Access::kReadOnly : Access::kReadWrite,
                        .busy_timeout_ms = context_->busy_timeout_ms,
                        .cache_kibibytes = kCacheKibibytes,
                        .vfs = context_->vfs});
  if (!connection && is_missing(path)) {
    return fail(ErrorCode::kGone,
                "the file of " + volume_name(options_.volume) + " is no longer there");
  }
  FHIRBIN_TRY_ASSIGN(Connection opened, std::move(connection));
  connection_ = std::make_unique<Connection>(std::move(opened));
  return {};
}

}  // namespace fhirbin::storage
