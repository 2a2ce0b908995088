#include "bench/compare/peers/sqlite_rows.h"

#include "bench/compare/inputs.h"
#include "bench/compare/peers/sqlite_database.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {

double put_sqlite_rows(const Path& folder, const Path& input) {
  SqliteDatabase database(folder / "rows.db");
  return megabytes_per_second(std::filesystem::file_size(input), [&] {
    SyncPace pace;
    database.run("BEGIN");
    for_each_block(input, [&](std::span<const std::byte> block) {
      database.insert(block);
      if (pace.due(block.size())) {
        database.run("COMMIT");
        database.run("BEGIN");
      }
    });
    database.run("COMMIT");
  });
}

double create_sqlite_rows(const Path& folder, std::uint64_t count, std::uint64_t size_bytes) {
  SqliteDatabase database(folder / "small.db");
  Bytes object(size_bytes);
  return operations_per_second(count, [&] {
    for (std::uint64_t i = 0; i < count; ++i) {
      fill_random(object, i);
      database.insert(object);
    }
  });
}

}  // namespace fhirbin::compare
