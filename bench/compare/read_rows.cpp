// How fast does content come out again? Everybody reads from the page cache.
#include "bench/compare/limits.h"
#include "bench/compare/our_store.h"
#include "bench/compare/peers/plain_file.h"
#include "bench/compare/peers/sqlite_blob.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

constexpr std::uint64_t kRangeBytes = 64 * kKiB;

// A store that holds `input`, made once for all rounds.
class PreparedStore {
 public:
  PreparedStore(const Suite& suite, const Path& input) : folder_(suite.data_folder() / "prepared") {
    std::filesystem::create_directories(folder_);
    (void)measure_in_child([&]() -> std::vector<double> {
      Store store = make_store(folder_);
      (void)put_file(store, input);
      return {};
    });
  }
  PreparedStore(const PreparedStore&) = delete;
  PreparedStore& operator=(const PreparedStore&) = delete;
  ~PreparedStore() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  const Path& folder() const { return folder_; }

 private:
  Path folder_;
};

Contestant read_ours(const Path& prepared) {
  return {.name = "fhirbin", .work = [=](const Path&) -> std::vector<double> {
            Store store = open_store(prepared);
            const VersionInfo info = require(store.head(only_id(store)));
            return {megabytes_per_second(info.size_bytes, [&] { read_all(store, info.id); })};
          }};
}

void run_in_order_raw(Suite& suite) {
  const std::uint64_t size = suite.plan().large_bytes;
  const Path input = suite.input(InputKind::kIncompressible, size);
  const PreparedStore prepared(suite, input);
  const auto standings = suite.compete(
      suite.plan().large_rounds,
      {read_ours(prepared.folder()),
       {.name = "memcpy",
        .work = [=](const Path&) { return std::vector{copy_at_the_limit(size)}; }},
       {.name = "plain file",
        .work = [=](const Path&) { return std::vector{read_plain_file(input)}; }},
       {.name = "limit",
        .work = [=](const Path&) { return std::vector{read_checked_at_the_limit(input)}; }}});
  Row row{.name = "read-incompressible",
          .work = "read 1 GB in order, checked (incompressible)",
          .against = "limit: memcpy from memory",
          .unit = "MB/s",
          .goal = {.floor = 0.7, .aim = 0.9}};
  suite.add(row, standings[0], standings[1]);
  row.name = "read-plain-file";
  row.against = "plain file, read from the page cache";
  row.goal = {};
  suite.add(row, standings[0], standings[2]);
  row.name = "read-checked";
  row.against = "limit: read by SQLite page, two hashes, a copy, on all cores";
  row.goal = {.floor = 0.7, .aim = 0.9};
  suite.add(row, standings[0], standings[3]);
}

// All of the content as a viewer asks for it: range after range, a Reader for each.
double read_by_ranges(const Path& prepared) {
  Store store = open_store(prepared);
  const VersionInfo info = require(store.head(only_id(store)));
  Bytes buffer(kRangeBytes);
  return megabytes_per_second(info.size_bytes, [&] {
    for (std::uint64_t offset = 0; offset < info.size_bytes; offset += buffer.size()) {
      Reader reader = require(store.open_reader(info.id));
      (void)require(reader.read_at(offset, buffer));
    }
  });
}

void run_in_order_compressed(Suite& suite) {
  const Path input = suite.input(InputKind::kJson, suite.plan().large_bytes);
  const PreparedStore prepared(suite, input);
  const auto standings = suite.compete(
      suite.plan().large_rounds, {read_ours(prepared.folder()),
                                  {.name = "limit",
                                   .work =
                                       [=](const Path& folder) {
                                         return std::vector{decompress_at_the_limit(folder, input)};
                                       }},
                                  {.name = "by ranges", .work = [&](const Path&) {
                                     return std::vector{read_by_ranges(prepared.folder())};
                                   }}});
  Row row{.name = "read-compressible",
          .work = "read 1 GB in order, checked (compressible)",
          .against = "limit: read and zstd decode on all cores",
          .unit = "MB/s",
          .goal = {.floor = 0.7, .aim = 0.9}};
  suite.add(row, standings[0], standings[1]);
  row.name = "read-ranges";
  row.work = "the same by ranges of 64 KiB, a Reader for each";
  row.against = "one Reader in order";
  row.goal = {};
  suite.add(row, standings[2], standings[0]);
}

std::vector<std::uint64_t> random_offsets(std::uint64_t count, std::uint64_t size_bytes) {
  Numbers numbers(64);
  std::vector<std::uint64_t> offsets(count);
  for (std::uint64_t& offset : offsets) {
    offset = numbers.below(size_bytes - kRangeBytes);
  }
  return offsets;
}

double read_ours_at(const Path& prepared, const std::vector<std::uint64_t>& offsets) {
  Store store = open_store(prepared);
  Reader reader = require(store.open_reader(only_id(store)));
  Bytes buffer(kRangeBytes);
  return megabytes_per_second(offsets.size() * kRangeBytes, [&] {
    for (const std::uint64_t offset : offsets) {
      require(require(reader.read_at(offset, buffer)) == buffer.size(), "read_at");
    }
  });
}

void run_random(Suite& suite) {
  const std::uint64_t size = suite.plan().large_bytes / 4;
  const Path input = suite.input(InputKind::kIncompressible, size);
  const PreparedStore prepared(suite, input);
  (void)measure_in_child([&] { return std::vector{put_sqlite_blob(prepared.folder(), input)}; });
  const auto offsets = random_offsets(suite.plan().random_reads, size);
  const auto standings = suite.compete(
      suite.plan().rounds,
      {{.name = "fhirbin",
        .work = [&](const Path&) { return std::vector{read_ours_at(prepared.folder(), offsets)}; }},
       {.name = "SQLite", .work = [&](const Path&) {
          return std::vector{read_sqlite_blob(prepared.folder(), offsets, kRangeBytes)};
        }}});
  suite.add({.name = "read-random",
             .work = "read 64 KiB at random",
             .against = "sqlite3_blob_read of the same bytes",
             .unit = "MB/s",
             .goal = {.floor = 0.5, .aim = 1}},
            standings[0], standings[1]);
}

void run(Suite& suite) {
  if (suite.wants("read-incompressible") || suite.wants("read-plain-file") ||
      suite.wants("read-checked")) {
    run_in_order_raw(suite);
  }
  if (suite.wants("read-compressible") || suite.wants("read-ranges")) {
    run_in_order_compressed(suite);
  }
  if (suite.wants("read-random")) {
    run_random(suite);
  }
}

}  // namespace

RowGroup read_rows() {
  return {.names = {"read-incompressible", "read-plain-file", "read-checked", "read-compressible",
                    "read-ranges", "read-random"},
          .run = run};
}

}  // namespace fhirbin::compare
