// What does a second core bring?
#include <array>

#include "bench/compare/many_binaries.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

// Figures: put and read MB/s.
std::vector<double> put_and_read(const Path& folder, const Path& input) {
  Store store = make_store(folder);
  const std::uint64_t size = std::filesystem::file_size(input);
  std::string id;
  const double put = megabytes_per_second(size, [&] { id = put_file(store, input); });
  return {put, megabytes_per_second(size, [&] { read_all(store, id); })};
}

std::vector<double> create_small(const Path& folder, std::uint64_t count) {
  Store store = make_store(folder);
  return {operations_per_second(count, [&] { create_many(store, 0, count); })};
}

// A line of the table: which figure of which contestant.
struct Work {
  const char* name;
  const char* unit;
  std::size_t contestant;
  std::size_t figure;
};

constexpr std::array<Work, 5> kWorks = {
    {{.name = "put incompressible", .unit = "MB/s", .contestant = 0, .figure = 0},
     {.name = "read incompressible", .unit = "MB/s", .contestant = 0, .figure = 1},
     {.name = "put compressible", .unit = "MB/s", .contestant = 1, .figure = 0},
     {.name = "read compressible", .unit = "MB/s", .contestant = 1, .figure = 1},
     {.name = "create 1 KiB, 16 callers", .unit = "1/s", .contestant = 2, .figure = 0}}};

void run(Suite& suite) {
  const std::uint64_t size = suite.plan().large_bytes / 2;
  const Path random = suite.input(InputKind::kIncompressible, size);
  const Path json = suite.input(InputKind::kJson, size);
  const std::uint64_t creates = suite.plan().creates * kFillingCallers;
  const std::vector<Contestant> contestants = {
      {.name = "incompressible",
       .work = [=](const Path& folder) { return put_and_read(folder, random); }},
      {.name = "compressible",
       .work = [=](const Path& folder) { return put_and_read(folder, json); }},
      {.name = "small", .work = [=](const Path& folder) { return create_small(folder, creates); }}};
  const int rounds = suite.plan().large_rounds;
  const auto one = suite.compete(rounds, contestants, Cores::kOne);
  const auto all = suite.compete(rounds, contestants, Cores::kAll);
  Table table{.name = "cores",
              .title = "From one core to all",
              .note = "The process kept on one core, and left alone.",
              .columns = {"work", "unit", "one core", "all cores", "gain"},
              .lines = {}};
  for (const Work& work : kWorks) {
    table.failure += one[work.contestant].failure + all[work.contestant].failure;
    const double on_one = one[work.contestant].with_figure(work.figure).figure().median();
    const double on_all = all[work.contestant].with_figure(work.figure).figure().median();
    table.lines.push_back({std::string(work.name), std::string(work.unit), on_one, on_all,
                           on_one == 0 ? 0 : on_all / on_one});
  }
  suite.add(std::move(table));
}

}  // namespace

RowGroup core_table() { return {.names = {"cores"}, .run = run}; }

}  // namespace fhirbin::compare
