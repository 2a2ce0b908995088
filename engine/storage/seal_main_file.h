#pragma once

#include <optional>

#include "engine/storage/overflow_chain.h"
#include "engine/storage/seal_file.h"
#include "engine/storage/seal_page.h"

namespace fhirbin::storage {

// Our file controls, outside the range that SQLite keeps for itself. Their arguments are told where
// there is one; seal_vfs.h has a function for each.
inline constexpr int kControlStoreId = 0x4648'4201;  // a std::optional<StoreId>* to fill
inline constexpr int kControlReleaseWalReserve = 0x4648'4202;
inline constexpr int kControlKeepWalReserve = 0x4648'4203;  // asked of the WAL itself
inline constexpr int kControlKeepWalBlocks = 0x4648'4204;   // a std::uint64_t*: their limit
inline constexpr int kControlForgetChain = 0x4648'4205;
inline constexpr int kControlReadChain = 0x4648'4206;  // a MutableByteSpan* to fill

// A main database file: seals every page on its way out and checks every page on its way in. The
// WAL and the journal of the same connection ask it for what they need of the seals.
// Thread-compatible.
class MainFile final : public SealFile {
 public:
  MainFile(sqlite3_file& base, const SealParameters& parameters) noexcept;

  int read(MutableByteSpan target, std::int64_t offset) noexcept override;
  // Stamps the seal into the buffer itself: SQLite never looks at the reserved bytes, its buffers
  // for whole pages are all writable (the page cache and the pager's scratch page), and it saves a
  // copy of every page.
  int write(MutableByteSpan source, std::int64_t offset) noexcept override;
  int truncate(std::int64_t size_bytes) noexcept override;
  int lock(int level) noexcept override;
  int unlock(int level) noexcept override;
  int file_control(int operation, void* argument) noexcept override;
  int sector_size() noexcept override;
  int device_characteristics() noexcept override;
  int shm_lock(int offset, int count, int flags) noexcept override;
  MainFile* as_main() noexcept override { return this; }

  std::uint64_t kept_wal_bytes() const noexcept { return kept_wal_bytes_; }

  // 0 as long as it is unknown.
  std::uint32_t page_bytes() const noexcept { return page_bytes_; }

  // Whether the seal of `page` holds. While the store id is unknown, a page whose seal holds under
  // the id that it carries teaches it.
  bool verify(std::uint32_t page_number, ByteSpan page) noexcept;

  // Tells the page size, from a sealed place, while it is unknown.
  void teach_page_bytes(std::uint32_t page_bytes) noexcept {
    page_bytes_ = page_bytes_ == 0 ? page_bytes : page_bytes_;
  }

  // Whether the store id was known, so that `page` could be sealed.
  bool stamp(std::uint32_t page_number, MutableByteSpan page) noexcept;

  // SQLITE_IOERR_DATA, after a line in SQLite's log that names the page and never its content.
  int report_damage(const char* where, std::uint32_t page_number) const noexcept;

  // Counts the write transactions of this connection in WAL mode; 0 outside of one. They show in
  // the locks that SQLite takes, so locking_mode must stay NORMAL.
  std::uint64_t wal_transaction() const noexcept {
    return holds_wal_write_lock_ ? wal_transactions_ : 0;
  }

  // Page number of the last WAL frame read: while a checkpoint runs it may go to that page alone.
  void note_frame(std::uint32_t page_number) noexcept { frame_page_ = page_number; }

  // What a truncated WAL keeps allocated; 0 once released.
  std::uint64_t wal_reserve_bytes() const noexcept { return wal_reserve_bytes_; }

 private:
  bool is_complete() const noexcept { return store_id_.has_value() && page_bytes_ != 0; }
  int learn(std::int64_t request_bytes) noexcept;
  int read_page(MutableByteSpan target, std::int64_t offset) noexcept;
  int read_across(MutableByteSpan target, std::int64_t offset) noexcept;
  int judge_short_read(std::int64_t offset) noexcept;
  int prepare_write(std::int64_t request_bytes) noexcept;
  int refuse_write(const char* why) const noexcept;
  int answer_pragma(char** arguments) noexcept;
  bool read_chain(MutableByteSpan rest) noexcept;

  std::optional<StoreId> store_id_;
  std::uint32_t file_number_;
  std::uint32_t page_bytes_;
  std::uint64_t wal_reserve_bytes_;
  std::uint64_t kept_wal_bytes_ = 0;
  bool immutable_;
  bool has_seen_pages_ = false;
  int lock_level_ = SQLITE_LOCK_NONE;
  bool holds_wal_write_lock_ = false;
  std::uint64_t wal_transactions_ = 0;
  bool is_checkpointing_ = false;
  std::uint32_t frame_page_ = 0;
  OverflowChain chain_;
  ScratchPage run_;  // room for some of the chain's pages, once they were asked for
};

}  // namespace fhirbin::storage
