#include "engine/storage/lock_file.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/util/hash.h"
#include "engine/util/mutex.h"
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

using Watermark = std::array<std::byte, kWatermarkBytes>;

std::unexpected<Error> system_fail(int error, std::string_view tried) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return fail(full ? ErrorCode::kNoSpace : ErrorCode::kIo,
              "could not " + std::string(tried) + ": " + std::generic_category().message(error));
}

// Every descriptor of a lock file in this process, so that a child of fork() can close its copies:
// an open-file-description lock lives until the last copy is closed. The mutex is held across
// fork(), so no descriptor is ever open without being listed.
class DescriptorRegistry {
 public:
  static DescriptorRegistry& instance() {
    // Never destroyed: fork handlers may run after static destructors.
    static auto& registry = *new DescriptorRegistry;  // NOLINT(cppcoreguidelines-owning-memory)
    return registry;
  }

  int open(const char* path, int flags) {
    const MutexLock lock(mutex_);
    descriptors_.reserve(descriptors_.size() + 1);
    const int descriptor = ::open(path, flags | O_CLOEXEC);
    const int error = errno;
    if (descriptor >= 0) {
      descriptors_.push_back(descriptor);
    }
    errno = error;
    return descriptor;
  }

  void close(int descriptor) noexcept {
    const MutexLock lock(mutex_);
    std::erase(descriptors_, descriptor);
    ::close(descriptor);
  }

  std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_relaxed); }

 private:
  DescriptorRegistry() { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child); }

  static void before_fork() FHIRBIN_THREAD_ANNOTATION(no_thread_safety_analysis) {
    instance().mutex_.lock();
  }
  static void after_fork_in_parent() FHIRBIN_THREAD_ANNOTATION(no_thread_safety_analysis) {
    instance().mutex_.unlock();
  }
  static void after_fork_in_child() FHIRBIN_THREAD_ANNOTATION(no_thread_safety_analysis) {
    DescriptorRegistry& registry = instance();
    for (const int descriptor : registry.descriptors_) {
      ::close(descriptor);
    }
    registry.descriptors_.clear();
    registry.generation_.fetch_add(1, std::memory_order_relaxed);
    registry.mutex_.unlock();
  }

  Mutex mutex_;
  std::vector<int> descriptors_ FHIRBIN_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> generation_ = 0;
};

// Reads up to `out.size()` bytes at `offset` and returns how many there were.
Result<std::size_t> read_fully(int descriptor, std::size_t offset, MutableByteSpan out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t count = ::pread(descriptor, out.data() + done, out.size() - done,
                                  static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return system_fail(errno, "read the lock file");
    }
    if (count == 0) {
      break;
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<void> write_fully(int descriptor, std::size_t offset, ByteSpan bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::pwrite(descriptor, bytes.data() + done, bytes.size() - done,
                                   static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return system_fail(errno, "write the lock file");
    }
    done += static_cast<std::size_t>(count);
  }
  return {};
}

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

struct flock make_request(LockByte byte, short type) {
  struct flock request{};  // l_pid must be 0 for open-file-description locks
  request.l_type = type;
  request.l_whence = SEEK_SET;
  request.l_start = static_cast<off_t>(byte.offset);
  request.l_len = 1;
  return request;
}

int control(int descriptor, int command, struct flock& request) noexcept {
  int result = 0;
  do {
    result = ::fcntl(descriptor, command, &request);
  } while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

std::uint64_t fork_generation() noexcept { return DescriptorRegistry::instance().generation(); }

Result<void> LockFile::create(const std::filesystem::path& path, const StoreId& store_id) {
  // No lock is held yet, so this descriptor needs no place in the registry.
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return system_fail(errno, "create the lock file");
  }
  Result<void> written = write_fully(descriptor, 0, make_file(store_id));
  if (written && ::fsync(descriptor) != 0) {
    written = system_fail(errno, "sync the lock file");
  }
  ::close(descriptor);
  if (!written) {
    ::unlink(path.c_str());
  }
  return written;
}

Result<LockFile> LockFile::open(const std::filesystem::path& path, bool read_only) {
  // O_NONBLOCK: a pipe in the file's place must not hang the open.
  const int flags = (read_only ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const int descriptor = DescriptorRegistry::instance().open(path.c_str(), flags);
  if (descriptor < 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return fail(ErrorCode::kNotFound, "there is no lock file here, so no store");
    }
    return system_fail(errno, "open the lock file");
  }
  LockFile file(descriptor, read_only);
  FHIRBIN_TRY(file.read_header());
  return file;
}

Result<void> LockFile::read_header() {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) {
    return system_fail(errno, "examine the lock file");
  }
  const std::unexpected<Error> foreign = fail(
      ErrorCode::kIncompatibleFormat, "the lock file is not one of a store that this engine knows");
  if (!S_ISREG(status.st_mode)) {
    return foreign;
  }
  std::array<std::byte, kFileBytes> bytes{};
  FHIRBIN_TRY_ASSIGN(const std::size_t size, read_fully(descriptor_, 0, bytes));
  std::copy_n(bytes.begin() + kStoreIdAt, store_id_.bytes.size(), store_id_.bytes.begin());
  const ByteSpan head = ByteSpan(bytes).first(kWatermarkAt);
  if (size < kFileBytes || !equal_bytes(head, ByteSpan(make_file(store_id_)).first(kWatermarkAt))) {
    return foreign;
  }
  return {};
}

LockFile::LockFile(int descriptor, bool read_only) noexcept
    : descriptor_(descriptor), read_only_(read_only), generation_(fork_generation()) {}

LockFile::LockFile(LockFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      read_only_(other.read_only_),
      generation_(other.generation_),
      store_id_(other.store_id_) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    read_only_ = other.read_only_;
    generation_ = other.generation_;
    store_id_ = other.store_id_;
  }
  return *this;
}

LockFile::~LockFile() { close(); }

void LockFile::close() noexcept {
  // In a child of fork() the number may by now belong to another file: the handler closed ours.
  if (descriptor_ >= 0 && !left_behind_by_fork()) {
    DescriptorRegistry::instance().close(descriptor_);
  }
  descriptor_ = -1;
}

Result<void> LockFile::check_usable() const {
  if (left_behind_by_fork()) {
    return fail(ErrorCode::kInvalidArgument,
                "a store opened before fork() belongs to the parent; open it again in the child");
  }
  return {};
}

Result<bool> LockFile::try_lock(LockByte byte, LockKind kind) {
  FHIRBIN_TRY(check_usable());
  if (read_only_ && kind == LockKind::kExclusive) {
    return fail(ErrorCode::kReadOnly, "a lock file opened for reading holds shared locks only");
  }
  struct flock request = make_request(byte, kind == LockKind::kShared ? F_RDLCK : F_WRLCK);
  if (control(descriptor_, F_OFD_SETLK, request) == 0) {
    return true;
  }
  if (errno == EAGAIN || errno == EACCES) {
    return false;
  }
  return system_fail(errno, "lock a byte of the lock file");
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
  if (descriptor_ < 0 || left_behind_by_fork()) {
    return;
  }
  struct flock request = make_request(byte, F_UNLCK);
  (void)control(descriptor_, F_OFD_SETLK, request);  // cannot fail for a whole single-byte lock
}

Result<bool> LockFile::held_elsewhere(LockByte byte) const { return any_held_elsewhere(byte, 1); }

Result<bool> LockFile::other_owner_lives() const {
  return any_held_elsewhere(LockByte::owner(0), LockByte::kMaxOwners);
}

Result<bool> LockFile::any_held_elsewhere(LockByte first, std::uint32_t count) const {
  FHIRBIN_TRY(check_usable());
  struct flock request = make_request(first, F_WRLCK);
  request.l_len = count;
  if (control(descriptor_, F_OFD_GETLK, request) != 0) {
    return system_fail(errno, "ask for a lock of the lock file");
  }
  return request.l_type != F_UNLCK;
}

Result<std::optional<std::uint64_t>> LockFile::read_watermark() const {
  FHIRBIN_TRY(check_usable());
  // A read may meet a write halfway; damage stays, that does not.
  for (int attempt = 0; attempt < 3; ++attempt) {
    Watermark watermark{};
    FHIRBIN_TRY(read_fully(descriptor_, kWatermarkAt, watermark));
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
  return write_fully(descriptor_, kWatermarkAt, make_watermark(sequence, store_id_));
}

Result<HeldLock> HeldLock::take(LockFile& file, LockByte byte, LockKind kind,
                                std::uint32_t timeout_ms) {
  FHIRBIN_TRY(file.lock(byte, kind, timeout_ms));
  return HeldLock(file, byte);
}

HeldLock::HeldLock(HeldLock&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)), byte_(other.byte_) {}

HeldLock::~HeldLock() {
  if (file_ != nullptr) {
    file_->unlock(byte_);
  }
}

}  // namespace fhirbin::storage
