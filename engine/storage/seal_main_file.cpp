#include "engine/storage/seal_main_file.h"

#include <algorithm>
#include <cstdlib>

namespace fhirbin::storage {
namespace {

// SQLite looks at these first bytes outside of any lock or right after taking one (100 bytes at 0,
// 16 at 24) to learn the page size and whether its cache is stale; whatever it makes of them it
// then reads page 1 whole.
constexpr std::int64_t kPeekBytes = 100;

// How many pages to try for a seal that holds while the store id is unknown. Page 1 alone would not
// do: a crash, or another process, may be halfway through copying it out of the WAL.
constexpr std::uint32_t kPagesToLearnFrom = 16;

constexpr int kWalWriteLock = 0;  // index of the lock among SQLite's shared-memory locks

// Bytes of a chain read at once: few system calls, and still in a core's cache when they are
// checked and copied. ARCHITECTURE.md has the figures.
constexpr std::uint32_t kRunBytes = 32U << 10;

// Newer than 3.40.1's header: reads of less than a page, which a seal would have to check as a
// whole.
constexpr int kCapSubpageRead = 0x8000;

}  // namespace

MainFile::MainFile(sqlite3_file& base, const SealParameters& parameters) noexcept
    : SealFile(base),
      store_id_(parameters.store_id),
      file_number_(parameters.file_number),
      page_bytes_(parameters.sqlite_page_bytes),
      wal_reserve_bytes_(parameters.wal_reserve_bytes),
      immutable_(parameters.immutable) {}

int MainFile::read(MutableByteSpan target, std::int64_t offset) noexcept {
  const auto length = static_cast<std::int64_t>(target.size());
  if (offset + length <= kPeekBytes) {
    return read_below(target, offset);
  }
  if (!is_complete()) {
    const int rc = learn(length);
    if (rc != SQLITE_OK) {
      return rc;
    }
    if (!is_complete()) {  // the file is empty
      const int read_rc = read_below(target, offset);
      return read_rc == SQLITE_IOERR_SHORT_READ ? judge_short_read(offset) : read_rc;
    }
  }
  return length == page_bytes_ && offset % page_bytes_ == 0 ? read_page(target, offset)
                                                            : read_across(target, offset);
}

int MainFile::read_page(MutableByteSpan target, std::int64_t offset) noexcept {
  const int rc = read_below(target, offset);
  if (rc == SQLITE_IOERR_SHORT_READ) {
    return judge_short_read(offset);
  }
  if (rc != SQLITE_OK) {
    return rc;
  }
  const std::uint32_t page_number = page_number_at(offset, page_bytes_);
  if (!verify(page_number, target)) {
    return report_damage("database", page_number);
  }
  has_seen_pages_ = true;
  chain_.note_read(target);
  return SQLITE_OK;
}

// Past SQLite's cache and its locks, which is right only for a file that never changes. What goes
// wrong is not reported: SQLite reads the same pages next, and then it is.
bool MainFile::read_chain(MutableByteSpan rest) noexcept {
  if (!immutable_ || !chain_.goes_on()) {
    return false;
  }
  const std::uint32_t run_bytes = std::max(kRunBytes, page_bytes_);
  if (run_ == nullptr) {
    run_ = make_scratch_page(run_bytes);
  }
  if (run_ == nullptr) {
    return false;
  }
  const auto read_run = [this](std::uint32_t first_page, MutableByteSpan pages) {
    return read_below(pages, (std::int64_t{first_page} - 1) * page_bytes_) == SQLITE_OK;
  };
  const auto holds = [this](std::uint32_t page_number, ByteSpan page) {
    return verify(page_number, page);
  };
  return chain_.read_rest(page_bytes_, MutableByteSpan(run_.get(), run_bytes), rest, read_run,
                          holds);
}

// Part of a page, or several: each page that is touched is checked whole.
int MainFile::read_across(MutableByteSpan target, std::int64_t offset) noexcept {
  const ScratchPage scratch = make_scratch_page(page_bytes_);
  if (scratch == nullptr) {
    return SQLITE_IOERR_NOMEM;
  }
  std::ranges::fill(target, std::byte{0});
  const MutableByteSpan page(scratch.get(), page_bytes_);
  const std::int64_t end = offset + static_cast<std::int64_t>(target.size());
  for (std::int64_t at = offset - (offset % page_bytes_); at < end; at += page_bytes_) {
    const int rc = read_page(page, at);
    if (rc != SQLITE_OK) {
      return rc;
    }
    const std::int64_t first = std::max(offset, at);
    const std::int64_t last = std::min(end, at + page_bytes_);
    std::copy(page.begin() + (first - at), page.begin() + (last - at),
              target.begin() + (first - offset));
  }
  return SQLITE_OK;
}

// The read below ran past the end of the file and filled up with zeros. That is right for a
// database without pages, and for a page born in this connection's own write transaction; else the
// file was cut.
int MainFile::judge_short_read(std::int64_t offset) noexcept {
  std::int64_t size_bytes = 0;
  const int rc = file_size(size_bytes);
  if (rc != SQLITE_OK) {
    return rc;
  }
  const bool is_unborn = size_bytes == 0 && !has_seen_pages_ && !immutable_;
  const bool is_writing = lock_level_ >= SQLITE_LOCK_RESERVED || holds_wal_write_lock_;
  if (is_unborn || (is_writing && offset >= size_bytes)) {
    return SQLITE_IOERR_SHORT_READ;
  }
  return report_damage("cut database", page_bytes_ == 0 ? 1 : page_number_at(offset, page_bytes_));
}

// Fills in the store id and the page size from pages whose seals hold. Leaves them open when the
// file is empty, because then there is nothing to be wrong.
int MainFile::learn(std::int64_t request_bytes) noexcept {
  std::int64_t size_bytes = 0;
  const int rc = file_size(size_bytes);
  if (rc != SQLITE_OK || size_bytes == 0) {
    return rc;
  }
  const std::int64_t candidate = page_bytes_ != 0 ? page_bytes_ : request_bytes;
  if (!is_sqlite_page_size(candidate)) {
    return report_damage("database", 1);
  }
  const auto candidate_bytes = static_cast<std::uint32_t>(candidate);
  const ScratchPage scratch = make_scratch_page(candidate_bytes);
  if (scratch == nullptr) {
    return SQLITE_IOERR_NOMEM;
  }
  const MutableByteSpan page(scratch.get(), candidate_bytes);
  for (std::uint32_t i = 0; i < kPagesToLearnFrom && (i + 1) * candidate <= size_bytes; ++i) {
    const int read_rc = read_below(page, i * candidate);
    if (read_rc != SQLITE_OK) {
      return read_rc;
    }
    if (verify(i + 1, page)) {
      page_bytes_ = candidate_bytes;
      return SQLITE_OK;
    }
  }
  return report_damage("database", 1);
}

int MainFile::write(MutableByteSpan source, std::int64_t offset) noexcept {
  const auto length = static_cast<std::int64_t>(source.size());
  const int rc = is_complete() ? SQLITE_OK : prepare_write(length);
  if (rc != SQLITE_OK) {
    return rc;
  }
  if (length != page_bytes_ || offset % page_bytes_ != 0) {
    return refuse_write("not a whole page");
  }
  const std::uint32_t page_number = page_number_at(offset, page_bytes_);
  if (page_number == 1 && !header_fits_seal(source, page_bytes_)) {
    return refuse_write("page 1 has another page size, or no room for the seals");
  }
  // The checksum of a frame covers its page number: so not even a wrong index of the WAL puts a
  // page elsewhere.
  if (is_checkpointing_ && page_number != frame_page_) {
    return report_damage("WAL frame for", page_number);
  }
  (void)stamp(page_number, source);  // cannot fail: the store id is known here
  has_seen_pages_ = true;
  return write_below(source, offset);
}

int MainFile::prepare_write(std::int64_t request_bytes) noexcept {
  const int rc = learn(request_bytes);
  if (rc != SQLITE_OK) {
    return rc;
  }
  if (!store_id_) {
    return refuse_write("the store id is not known");
  }
  if (page_bytes_ == 0) {  // an empty file: its first page tells, and must fit what page 1 says
    if (!is_sqlite_page_size(request_bytes)) {
      return refuse_write("not a whole page");
    }
    page_bytes_ = static_cast<std::uint32_t>(request_bytes);
  }
  return SQLITE_OK;
}

int MainFile::refuse_write(const char* why) const noexcept {
  sqlite3_log(SQLITE_IOERR_WRITE, "a write to sealed file %u was refused: %s", file_number_, why);
  return SQLITE_IOERR_WRITE;
}

int MainFile::truncate(std::int64_t size_bytes) noexcept {
  if (page_bytes_ != 0 && size_bytes % page_bytes_ != 0) {
    return SQLITE_IOERR_TRUNCATE;
  }
  const int rc = SealFile::truncate(size_bytes);
  if (rc == SQLITE_OK && size_bytes == 0) {
    has_seen_pages_ = false;  // the transaction that created the database was rolled back
  }
  return rc;
}

int MainFile::lock(int level) noexcept {
  const int rc = SealFile::lock(level);
  if (rc == SQLITE_OK) {
    lock_level_ = std::max(lock_level_, level);
  }
  return rc;
}

int MainFile::unlock(int level) noexcept {
  const int rc = SealFile::unlock(level);
  if (rc == SQLITE_OK) {
    lock_level_ = std::min(lock_level_, level);
  }
  return rc;
}

int MainFile::shm_lock(int offset, int count, int flags) noexcept {
  const int rc = SealFile::shm_lock(offset, count, flags);
  if (rc == SQLITE_OK && offset == kWalWriteLock && (flags & SQLITE_SHM_EXCLUSIVE) != 0) {
    holds_wal_write_lock_ = (flags & SQLITE_SHM_LOCK) != 0;
    wal_transactions_ += holds_wal_write_lock_ ? 1 : 0;
  }
  return rc;
}

int MainFile::file_control(int operation, void* argument) noexcept {
  switch (operation) {
    case kControlStoreId:
      *static_cast<std::optional<StoreId>*>(argument) = store_id_;
      return SQLITE_OK;
    case kControlKeepWalBlocks:
      kept_wal_bytes_ = *static_cast<std::uint64_t*>(argument);
      return SQLITE_OK;
    case kControlForgetChain:
      chain_.forget();
      return SQLITE_OK;
    case kControlReadChain:
      return read_chain(*static_cast<MutableByteSpan*>(argument)) ? SQLITE_OK : SQLITE_NOTFOUND;
    case kControlReleaseWalReserve:
      wal_reserve_bytes_ = 0;
      return SQLITE_OK;
    case SQLITE_FCNTL_MMAP_SIZE:
      *static_cast<sqlite3_int64*>(argument) = 0;  // mapped pages would be read past the seals
      return SQLITE_OK;
    case SQLITE_FCNTL_CHUNK_SIZE:
    case SQLITE_FCNTL_SIZE_HINT:
      return SQLITE_OK;  // either may grow the file by pages that carry no seal
    case SQLITE_FCNTL_CKPT_START:
    case SQLITE_FCNTL_CKPT_DONE:
      is_checkpointing_ = operation == SQLITE_FCNTL_CKPT_START;
      frame_page_ = 0;
      return control_below(operation, argument);
    case SQLITE_FCNTL_PRAGMA: {
      const int rc = answer_pragma(static_cast<char**>(argument));
      return rc == SQLITE_NOTFOUND ? control_below(operation, argument) : rc;
    }
    default:
      return control_below(operation, argument);
  }
}

// SQLITE_NOTFOUND lets SQLite carry the pragma out.
int MainFile::answer_pragma(char** arguments) noexcept {
  if (sqlite3_stricmp(arguments[1], "page_size") != 0 || arguments[2] == nullptr) {
    return SQLITE_NOTFOUND;
  }
  const bool is_undecided = page_bytes_ == 0 && size_below() == 0;
  if (is_undecided || std::strtol(arguments[2], nullptr, 10) == static_cast<long>(page_bytes_)) {
    return SQLITE_NOTFOUND;
  }
  arguments[0] = sqlite3_mprintf("the page size of a sealed database cannot change");
  return SQLITE_ERROR;
}

int MainFile::sector_size() noexcept {
  // The seal of a journal header lies in the rest of its sector.
  return std::max(512, SealFile::sector_size());
}

int MainFile::device_characteristics() noexcept {
  // Appends that are safe let SQLite leave the records of a journal uncounted, and then nothing
  // tells its last record from what an older transaction left behind it.
  constexpr int kUnwanted = kCapSubpageRead | SQLITE_IOCAP_SAFE_APPEND;
  return SealFile::device_characteristics() & ~kUnwanted;
}

bool MainFile::verify(std::uint32_t page_number, ByteSpan page) noexcept {
  const SealKey key{.store_id = store_id_ ? *store_id_ : carried_store_id(page),
                    .file_number = file_number_};
  const bool holds = seal_holds(key, page_number, page);
  if (holds) {
    store_id_ = key.store_id;
  }
  return holds;
}

bool MainFile::stamp(std::uint32_t page_number, MutableByteSpan page) noexcept {
  if (!store_id_) {
    return false;
  }
  stamp_seal({.store_id = *store_id_, .file_number = file_number_}, page_number, page);
  return true;
}

int MainFile::report_damage(const char* where, std::uint32_t page_number) const noexcept {
  sqlite3_log(SQLITE_IOERR_DATA, "%s page %u of sealed file %u is damaged", where, page_number,
              file_number_);
  return SQLITE_IOERR_DATA;
}

}  // namespace fhirbin::storage
