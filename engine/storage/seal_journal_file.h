#pragma once

#include "engine/storage/seal_file.h"

namespace fhirbin::storage {

class MainFile;

// The rollback journal of a sealed database: seals the page images that SQLite puts into it, and
// the header that counts them, and checks both when a transaction is rolled back.
//
// SQLite's own checksum of an image adds up every 200th byte, and playing back writes images to the
// database where they would get fresh seals: so without this, damage in a journal comes out as
// sealed pages.
//
// A header is sealed as if it were page 0: its 28 bytes, then the 32 of a page's trailer, in the
// unused rest of its sector. SQLite writes it twice, first without its magic number; only the
// second is sealed.
//
// A PERSIST journal ends in records of older transactions. They are never taken for damage: images
// count only as far as this connection wrote, or as far as the sealed header of a hot journal
// counts. Not covered: a journal that is gone or whose first byte is zero (it is not hot then); the
// headers after the first, if SQLite's magic number and another field are both damaged (only a
// spilling cache writes several); records that no header counts, under synchronous=OFF, where the
// first that does not hold ends the playback. Thread-compatible.
class JournalFile final : public SealFile {
 public:
  // `main` is the database of the same connection, which SQLite closes after its journal.
  JournalFile(sqlite3_file& base, MainFile& main) noexcept : SealFile(base), main_(main) {}

  int read(MutableByteSpan target, std::int64_t offset) noexcept override;
  int write(MutableByteSpan source, std::int64_t offset) noexcept override;
  int truncate(std::int64_t size_bytes) noexcept override;
  int file_size(std::int64_t& size_bytes) noexcept override;

 private:
  // A record is three reads or writes: page number, image, checksum. This follows them.
  struct Record {
    std::int64_t image_at = -1;
    std::int64_t checksum_at = -1;
    std::uint32_t page_number = 0;
  };

  void follow_number(ByteSpan number, std::int64_t offset) noexcept;
  bool is_image(std::size_t length, std::int64_t offset) const noexcept;
  int write_counted_header(ByteSpan update, std::int64_t offset) noexcept;
  int check_header(std::int64_t offset) noexcept;
  void trust_records_after(ByteSpan header, std::int64_t offset) noexcept;
  int check_image(ByteSpan image, std::int64_t offset) noexcept;

  MainFile& main_;
  Record record_;
  std::int64_t trusted_until_ = 0;  // whatever is read before this offset must hold
  bool has_written_ = false;        // a transaction of this connection, still open
};

}  // namespace fhirbin::storage
