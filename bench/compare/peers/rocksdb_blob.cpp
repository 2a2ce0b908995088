#include "bench/compare/peers/rocksdb_blob.h"

#ifdef FHIRBIN_COMPARE_ROCKSDB
#include <memory>

#include <rocksdb/db.h>
#include <rocksdb/version.h>

#include "bench/compare/stopwatch.h"
#endif

#include "bench/compare/require.h"

namespace fhirbin::compare {

#ifdef FHIRBIN_COMPARE_ROCKSDB

namespace {

void check(const rocksdb::Status& status) {
  if (!status.ok()) {
    give_up("RocksDB: " + status.ToString());
  }
}

std::unique_ptr<rocksdb::DB> open(const Path& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.enable_blob_files = true;
  rocksdb::DB* database = nullptr;
  check(rocksdb::DB::Open(options, (folder / "rocksdb").string(), &database));
  return std::unique_ptr<rocksdb::DB>(database);
}

}  // namespace

std::string rocksdb_version() { return rocksdb::GetRocksVersionAsString(); }

double put_rocksdb(const Path& folder, const Path& input) {
  const auto database = open(folder);
  return megabytes_per_second(std::filesystem::file_size(input), [&] {
    SyncPace pace;
    std::uint64_t key = 0;
    for_each_block(input, [&](std::span<const std::byte> block) {
      const rocksdb::Slice value(reinterpret_cast<const char*>(block.data()), block.size());
      check(database->Put({}, std::to_string(key++), value));
      if (pace.due(block.size())) {
        check(database->SyncWAL());
      }
    });
    check(database->SyncWAL());
  });
}

#else

std::string rocksdb_version() { return {}; }

double put_rocksdb(const Path&, const Path&) { give_up("built without RocksDB"); }

#endif

}  // namespace fhirbin::compare
