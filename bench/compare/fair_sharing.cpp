// How long do others wait while one caller fills the store at full speed?
#include <array>
#include <atomic>
#include <string>

#include "bench/compare/callers.h"
#include "bench/compare/generated_source.h"
#include "bench/compare/our_store.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

constexpr std::uint64_t kSmallBytes = 4 * kKiB;
constexpr std::uint64_t kLargeBytes = 8 * kMiB;
constexpr std::uint64_t kRangeBytes = kMiB;
constexpr int kIdleOperations = 200;
constexpr int kIdleLargeCreates = 20;

// What the others work on.
struct Scene {
  Store store;
  std::string small_id;
  std::string large_id;
};

Scene make_scene(const Path& folder) {
  Scene scene{.store = make_store(folder), .small_id = {}, .large_id = {}};
  scene.small_id = put_bytes(scene.store, make_block(InputKind::kIncompressible, 1, kSmallBytes));
  scene.large_id =
      put_bytes(scene.store, make_block(InputKind::kIncompressible, 2, 8 * kLargeBytes));
  return scene;
}

// One kind of operation, told apart by a number that rises.
struct Operation {
  const char* name;
  void (*run)(Scene& scene, std::uint64_t number);
  int idle_count;
};

void read_small(Scene& scene, std::uint64_t) { read_all(scene.store, scene.small_id); }

void read_range(Scene& scene, std::uint64_t number) {
  Reader reader = require(scene.store.open_reader(scene.large_id));
  Bytes buffer(kRangeBytes);
  Numbers numbers(number);
  (void)require(reader.read_at(numbers.below(reader.size_bytes() - kRangeBytes), buffer));
}

void create_small(Scene& scene, std::uint64_t number) {
  (void)put_bytes(scene.store, make_block(InputKind::kIncompressible, 100 + number, kSmallBytes));
}

void create_large(Scene& scene, std::uint64_t number) {
  GeneratedSource source(1000 + number, kLargeBytes);
  (void)require(scene.store.create(source, {.content_type = kRawType}));
}

constexpr std::array<Operation, 4> kOperations = {
    {{.name = "read 4 KiB", .run = read_small, .idle_count = kIdleOperations},
     {.name = "read 1 MiB of 64", .run = read_range, .idle_count = kIdleOperations},
     {.name = "create 4 KiB", .run = create_small, .idle_count = kIdleOperations},
     {.name = "create 8 MiB", .run = create_large, .idle_count = kIdleLargeCreates}}};

// Times runs of `operation`, with a pause between them as between requests, while `more` says so.
Series time_each(Scene& scene, const Operation& operation, std::uint64_t first, const auto& more) {
  Series times;
  while (times.empty() || more(times.samples.size())) {
    times.samples.push_back(
        milliseconds([&] { operation.run(scene, first + times.samples.size()); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return times;
}

// p50, p99 and count of each operation alone, then of each beside the ingest; its MB/s last.
std::vector<double> measure(const Path& folder, std::uint64_t ingest_bytes) {
  Scene scene = make_scene(folder);
  std::vector<double> figures;
  const auto append = [&](const Series& times) {
    figures.insert(figures.end(), {times.median(), times.quantile(0.99),
                                   static_cast<double>(times.samples.size())});
  };
  for (const Operation& operation : kOperations) {
    append(time_each(scene, operation, 0, [&](std::size_t count) {
      return count < static_cast<std::size_t>(operation.idle_count);
    }));
  }
  std::atomic<bool> over = false;
  std::array<Series, kOperations.size()> times;
  double speed = 0;
  run_callers(1 + kOperations.size(), [&](unsigned caller) {
    if (caller < kOperations.size()) {
      times[caller] =
          time_each(scene, kOperations[caller], 1'000'000, [&](std::size_t) { return !over; });
      return;
    }
    GeneratedSource source(7, ingest_bytes);
    speed = megabytes_per_second(ingest_bytes, [&] {
      const auto stored = scene.store.create(source, {.content_type = kRawType});
      over = true;
      (void)require(stored);
    });
  });
  std::ranges::for_each(times, append);
  figures.push_back(speed);
  return figures;
}

// The figures of `operation`: idle p50, p99 and count, then the same beside the ingest.
std::vector<double> figures_of(const Measurement& found, std::size_t operation) {
  const auto idle = found.figures.begin() + static_cast<std::ptrdiff_t>(3 * operation);
  const auto busy = idle + 3 * static_cast<std::ptrdiff_t>(kOperations.size());
  std::vector<double> figures(idle, idle + 3);
  figures.insert(figures.end(), busy, busy + 3);
  return figures;
}

void add_goal(Suite& suite, const char* name, const char* work, double most_ms, double p99_ms) {
  if (suite.wants(name)) {
    suite.add(Row{.name = name,
                  .work = work,
                  .unit = "ms",
                  .goal = {.sense = Sense::kAtMost, .floor = most_ms},
                  .ours = {.samples = {p99_ms}}});
  }
}

void run(Suite& suite) {
  const Path folder = suite.data_folder() / "fair";
  std::filesystem::create_directories(folder);
  const Measurement found =
      measure_in_child([&] { return measure(folder, suite.plan().large_bytes); });
  std::filesystem::remove_all(folder);
  Table table{.name = "fair-sharing",
              .title = "Fair sharing",
              .note = "One caller ingests 1 GB at full speed (" +
                      std::to_string(static_cast<int>(found.figures.back())) +
                      " MB/s so accompanied) while each of these has a thread of its own, with a "
                      "pause of 1 ms after each call; idle is each of them alone.",
              .columns = {"operation", "idle p50 ms", "idle p99 ms", "idle count", "p50 ms",
                          "p99 ms", "count"},
              .lines = {}};
  for (std::size_t i = 0; i < kOperations.size(); ++i) {
    const std::vector<double> figures = figures_of(found, i);
    table.lines.push_back({std::string(kOperations[i].name)});
    table.lines.back().insert(table.lines.back().end(), figures.begin(), figures.end());
  }
  suite.add(std::move(table));
  add_goal(suite, "fair-read-small", "p99 of reading 4 KiB while another thread ingests 1 GB", 100,
           figures_of(found, 0)[4]);
  add_goal(suite, "fair-create-small", "p99 of creating 4 KiB while another thread ingests 1 GB",
           250, figures_of(found, 2)[4]);
}

}  // namespace

RowGroup fair_sharing() {
  return {.names = {"fair-sharing", "fair-read-small", "fair-create-small"}, .run = run};
}

}  // namespace fhirbin::compare
