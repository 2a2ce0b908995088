#include "engine/storage/page_blob.h"

#include <sqlite3.h>

#include "engine/storage/row_layout.h"
#include "engine/storage/seal_vfs.h"
#include "engine/storage/sqlite_error.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

constexpr const char* kTried = "read a page of a volume";

}  // namespace

Result<std::optional<std::size_t>> PageBlob::seek(Connection& connection, std::uint64_t page) {
  const auto row = static_cast<sqlite3_int64>(page);
  const int code = handle_ != nullptr ? sqlite3_blob_reopen(handle_, row)
                                      : sqlite3_blob_open(connection.handle(), "main", "page",
                                                          "data", row, 0, &handle_);
  if (code == SQLITE_OK) {
    return static_cast<std::size_t>(sqlite3_blob_bytes(handle_));
  }
  std::optional<Error> error;
  if (code != SQLITE_ERROR) {  // which means that the row is not there
    error = make_sqlite_error(connection.handle(), code, kTried);
  }
  close();
  if (error) {
    return std::unexpected<Error>(*std::move(error));
  }
  return std::nullopt;
}

// Only what begins at the front: further in, SQLite finds the way by the pointer map.
Result<void> PageBlob::read(Connection& connection, std::size_t offset, MutableByteSpan part) {
  const std::size_t head = bytes_by_sqlite();
  if (offset != 0 || head >= part.size()) {
    return read_through_sqlite(connection, offset, part);
  }
  forget_overflow_chain(connection.handle());
  FHIRBIN_TRY(read_through_sqlite(connection, 0, part.first(head)));
  if (read_overflow_chain(connection.handle(), part.subspan(head))) {
    return {};
  }
  // Again from the front, as it would have been read: elsewhere the pointer map has to be whole,
  // too.
  return read_through_sqlite(connection, 0, part);
}

// Up to the end of the first overflow page, or all of a page of a volume that may change.
std::size_t PageBlob::bytes_by_sqlite() const {
  const auto stored = static_cast<std::size_t>(sqlite3_blob_bytes(handle_));
  if (!immutable_page_bytes_) {
    return stored;
  }
  return bytes_in_leaf(stored, *immutable_page_bytes_) +
         bytes_per_overflow_page(*immutable_page_bytes_);
}

Result<void> PageBlob::read_through_sqlite(Connection& connection, std::size_t offset,
                                           MutableByteSpan part) {
  const int code = sqlite3_blob_read(handle_, part.data(), static_cast<int>(part.size()),
                                     static_cast<int>(offset));
  return code == SQLITE_OK ? Result<void>() : sqlite_fail(connection.handle(), code, kTried);
}

void PageBlob::close() noexcept {
  sqlite3_blob_close(handle_);
  handle_ = nullptr;
}

}  // namespace fhirbin::storage
