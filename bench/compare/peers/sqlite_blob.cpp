#include "bench/compare/peers/sqlite_blob.h"

#include "bench/compare/peers/sqlite_database.h"
#include "bench/compare/require.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

constexpr const char* kName = "blob.db";

void write_blob(sqlite3_blob* blob, const Path& input) {
  int offset = 0;
  for_each_block(input, [&](std::span<const std::byte> block) {
    const int length = static_cast<int>(block.size());
    require(sqlite3_blob_write(blob, block.data(), length, offset) == SQLITE_OK, "blob_write");
    offset += length;
  });
}

}  // namespace

double put_sqlite_blob(const Path& folder, const Path& input) {
  SqliteDatabase database(folder / kName);
  const std::uint64_t size = std::filesystem::file_size(input);
  return megabytes_per_second(size, [&] {
    database.run("BEGIN");
    {
      const SqliteBlob blob = database.open_blob(database.insert_zeros(size), true);
      write_blob(blob.get(), input);
    }
    database.run("COMMIT");
  });
}

double read_sqlite_blob(const Path& folder, const std::vector<std::uint64_t>& offsets,
                        std::uint64_t length) {
  SqliteDatabase database(folder / kName);
  const SqliteBlob blob = database.open_blob(1, false);
  Bytes buffer(length);
  return megabytes_per_second(offsets.size() * length, [&] {
    for (const std::uint64_t offset : offsets) {
      require(sqlite3_blob_read(blob.get(), buffer.data(), static_cast<int>(length),
                                static_cast<int>(offset)) == SQLITE_OK,
              "blob_read");
    }
  });
}

}  // namespace fhirbin::compare
