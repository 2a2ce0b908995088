#include "engine/storage/volume_reader.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/storage/volume_sql.h"
#include "engine/storage/volume_writer.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// How long a connection stays open without use, and how long one in use may outlive its file.
constexpr auto kIdleLimit = 5s;
// Idle connections over all volumes: with their caches at most a few MiB.
constexpr std::size_t kMostIdle = 16;
// A read keeps little: the table's inner SQLite pages. Bytes of pages pass through once.
constexpr int kCacheKibibytes = 256;
// Shorter than the time that a filler yields to those who wait, so that nobody misses it.
constexpr auto kGatePause = 500us;

std::string name_of(std::uint32_t volume) { return "volume " + std::to_string(volume); }

bool is_missing(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::status(path, error).type() == std::filesystem::file_type::not_found;
}

Result<void> read_page(Connection& connection, const PagePlace& place, std::uint32_t stored_length,
                       ByteVector& stored) {
  FHIRBIN_TRY_ASSIGN(Statement query, connection.prepare(volume_sql::kSelectPage));
  FHIRBIN_TRY_ASSIGN(const bool found, query.bind(1, place.page).step());
  if (!found) {
    return fail(ErrorCode::kCorrupt, "page " + std::to_string(place.page) + " of " +
                                         name_of(place.volume) + " is listed but not stored");
  }
  // SQLite owns these bytes until the statement is given back: copy them out.
  const ByteSpan bytes = query.column_bytes(0);
  if (bytes.size() != stored_length) {
    return fail(ErrorCode::kCorrupt, "page " + std::to_string(place.page) + " of " +
                                         name_of(place.volume) + " has another length than listed");
  }
  stored.assign(bytes.begin(), bytes.end());
  return {};
}

// What is wrong with the file, in one line; empty when nothing is.
Result<std::string> find_damage(Connection& connection, bool sealed) {
  FHIRBIN_TRY_ASSIGN(const std::int64_t application_id,
                     connection.query_number(volume_sql::kSelectApplicationId));
  if (application_id != kVolumeApplicationId) {
    return std::string("the file is no volume");
  }
  FHIRBIN_TRY_ASSIGN(const std::int64_t state,
                     connection.query_number(volume_sql::kSelectVolumeState));
  if (sealed && state != kVolumeSealed) {
    return std::string("the volume is listed as sealed but its file is not");
  }
  FHIRBIN_TRY_ASSIGN(Statement query, connection.prepare(volume_sql::kCheckIntegrity));
  std::string findings;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool found, query.step());
    if (!found) {
      return findings;
    }
    std::string finding(query.column_text(0));
    if (finding != "ok") {
      std::ranges::replace(finding, '\n', ' ');
      findings += (findings.empty() ? "" : "; ") + finding;
    }
  }
}

}  // namespace

// One connection, used by one call at a time.
struct VolumeReader::Handle {
  Handle(std::uint32_t its_volume, bool is_immutable)
      : volume(its_volume), immutable(is_immutable) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (guard.left_behind()) {
      // The connection is the parent's: closing it here could touch the parent's files.
      // NOLINTNEXTLINE(bugprone-unused-return-value)
      (void)connection.release();
    }
  }

  std::uint32_t volume;
  bool immutable;
  ForkGuard guard;
  Moment last_used = steady_clock::now();
  Moment file_seen = last_used;    // when its file was last known to have a name
  std::unique_ptr<LockFile> gate;  // an open file description of its own; none when immutable
  std::unique_ptr<Connection> connection;  // dies before the gate
};

VolumeReader::VolumeReader(VolumeContext context, bool read_only)
    : context_(std::move(context)), read_only_(read_only) {}

VolumeReader::~VolumeReader() = default;

Result<void> VolumeReader::read(const PagePlace& place, std::uint32_t stored_length,
                                ByteVector& stored) {
  FHIRBIN_TRY(check_usable());
  FHIRBIN_TRY_ASSIGN(HandlePtr handle, acquire(place.volume, place.sealed));
  FHIRBIN_TRY(run(*handle, [&](Connection& connection) {
    return read_page(connection, place, stored_length, stored);
  }));
  release(std::move(handle));  // after an error it is closed instead
  return {};
}

Result<std::string> VolumeReader::check_integrity(std::uint32_t volume, bool sealed) {
  FHIRBIN_TRY(check_usable());
  FHIRBIN_TRY_ASSIGN(const HandlePtr handle, make_handle(volume, sealed));
  std::string damage;
  Result<void> checked = run(*handle, [&](Connection& connection) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(damage, find_damage(connection, sealed));
    return {};
  });
  if (!checked && checked.error().code == ErrorCode::kCorrupt) {
    return checked.error().message;
  }
  FHIRBIN_TRY(checked);
  return damage;
}

Result<VolumeReader::Contents> VolumeReader::count_contents(std::uint32_t volume, bool sealed) {
  FHIRBIN_TRY(check_usable());
  FHIRBIN_TRY_ASSIGN(const HandlePtr handle, make_handle(volume, sealed));
  Contents contents;
  FHIRBIN_TRY(run(*handle, [&](Connection& connection) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(Statement query, connection.prepare(volume_sql::kCountPages));
    FHIRBIN_TRY(query.step());
    contents = {.pages = query.column_u64(0), .stored_bytes = query.column_u64(1)};
    return {};
  }));
  return contents;
}

template <class Work>
Result<void> VolumeReader::run(Handle& handle, Work&& work) const {
  const auto deadline = steady_clock::now() + std::chrono::milliseconds(context_.busy_timeout_ms);
  bool was_unattended = false;
  while (true) {
    Result<void> done = run_once(handle, work);
    if (done || done.error().code != ErrorCode::kReadOnly || handle.immutable) {
      return done;
    }
    // A read-only connection that meets a filler at work may take its journal for a hot one. Only
    // when nobody filled the volume before the attempt is it one.
    if (was_unattended || steady_clock::now() >= deadline) {
      return fail(ErrorCode::kReadOnly,
                  name_of(handle.volume) +
                      " has a hot journal and needs recovery by an open that may write");
    }
    FHIRBIN_TRY_ASSIGN(const bool attended,
                       handle.gate->held_elsewhere(LockByte::filler(handle.volume)));
    was_unattended = !attended;
    if (attended) {
      std::this_thread::sleep_for(kGatePause);
    }
  }
}

template <class Work>
Result<void> VolumeReader::run_once(Handle& handle, Work&& work) const {
  std::optional<HeldLock> inside;
  if (!handle.immutable) {
    FHIRBIN_TRY_ASSIGN(HeldLock gate, enter_gate(handle));
    inside.emplace(std::move(gate));
  }
  FHIRBIN_TRY(connect(handle));  // inside the gate, because opening reads page 1
  return work(*handle.connection);
}

Result<HeldLock> VolumeReader::enter_gate(Handle& handle) const {
  Result<HeldLock> at_once = try_gate(handle);
  if (at_once || at_once.error().code != ErrorCode::kBusy) {
    return at_once;
  }
  const auto deadline = steady_clock::now() + std::chrono::milliseconds(context_.busy_timeout_ms);
  FHIRBIN_TRY_ASSIGN(const HeldLock waiting,
                     HeldLock::take(*handle.gate, LockByte::waiters(handle.volume),
                                    LockKind::kShared, context_.busy_timeout_ms));
  while (true) {
    Result<HeldLock> inside = try_gate(handle);
    if (inside || inside.error().code != ErrorCode::kBusy || steady_clock::now() >= deadline) {
      return inside;
    }
    std::this_thread::sleep_for(kGatePause);
  }
}

Result<HeldLock> VolumeReader::try_gate(Handle& handle) {
  // Asking is enough: a reader that slips through delays the filler by one read.
  FHIRBIN_TRY_ASSIGN(const bool closing,
                     handle.gate->held_elsewhere(LockByte::closing(handle.volume)));
  if (closing) {
    return fail(ErrorCode::kBusy, "a commit to " + name_of(handle.volume) + " is under way");
  }
  return HeldLock::take(*handle.gate, LockByte::gate(handle.volume), LockKind::kShared, 0);
}

Result<void> VolumeReader::connect(Handle& handle) const {
  if (handle.connection) {
    return {};
  }
  const std::filesystem::path path = context_.paths.volume(handle.volume);
  const bool read_only = read_only_ || handle.immutable;
  Result<Connection> connection =
      Connection::open({.path = path.string(),
                        .seal = {.store_id = context_.store_id,
                                 .file_number = handle.volume,
                                 .sqlite_page_bytes = context_.sqlite_page_bytes,
                                 .immutable = handle.immutable},
                        .access = read_only ? Access::kReadOnly : Access::kReadWrite,
                        .busy_timeout_ms = context_.busy_timeout_ms,
                        .cache_kibibytes = kCacheKibibytes,
                        .vfs = context_.vfs});
  if (!connection) {
    if (is_missing(path)) {
      return fail(ErrorCode::kGone,
                  "the file of " + name_of(handle.volume) + " is no longer there");
    }
    return pass_on(connection);
  }
  handle.connection = std::make_unique<Connection>(std::move(*connection));
  return {};
}

Result<VolumeReader::HandlePtr> VolumeReader::acquire(std::uint32_t volume, bool sealed) {
  const Moment now = steady_clock::now();
  HandlePtr handle;
  std::vector<HandlePtr> stale;  // closed after the mutex is free: closing does I/O
  {
    const MutexLock lock(mutex_);
    collect_stale(now, stale);
    handle = take_idle(volume, sealed);
  }
  if (handle != nullptr && now - handle->file_seen > kIdleLimit) {
    // A connection in constant use must not keep a dropped file's space either.
    if (is_missing(context_.paths.volume(volume))) {
      handle.reset();
    } else {
      handle->file_seen = now;
    }
  }
  if (handle != nullptr) {
    return handle;
  }
  return make_handle(volume, sealed);
}

Result<VolumeReader::HandlePtr> VolumeReader::make_handle(std::uint32_t volume, bool sealed) const {
  auto handle = std::make_unique<Handle>(volume, sealed);
  if (!sealed) {
    // Shared locks are all that a reader takes, so it needs no right to write the lock file.
    FHIRBIN_TRY_ASSIGN(LockFile gate, LockFile::open(context_.paths.lock(), true));
    handle->gate = std::make_unique<LockFile>(std::move(gate));
  }
  return handle;
}

VolumeReader::HandlePtr VolumeReader::take_idle(std::uint32_t volume, bool sealed) {
  const auto [begin, end] = idle_.equal_range(volume);
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second->immutable == sealed) {
      return std::move(idle_.extract(entry).mapped());
    }
  }
  return nullptr;
}

void VolumeReader::release(HandlePtr handle) {
  const Moment now = steady_clock::now();
  handle->last_used = now;
  std::vector<HandlePtr> stale;
  const MutexLock lock(mutex_);
  if (!forgotten_.contains(handle->volume)) {
    const std::uint32_t volume = handle->volume;
    idle_.emplace(volume, std::move(handle));
  }
  collect_stale(now, stale);
}

void VolumeReader::collect_stale(Moment now, std::vector<HandlePtr>& stale) {
  auto oldest = idle_.end();
  for (auto entry = idle_.begin(); entry != idle_.end();) {
    const auto next = std::next(entry);
    if (now - entry->second->last_used > kIdleLimit) {
      stale.push_back(std::move(idle_.extract(entry).mapped()));
    } else if (oldest == idle_.end() || entry->second->last_used < oldest->second->last_used) {
      oldest = entry;
    }
    entry = next;
  }
  if (idle_.size() > kMostIdle) {
    stale.push_back(std::move(idle_.extract(oldest).mapped()));
  }
}

void VolumeReader::forget(std::uint32_t volume) {
  if (!check_usable()) {
    return;
  }
  std::vector<HandlePtr> stale;
  const MutexLock lock(mutex_);
  forgotten_.insert(volume);
  while (HandlePtr handle = take_idle(volume, false)) {
    stale.push_back(std::move(handle));
  }
  while (HandlePtr handle = take_idle(volume, true)) {
    stale.push_back(std::move(handle));
  }
}

}  // namespace fhirbin::storage
