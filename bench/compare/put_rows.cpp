// How fast does 1 GB get in, beside those who could keep it as well?
#include <functional>

#include "bench/compare/limits.h"
#include "bench/compare/our_store.h"
#include "bench/compare/peers/lmdb.h"
#include "bench/compare/peers/plain_file.h"
#include "bench/compare/peers/rocksdb_blob.h"
#include "bench/compare/peers/sqlite_blob.h"
#include "bench/compare/peers/sqlite_rows.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

using Put = double (*)(const Path& folder, const Path& input);

double put_ours(const Path& folder, const Path& input) {
  Store store = make_store(folder);
  return megabytes_per_second(std::filesystem::file_size(input),
                              [&] { (void)put_file(store, input); });
}

Contestant contestant(const std::string& name, Put put, const Path& input) {
  return {.name = name,
          .work = [=](const Path& folder) -> std::vector<double> { return {put(folder, input)}; }};
}

struct Peer {
  std::string name;
  std::string against;
  Put put;
  Goal goal;
  std::string missing = {};
};

std::string missing_without(const std::string& version, const char* library) {
  return version.empty() ? std::string(library) + " was not found when this was built" : "";
}

std::vector<Peer> peers() {
  return {{.name = "put-sqlite-rows",
           .against = "SQLite, one BLOB per 1 MiB row, WAL",
           .put = put_sqlite_rows,
           .goal = {.floor = 2.5, .aim = 4}},
          {.name = "put-plain-file",
           .against = "plain file + fsync",
           .put = put_plain_file,
           .goal = {.floor = 0.5, .aim = 0.8}},
          {.name = "put-rocksdb",
           .against = "RocksDB BlobDB, synced per 16 MiB",
           .put = put_rocksdb,
           .goal = {.floor = 2, .aim = 3},
           .missing = missing_without(rocksdb_version(), "RocksDB")},
          {.name = "put-lmdb",
           .against = "LMDB, synced per 16 MiB",
           .put = put_lmdb,
           .goal = {.floor = 1, .aim = 1.3},
           .missing = missing_without(lmdb_version(), "LMDB")}};
}

Row row_of(const Peer& peer) {
  return {.name = peer.name,
          .work = "put 1 GB incompressible",
          .against = peer.against,
          .unit = "MB/s",
          .goal = peer.goal,
          .skipped = peer.missing};
}

// All take turns in the same rounds, so that one figure of ours stands beside each of theirs.
void run_peers(Suite& suite) {
  const Path input = suite.input(InputKind::kIncompressible, suite.plan().large_bytes);
  std::vector<Contestant> contestants = {contestant("fhirbin", put_ours, input)};
  std::vector<Peer> present;
  for (const Peer& peer : peers()) {
    if (!suite.wants(peer.name)) {
      continue;
    }
    if (!peer.missing.empty()) {
      suite.add(row_of(peer));
      continue;
    }
    present.push_back(peer);
    contestants.push_back(contestant(peer.against, peer.put, input));
  }
  if (present.empty()) {
    return;
  }
  const auto standings = suite.compete(suite.plan().large_rounds, contestants);
  for (std::size_t i = 0; i < present.size(); ++i) {
    suite.add(row_of(present[i]), standings[0], standings[i + 1]);
  }
}

void run_single_blob(Suite& suite) {
  const Path input = suite.input(InputKind::kIncompressible,
                                 std::min(suite.plan().large_bytes, kLargestSqliteBlob));
  const auto standings = suite.compete(
      suite.plan().large_rounds,
      {contestant("fhirbin", put_ours, input), contestant("SQLite", put_sqlite_blob, input)});
  suite.add({.name = "put-sqlite-blob",
             .work = "put 0.9 GB incompressible",
             .against = "SQLite, a single BLOB, WAL",
             .unit = "MB/s"},
            standings[0], standings[1]);
}

void run_put(Suite& suite) {
  run_peers(suite);
  if (suite.wants("put-sqlite-blob")) {
    run_single_blob(suite);
  }
}

void run_compressible(Suite& suite) {
  const Path input = suite.input(InputKind::kJson, suite.plan().large_bytes);
  const auto standings = suite.compete(
      suite.plan().large_rounds,
      {contestant("fhirbin", put_ours, input), contestant("limit", compress_at_the_limit, input)});
  suite.add({.name = "put-compressible",
             .work = "put 1 GB compressible",
             .against = "limit: zstd level 1 on all cores, write, fsync",
             .unit = "MB/s",
             .goal = {.floor = 0.75, .aim = 0.9}},
            standings[0], standings[1]);
}

}  // namespace

RowGroup put_rows() {
  return {
      .names = {"put-sqlite-rows", "put-plain-file", "put-rocksdb", "put-lmdb", "put-sqlite-blob"},
      .run = run_put};
}

RowGroup compressible_put_rows() {
  return {.names = {"put-compressible"}, .run = run_compressible};
}

}  // namespace fhirbin::compare
