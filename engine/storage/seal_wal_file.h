#pragma once

#include <limits>
#include <optional>

#include "engine/storage/gathered_writes.h"
#include "engine/storage/seal_file.h"
#include "engine/storage/seal_wal_frames.h"

namespace fhirbin::storage {

class MainFile;

// The WAL of a sealed database. Pages in it carry no seals: SQLite computes the checksum of a frame
// before it hands the frame over, so a stamp here would make recovery drop the transaction. Instead
// every page read from a frame is checked against that checksum, which SQLite itself does only in
// recovery. Not covered, because SQLite reads whole frames there and draws its own conclusions:
// recovery, which ends the log at the first frame that does not hold, and the rewriting of
// checksums after a transaction that outgrew its page cache and overwrote its own frames (never
// with cache_spill off). Thread-compatible.
class WalFile final : public SealFile {
 public:
  // `main` is the database of the same connection, which SQLite closes after its WAL.
  WalFile(sqlite3_file& base, MainFile& main) noexcept;

  int read(MutableByteSpan target, std::int64_t offset) noexcept override;
  // A frame's header and its page come one by one. They are gathered and handed down at the latest
  // with the sync that every commit makes, before anybody learns of the frames.
  int write(MutableByteSpan source, std::int64_t offset) noexcept override;
  int sync(int flags) noexcept override;
  int file_size(std::int64_t& size_bytes) noexcept override;
  // A WAL cut to nothing keeps its blocks where that was asked for, or gets its reserve back:
  // zeros, which are no WAL header, so recovery finds an empty log. Failing to get it is no error
  // here: a full disk must not make a checkpoint fail.
  int truncate(std::int64_t size_bytes) noexcept override;
  int file_control(int operation, void* argument) noexcept override;

 private:
  std::uint32_t page_bytes() noexcept;
  int refresh_header() noexcept;
  int check_frame(std::uint32_t frame, ByteSpan page) noexcept;
  int check_part_of_frame(std::uint32_t frame, std::uint32_t page_bytes) noexcept;
  void note_write(std::int64_t offset) noexcept;
  bool is_unsettled(std::uint32_t frame) const noexcept;
  void reserve(std::uint64_t reserve_bytes) noexcept;

  MainFile& main_;
  std::optional<wal::Header> header_;
  // A transaction that overwrites pages of its own frames leaves wrong checksums from there on
  // until it commits; `unsettled_transaction_` is MainFile::wal_transaction() of the transaction
  // that did so.
  std::uint64_t unsettled_transaction_ = 0;
  std::uint32_t unsettled_from_ = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t header_just_written_ = 0;  // frame number

  // Without this promise of the VFS below SQLite writes past the last sync of a commit.
  const bool gathers_;
  // Only ever within a COMMIT: cache_spill is off, so no frame is written before it.
  GatheredWrites gathered_;
};

}  // namespace fhirbin::storage
