#include "engine/storage/lock_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/util/file_io.h"
#include "engine/util/hash.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// The file: magic 16, store id 16, XXH3-128 of those 32; at 64 the watermark: sequence 8, XXH3-128
// of the sequence and the store id; zeros elsewhere.
constexpr std::size_t kFileBytes = 128;
constexpr std::size_t kStoreIdAt = 16;
constexpr std::size_t kHeaderHashAt = 32;
constexpr std::size_t kWatermarkAt = 64;
constexpr std::size_t kWatermarkBytes = 24;
constexpr std::string_view kMagic("fhirbin lock\0\0\0\1", 16);

constexpr std::string_view kName = "the lock file";  // in messages

using Watermark = std::array<std::byte, kWatermarkBytes>;

std::array<std::byte, kFileBytes> make_file(const StoreId& store_id) {
  std::array<std::byte, kFileBytes> file{};
  std::ranges::copy(as_bytes(kMagic), file.begin());
  std::ranges::copy(store_id.bytes, file.begin() + kStoreIdAt);
  const Hash128 hash = compute_hash(0, ByteSpan(file).first(kHeaderHashAt));
  std::ranges::copy(hash.bytes, file.begin() + kHeaderHashAt);
  return file;
}

Watermark make_watermark(std::uint64_t sequence, const StoreId& store_id) {
  std::array<std::byte, 24> hashed{};
  store_le(hashed.data(), sequence);
  std::ranges::copy(store_id.bytes, hashed.begin() + 8);
  Watermark watermark{};
  store_le(watermark.data(), sequence);
  std::ranges::copy(compute_hash(0, hashed).bytes, watermark.begin() + 8);
  return watermark;
}

}  // namespace

Result<void> LockFile::create(const std::filesystem::path& path, const StoreId& store_id) {
  // No lock is held yet, so this descriptor needs no guard.
  FHIRBIN_TRY_ASSIGN(const FileDescriptor file, create_private_file(path, kName));
  Result<void> written = write_all(file.get(), make_file(store_id), kName);
  if (written) {
    written = sync_to_disk(file.get(), kName);
  }
  if (!written) {
    ::unlink(path.c_str());
  }
  return written;
}

Result<LockFile> LockFile::open(const std::filesystem::path& path, bool read_only) {
  // O_NONBLOCK: a pipe in the file's place must not hang the open.
  const int flags = (read_only ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  ForkGuardedDescriptor descriptor(path.c_str(), flags);
  if (!descriptor.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return fail(ErrorCode::kNotFound, "there is no lock file here, so no store");
    }
    if (!read_only && (errno == EROFS || errno == EACCES || errno == EPERM)) {
      return fail(ErrorCode::kReadOnly,
                  "the store cannot be written here or by this user; it can be opened read-only");
    }
    return os_failure(errno, "open the lock file");
  }
  LockFile file(std::move(descriptor), read_only);
  FHIRBIN_TRY(file.read_header());
  return file;
}

Result<void> LockFile::read_header() {
  struct stat status{};
  if (::fstat(descriptor_.get(), &status) != 0) {
    return os_failure(errno, "examine the lock file");
  }
  const std::unexpected<Error> foreign = fail(
      ErrorCode::kIncompatibleFormat, "the lock file is not one of a store that this engine knows");
  if (!S_ISREG(status.st_mode)) {
    return foreign;
  }
  std::array<std::byte, kFileBytes> bytes{};
  FHIRBIN_TRY_ASSIGN(const std::size_t size, read_all_at(descriptor_.get(), 0, bytes, kName));
  std::copy_n(bytes.begin() + kStoreIdAt, store_id_.bytes.size(), store_id_.bytes.begin());
  const ByteSpan head = ByteSpan(bytes).first(kWatermarkAt);
  if (size < kFileBytes || !equal_bytes(head, ByteSpan(make_file(store_id_)).first(kWatermarkAt))) {
    return foreign;
  }
  return {};
}

Result<bool> LockFile::try_lock(LockByte byte, LockKind kind) {
  FHIRBIN_TRY(check_usable());
  if (read_only_ && kind == LockKind::kExclusive) {
    return fail(ErrorCode::kReadOnly, "a lock file opened for reading holds shared locks only");
  }
  return try_lock_byte(descriptor_.get(), byte, kind);
}

Result<void> LockFile::lock(LockByte byte, LockKind kind, std::uint32_t timeout_ms) {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  std::chrono::microseconds pause = 50us;
  while (true) {
    FHIRBIN_TRY_ASSIGN(const bool taken, try_lock(byte, kind));
    if (taken) {
      return {};
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) {
      return fail(ErrorCode::kBusy, "another user of the store holds a lock past the time-out");
    }
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(pause, deadline - now));
    pause = std::min<std::chrono::microseconds>(pause * 2, 5ms);
  }
}

// Not const: it changes what the object holds.
// NOLINTNEXTLINE(readability-make-member-function-const)
void LockFile::unlock(LockByte byte) noexcept {
  if (descriptor_.is_open() && !left_behind_by_fork()) {
    unlock_byte(descriptor_.get(), byte);
  }
}

Result<bool> LockFile::held_elsewhere(LockByte byte) const {
  FHIRBIN_TRY(check_usable());
  return any_byte_held_elsewhere(descriptor_.get(), byte, 1);
}

Result<bool> LockFile::other_owner_lives() const {
  FHIRBIN_TRY(check_usable());
  return any_byte_held_elsewhere(descriptor_.get(), LockByte::owner(0), LockByte::kMaxOwners);
}

Result<std::optional<std::uint64_t>> LockFile::read_watermark() const {
  FHIRBIN_TRY(check_usable());
  // A read may meet a write halfway; damage stays, that does not.
  for (int attempt = 0; attempt < 3; ++attempt) {
    Watermark watermark{};
    FHIRBIN_TRY(read_all_at(descriptor_.get(), kWatermarkAt, watermark, kName));
    const auto sequence = load_le<std::uint64_t>(watermark.data());
    if (watermark == make_watermark(sequence, store_id_)) {
      return std::optional(sequence);
    }
  }
  return std::optional<std::uint64_t>();
}

Result<void> LockFile::write_watermark(std::uint64_t sequence) {
  FHIRBIN_TRY(check_usable());
  if (read_only_) {
    return fail(ErrorCode::kReadOnly, "the lock file was opened for reading");
  }
  return write_all_at(descriptor_.get(), kWatermarkAt, make_watermark(sequence, store_id_), kName);
}

}  // namespace fhirbin::storage
