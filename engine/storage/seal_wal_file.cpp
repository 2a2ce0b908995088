#include "engine/storage/seal_wal_file.h"

#include <algorithm>
#include <array>

#include "engine/storage/seal_main_file.h"

namespace fhirbin::storage {

WalFile::WalFile(sqlite3_file& base, MainFile& main) noexcept
    : SealFile(base),
      main_(main),
      gathers_((base.pMethods->xDeviceCharacteristics(&base) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) !=
               0),
      gathered_(base) {}

int WalFile::read(MutableByteSpan target, std::int64_t offset) noexcept {
  int rc = gathered_.hand_down();
  if (rc == SQLITE_OK) {
    rc = read_below(target, offset);
  }
  const std::uint32_t page_bytes = this->page_bytes();
  if (rc != SQLITE_OK || page_bytes == 0 || target.size() > page_bytes) {
    return rc;
  }
  const std::optional<std::uint32_t> frame = wal::frame_with_page_at(offset, page_bytes);
  if (!frame) {
    return rc;
  }
  return target.size() == page_bytes ? check_frame(*frame, target)
                                     : check_part_of_frame(*frame, page_bytes);
}

// What the database goes by; before it has read a page, what the WAL says.
std::uint32_t WalFile::page_bytes() noexcept {
  if (main_.page_bytes() != 0) {
    return main_.page_bytes();
  }
  if (!header_) {
    (void)refresh_header();  // an unreadable header is found out with the first frame
  }
  return header_ ? header_->sqlite_page_bytes : 0;
}

int WalFile::refresh_header() noexcept {
  std::array<std::byte, wal::kHeaderBytes> bytes{};
  const int rc = read_below(bytes, 0);
  header_ = rc == SQLITE_OK ? wal::read_header(bytes) : std::nullopt;
  return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc;
}

// SQLite reads only frames that no writer may overwrite while it does, so what is read here belongs
// together.
int WalFile::check_frame(std::uint32_t frame, ByteSpan page) noexcept {
  const auto page_bytes = static_cast<std::uint32_t>(page.size());
  std::array<std::byte, wal::kFrameHeaderBytes> header_bytes{};
  std::array<std::byte, sizeof(wal::Checksum)> seed_bytes{};
  int rc = read_below(header_bytes, wal::frame_offset(frame, page_bytes));
  if (rc == SQLITE_OK) {
    rc = read_below(seed_bytes, wal::seed_offset(frame, page_bytes));
  }
  if (rc != SQLITE_OK) {
    return rc;
  }
  const wal::FrameHeader header = wal::read_frame_header(header_bytes);
  main_.note_frame(header.page_number);
  if (is_unsettled(frame)) {
    return SQLITE_OK;
  }
  const auto holds = [&] {
    const ByteSpan summed = ByteSpan(header_bytes).first(8);  // page number and database size
    const wal::Checksum seed = wal::read_checksum(seed_bytes);
    const wal::WordOrder order = header_->word_order;
    return wal::sum_up(order, wal::sum_up(order, seed, summed), page) == header.checksum;
  };
  if (header_ && holds()) {
    return SQLITE_OK;
  }
  // The word order may be that of an older log: another machine may have begun the present one.
  rc = refresh_header();
  if (rc != SQLITE_OK) {
    return rc;
  }
  return header_ && holds() ? SQLITE_OK : main_.report_damage("WAL", header.page_number);
}

int WalFile::check_part_of_frame(std::uint32_t frame, std::uint32_t page_bytes) noexcept {
  const ScratchPage scratch = make_scratch_page(page_bytes);
  if (scratch == nullptr) {
    return SQLITE_IOERR_NOMEM;
  }
  const MutableByteSpan page(scratch.get(), page_bytes);
  const int rc = read_below(page, wal::frame_offset(frame, page_bytes) + wal::kFrameHeaderBytes);
  return rc == SQLITE_OK ? check_frame(frame, page) : rc;
}

bool WalFile::is_unsettled(std::uint32_t frame) const noexcept {
  return unsettled_transaction_ != 0 && unsettled_transaction_ == main_.wal_transaction() &&
         frame >= unsettled_from_;
}

int WalFile::write(MutableByteSpan source, std::int64_t offset) noexcept {
  note_write(offset);
  return gathers_ ? gathered_.write(source, offset) : write_below(source, offset);
}

void WalFile::note_write(std::int64_t offset) noexcept {
  const std::uint32_t page_bytes = main_.page_bytes();
  if (page_bytes != 0) {
    const auto header_frame = wal::frame_with_header_at(offset, page_bytes);
    const auto page_frame = wal::frame_with_page_at(offset, page_bytes);
    // A page whose frame header did not come just before replaces one that this transaction wrote.
    if (page_frame && *page_frame != header_just_written_) {
      const std::uint64_t transaction = main_.wal_transaction();
      unsettled_from_ = transaction == unsettled_transaction_
                            ? std::min(unsettled_from_, *page_frame)
                            : *page_frame;
      unsettled_transaction_ = transaction;
    }
    header_just_written_ = header_frame.value_or(0);
  }
  if (offset < wal::kHeaderBytes) {
    header_.reset();
  }
}

int WalFile::sync(int flags) noexcept {
  const int rc = gathered_.hand_down();
  return rc == SQLITE_OK ? SealFile::sync(flags) : rc;
}

int WalFile::file_size(std::int64_t& size_bytes) noexcept {
  const int rc = gathered_.hand_down();
  return rc == SQLITE_OK ? SealFile::file_size(size_bytes) : rc;
}

int WalFile::truncate(std::int64_t size_bytes) noexcept {
  if (const int handed = gathered_.hand_down(); handed != SQLITE_OK) {
    return handed;
  }
  const std::int64_t before = size_below();
  if (size_bytes == 0 && before >= wal::kHeaderBytes &&
      static_cast<std::uint64_t>(before) <= main_.kept_wal_bytes()) {
    header_.reset();
    constexpr std::array<std::byte, wal::kHeaderBytes> kNoHeader{};
    return write_below(kNoHeader, 0);
  }
  const int rc = SealFile::truncate(size_bytes);
  if (rc == SQLITE_OK && size_bytes == 0) {
    header_.reset();
    reserve(main_.wal_reserve_bytes());
  }
  return rc;
}

int WalFile::file_control(int operation, void* argument) noexcept {
  if (const int handed = gathered_.hand_down(); handed != SQLITE_OK) {
    return handed;
  }
  if (operation == kControlKeepWalReserve) {
    reserve(main_.wal_reserve_bytes());
    return SQLITE_OK;
  }
  return SealFile::file_control(operation, argument);
}

void WalFile::reserve(std::uint64_t reserve_bytes) noexcept {
  if (reserve_bytes == 0) {
    return;
  }
  // The system's VFS allocates by a hint, but only in chunks, and chunks also round later
  // truncations up: hence they are switched off again.
  int chunk_bytes =
      static_cast<int>(std::min<std::uint64_t>(reserve_bytes, std::numeric_limits<int>::max()));
  auto wanted = static_cast<sqlite3_int64>(reserve_bytes);
  if (control_below(SQLITE_FCNTL_CHUNK_SIZE, &chunk_bytes) == SQLITE_OK) {
    (void)control_below(SQLITE_FCNTL_SIZE_HINT, &wanted);  // the size tells below
    chunk_bytes = 0;
    (void)control_below(SQLITE_FCNTL_CHUNK_SIZE, &chunk_bytes);  // as it worked above
  }
  constexpr std::array<std::byte, 4096> kZeros{};
  for (std::int64_t at = size_below(); at < wanted; at += std::ssize(kZeros)) {
    const auto length = std::min<std::int64_t>(std::ssize(kZeros), wanted - at);
    if (write_below(ByteSpan(kZeros).first(static_cast<std::size_t>(length)), at) != SQLITE_OK) {
      return;
    }
  }
}

}  // namespace fhirbin::storage
