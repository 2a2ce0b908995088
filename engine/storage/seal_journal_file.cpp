#include "engine/storage/seal_journal_file.h"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/storage/seal_main_file.h"

namespace fhirbin::storage {
namespace {

// sqlite.org/fileformat2.html#the_rollback_journal
constexpr std::array<std::byte, 8> kMagic{std::byte{0xD9}, std::byte{0xD5}, std::byte{0x05},
                                          std::byte{0xF9}, std::byte{0x20}, std::byte{0xA1},
                                          std::byte{0x63}, std::byte{0xD7}};
constexpr std::size_t kRecordCountOffset = 8;
constexpr std::size_t kSectorSizeOffset = 20;
constexpr std::size_t kPageSizeOffset = 24;
constexpr std::size_t kHeaderBytes = 28;
constexpr std::size_t kSealedHeaderBytes = kHeaderBytes + kSealReservedBytes;
constexpr std::size_t kCountUpdateBytes = kRecordCountOffset + 4;
constexpr std::int64_t kLeastSectorBytes = 512;
constexpr std::int64_t kRecordOverheadBytes = 8;  // page number and checksum
constexpr std::uint32_t kUncounted = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kHeaderPage = 0;  // no page of a database has this number

using SealedHeader = std::array<std::byte, kSealedHeaderBytes>;

bool starts_with_magic(ByteSpan bytes) noexcept {
  return bytes.size() >= kMagic.size() && equal_bytes(bytes.first(kMagic.size()), kMagic);
}

}  // namespace

int JournalFile::write(MutableByteSpan source, std::int64_t offset) noexcept {
  if (source.size() == 4) {
    follow_number(source, offset);
  } else if (is_image(source.size(), offset)) {
    if (!main_.stamp(record_.page_number, source)) {
      return SQLITE_IOERR_WRITE;
    }
    record_ = {.checksum_at = offset + std::ssize(source)};
  } else if (starts_with_magic(source) && source.size() == kCountUpdateBytes) {
    return write_counted_header(source, offset);
  } else if (starts_with_magic(source) && source.size() >= kSealedHeaderBytes) {
    // Complete from the start, as under synchronous=OFF. A header's buffer is the pager's scratch
    // page.
    if (!main_.stamp(kHeaderPage, source.first(kSealedHeaderBytes))) {
      return SQLITE_IOERR_WRITE;
    }
  }
  if (offset == 0) {
    // A whole sector begins a transaction; a bare header of zeros ends it.
    has_written_ = source.size() >= kSealedHeaderBytes;
    trusted_until_ = 0;
  }
  const int rc = write_below(source, offset);
  if (rc == SQLITE_OK && has_written_) {
    trusted_until_ = std::max(trusted_until_, offset + std::ssize(source));
  }
  return rc;
}

// Tells the two numbers of a record apart by what came before them.
void JournalFile::follow_number(ByteSpan number, std::int64_t offset) noexcept {
  if (offset == record_.checksum_at) {
    record_ = {};
  } else {
    record_ = {.image_at = offset + 4, .page_number = load_be32(number.data())};
  }
}

bool JournalFile::is_image(std::size_t length, std::int64_t offset) const noexcept {
  const std::uint32_t page_bytes = main_.page_bytes();
  // In place of a page number, that of the lock-byte page announces the name of a super-journal.
  return offset == record_.image_at && length == page_bytes &&
         record_.page_number != lock_byte_page(page_bytes);
}

// The records are on disk, and SQLite now fills in the magic number and their count. What it wrote
// of the header before is still there; header and seal go out as one write inside one sector.
int JournalFile::write_counted_header(ByteSpan update, std::int64_t offset) noexcept {
  SealedHeader header{};
  const int rc = read_below(MutableByteSpan(header).first(kHeaderBytes), offset);
  if (rc != SQLITE_OK) {
    return rc;
  }
  std::ranges::copy(update, header.begin());
  if (!main_.stamp(kHeaderPage, header)) {
    return SQLITE_IOERR_WRITE;
  }
  return write_below(header, offset);
}

int JournalFile::truncate(std::int64_t size_bytes) noexcept {
  const int rc = SealFile::truncate(size_bytes);
  if (rc == SQLITE_OK) {
    trusted_until_ = std::min(trusted_until_, size_bytes);
    has_written_ = has_written_ && size_bytes > 0;
  }
  return rc;
}

// SQLite passes over a journal shorter than a sector in silence. The system's VFS even calls a file
// of one byte empty.
int JournalFile::file_size(std::int64_t& size_bytes) noexcept {
  const int rc = SealFile::file_size(size_bytes);
  if (rc != SQLITE_OK || size_bytes >= kLeastSectorBytes) {
    return rc;
  }
  std::array<std::byte, 1> first{};
  const int read_rc = read_below(first, 0);
  if (read_rc == SQLITE_OK && first[0] != std::byte{0}) {
    return main_.report_damage("cut journal header, as", kHeaderPage);
  }
  return read_rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : read_rc;
}

int JournalFile::read(MutableByteSpan target, std::int64_t offset) noexcept {
  const int rc = read_below(target, offset);
  if (rc == SQLITE_IOERR_SHORT_READ && offset + std::ssize(target) <= trusted_until_) {
    return main_.report_damage("cut journal, at", record_.page_number);
  }
  if (rc != SQLITE_OK) {
    return rc;
  }
  if (target.size() == 4) {
    record_ = {.image_at = offset + 4, .page_number = load_be32(target.data())};
    return SQLITE_OK;
  }
  if (is_image(target.size(), offset)) {
    return check_image(target, offset);
  }
  // What this connection wrote needs no header to be believed, and past it lie headers of older
  // transactions.
  if (target.size() == kMagic.size() && offset % kLeastSectorBytes == 0 && !has_written_) {
    return check_header(offset);
  }
  return SQLITE_OK;
}

int JournalFile::check_header(std::int64_t offset) noexcept {
  SealedHeader header{};
  const int rc = read_below(header, offset);
  if (rc == SQLITE_IOERR_SHORT_READ || (rc == SQLITE_OK && header[0] == std::byte{0})) {
    return SQLITE_OK;  // never completed, or struck out: SQLite stops here
  }
  if (rc != SQLITE_OK) {
    return rc;
  }
  const bool has_magic = starts_with_magic(header);
  std::ranges::copy(kMagic, header.begin());
  const bool holds = main_.verify(kHeaderPage, header);
  if (has_magic && holds) {
    trust_records_after(header, offset);
    return SQLITE_OK;
  }
  // Anything may lie where a further header would be; but one damaged field still shows that it is
  // one.
  const bool is_damaged_header = offset == 0 || has_magic || holds;
  return is_damaged_header ? main_.report_damage("journal header, as", kHeaderPage) : SQLITE_OK;
}

void JournalFile::trust_records_after(ByteSpan header, std::int64_t offset) noexcept {
  const std::uint32_t count = load_be32(header.data() + kRecordCountOffset);
  const std::uint32_t page_bytes = load_be32(header.data() + kPageSizeOffset);
  main_.teach_page_bytes(page_bytes);
  if (count != kUncounted) {
    trusted_until_ = offset + load_be32(header.data() + kSectorSizeOffset) +
                     std::int64_t{count} * (page_bytes + kRecordOverheadBytes);
  }
}

int JournalFile::check_image(ByteSpan image, std::int64_t offset) noexcept {
  if (main_.verify(record_.page_number, image)) {
    return SQLITE_OK;
  }
  // Past what counts lies what an older transaction left: there SQLite shall end the playback, as
  // it does where a journal ends.
  const bool must_hold = offset + std::ssize(image) <= trusted_until_;
  return must_hold ? main_.report_damage("journal image of", record_.page_number)
                   : SQLITE_IOERR_SHORT_READ;
}

}  // namespace fhirbin::storage
