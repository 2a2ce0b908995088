#include "engine/storage/page_blob.h"

#include <sqlite3.h>

#include "engine/storage/sqlite_error.h"

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

Result<void> PageBlob::read(Connection& connection, std::size_t offset, MutableByteSpan part) {
  const int code = sqlite3_blob_read(handle_, part.data(), static_cast<int>(part.size()),
                                     static_cast<int>(offset));
  return code == SQLITE_OK ? Result<void>() : sqlite_fail(connection.handle(), code, kTried);
}

void PageBlob::close() noexcept {
  sqlite3_blob_close(handle_);
  handle_ = nullptr;
}

}  // namespace fhirbin::storage
