#include "bench/compare/peers/lmdb.h"

#ifdef FHIRBIN_COMPARE_LMDB
#include <memory>

#include <lmdb.h>

#include "bench/compare/stopwatch.h"
#endif

#include "bench/compare/require.h"

namespace fhirbin::compare {

#ifdef FHIRBIN_COMPARE_LMDB

namespace {

void check(int code) {
  if (code != 0) {
    give_up(std::string("LMDB: ") + mdb_strerror(code));
  }
}

struct CloseLmdb {
  void operator()(MDB_env* environment) const { mdb_env_close(environment); }
};
using Environment = std::unique_ptr<MDB_env, CloseLmdb>;

Environment open(const Path& folder, std::uint64_t size_bytes) {
  MDB_env* raw = nullptr;
  check(mdb_env_create(&raw));
  Environment environment(raw);
  check(mdb_env_set_mapsize(raw, size_bytes + (size_bytes / 8) + (64 * kMiB)));
  check(mdb_env_open(raw, folder.c_str(), 0, 0600));
  return environment;
}

// One transaction at a time, begun again as soon as the last one is committed.
class LmdbFill {
 public:
  explicit LmdbFill(MDB_env* environment) : environment_(environment) {
    begin();
    check(mdb_dbi_open(transaction_, nullptr, MDB_INTEGERKEY, &table_));
  }

  void put(std::span<const std::byte> block) {
    MDB_val key{.mv_size = sizeof key_, .mv_data = &key_};
    // LMDB does not write to what it takes; its interface is just not const.
    MDB_val value{.mv_size = block.size(), .mv_data = const_cast<std::byte*>(block.data())};
    check(mdb_put(transaction_, table_, &key, &value, MDB_APPEND));
    ++key_;
    if (pace_.due(block.size())) {
      commit();
      begin();
    }
  }

  void commit() { check(mdb_txn_commit(transaction_)); }

 private:
  void begin() { check(mdb_txn_begin(environment_, nullptr, 0, &transaction_)); }

  MDB_env* environment_;
  MDB_txn* transaction_ = nullptr;
  MDB_dbi table_ = 0;
  std::uint64_t key_ = 0;
  SyncPace pace_;
};

}  // namespace

std::string lmdb_version() { return mdb_version(nullptr, nullptr, nullptr); }

double put_lmdb(const Path& folder, const Path& input) {
  const std::uint64_t size = std::filesystem::file_size(input);
  const Environment environment = open(folder, size);
  return megabytes_per_second(size, [&] {
    LmdbFill fill(environment.get());
    for_each_block(input, [&](std::span<const std::byte> block) { fill.put(block); });
    fill.commit();
  });
}

#else

std::string lmdb_version() { return {}; }

double put_lmdb(const Path&, const Path&) { give_up("built without LMDB"); }

#endif

}  // namespace fhirbin::compare
