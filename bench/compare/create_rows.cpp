// How many small Binaries a second, each durable before its caller goes on?
#include "bench/compare/callers.h"
#include "bench/compare/our_store.h"
#include "bench/compare/peers/plain_file.h"
#include "bench/compare/peers/sqlite_rows.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

constexpr std::uint64_t kObjectBytes = 4 * kKiB;
constexpr unsigned kManyCallers = 16;

double create_ours(const Path& folder, unsigned callers, std::uint64_t count) {
  Store store = make_store(folder);
  return operations_per_second(callers * count, [&] {
    run_callers(callers, [&](unsigned caller) {
      Bytes object(kObjectBytes);
      for (std::uint64_t i = 0; i < count; ++i) {
        fill_random(object, (caller * count) + i);
        (void)put_bytes(store, object);
      }
    });
  });
}

void run(Suite& suite) {
  const std::uint64_t count = suite.plan().creates;
  const auto standings = suite.compete(
      suite.plan().rounds,
      {{.name = "fhirbin",
        .work = [=](const Path& folder) { return std::vector{create_ours(folder, 1, count)}; }},
       {.name = "SQLite",
        .work =
            [=](const Path& folder) {
              return std::vector{create_sqlite_rows(folder, count, kObjectBytes)};
            }},
       {.name = "16 callers",
        .work =
            [=](const Path& folder) {
              return std::vector{create_ours(folder, kManyCallers, count)};
            }},
       {.name = "plain files", .work = [=](const Path& folder) {
          return std::vector{create_plain_files(folder, count, kObjectBytes)};
        }}});
  const Row row{
      .name = {}, .work = "create 4 KiB, 1 caller, durable", .against = {}, .unit = "1/s"};
  const auto add = [&](Row line, const Standing& ours, const Standing& theirs) {
    if (suite.wants(line.name)) {
      suite.add(std::move(line), ours, theirs);
    }
  };
  Row sqlite = row;
  sqlite.name = "create-small";
  sqlite.against = "bare SQLite insert, WAL, FULL";
  sqlite.goal = {.floor = 0.8, .aim = 0.95};
  add(sqlite, standings[0], standings[1]);
  Row files = row;
  files.name = "create-small-files";
  files.against = "a file for each, synced with its folder";
  add(files, standings[0], standings[3]);
  Row many = row;
  many.name = "create-small-16";
  many.work = "the same, 16 callers";
  many.against = "1 caller";
  many.goal = {.floor = 6, .aim = 10};
  add(many, standings[2], standings[0]);
}

}  // namespace

RowGroup create_rows() {
  return {.names = {"create-small", "create-small-files", "create-small-16"}, .run = run};
}

}  // namespace fhirbin::compare
