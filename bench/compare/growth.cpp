// Does a store get slower as it fills with small Binaries, and what does it keep beside their
// bytes?
#include <algorithm>

#include "bench/compare/many_binaries.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

constexpr std::uint64_t kFewBinaries = 1'000;

class NullSink final : public Sink {
 public:
  Result<void> write(std::span<const std::byte>) override { return {}; }
};

double microseconds_each(std::uint64_t count, const auto& work) {
  return milliseconds(work) * 1e3 / static_cast<double>(count);
}

std::uint64_t count_binaries(Store& store) { return require(store.stats()).binaries; }

// Brings the store in `folder` to `count` Binaries. Figure: microseconds for each new one.
std::vector<double> grow_to(const Path& folder, std::uint64_t count) {
  Store store =
      std::filesystem::exists(folder / "bench.fhirbin") ? open_store(folder) : make_store(folder);
  const std::uint64_t before = count_binaries(store);
  return {microseconds_each(count - before, [&] {
    create_many(store, before, count - before);
    require(store.close());
  })};
}

double measure_opening(const Path& folder) {
  Series opening;
  for (int i = 0; i < 5; ++i) {
    std::optional<Store> store;
    opening.samples.push_back(milliseconds([&] { store = open_store(folder); }));
  }
  return opening.median();
}

double measure_purge(Store& store, const std::vector<std::string>& ids) {
  const std::uint64_t count = std::min<std::uint64_t>(ids.size(), 100);
  const Bytes object(kSmallObjectBytes);
  for (std::uint64_t i = 0; i < count; ++i) {
    (void)require(store.update(ids[i], bytes_source(object), {.content_type = kRawType}));
  }
  return microseconds_each(count, [&] {
    for (std::uint64_t i = 0; i < count; ++i) {
      (void)require(store.purge_history(ids[i]));
    }
  });
}

// Index and files beyond the content, for each Binary.
double measure_overhead(const StoreStats& stats, const Path& folder) {
  const auto beyond = static_cast<double>(folder_bytes(folder)) -
                      static_cast<double>(stats.inline_bytes + stats.chunk_stored_bytes);
  return beyond / static_cast<double>(stats.binaries);
}

// The columns of the table behind size and create.
std::vector<double> measure_calls(const Path& folder, std::uint64_t window) {
  const double opening = measure_opening(folder);
  Store store = open_store(folder);
  const StoreStats stats = require(store.stats());
  const auto ids = sample_ids(store);
  NullSink sink;
  const double read = microseconds_each(window, [&] { read_many(store, ids, window); });
  const double list = milliseconds([&] { (void)require(store.list({.count = 100})); });
  const double history = milliseconds([&] { (void)require(store.history({.count = 100})); });
  const double exported =
      microseconds_each(stats.binaries, [&] { (void)require(store.export_ndjson(sink)); });
  const double purge = measure_purge(store, ids);
  require(store.close());
  return {opening, read, list, history, exported, purge, measure_overhead(stats, folder)};
}

std::vector<std::uint64_t> sizes_up_to(std::uint64_t most) {
  std::vector<std::uint64_t> sizes;
  for (std::uint64_t size = kFewBinaries; size < most; size *= 10) {
    sizes.push_back(size);
  }
  sizes.push_back(most);
  return sizes;
}

// Fills the store step by step, and measures at each.
Table measure_growth(const Plan& plan, const Path& folder) {
  Table table{
      .name = "growth",
      .title = "Growth",
      .note =
          "Binaries of 1 KB, created by 16 callers; one caller does the rest. Pages of "
          "100. Memory is the most "
          "that a process took beyond its start while doing all but the creates.",
      .columns = {"Binaries", "create us", "open ms", "read us", "list page ms", "history page ms",
                  "export us/item", "purge us", "overhead B/Binary", "memory MB"},
      .lines = {}};
  for (const std::uint64_t size : sizes_up_to(plan.binaries)) {
    const Measurement grown = measure_in_child([&] { return grow_to(folder, size); });
    const Measurement calls = measure_in_child([&] { return measure_calls(folder, plan.window); });
    std::vector<Table::Cell> line = {static_cast<double>(size), grown.figures.at(0)};
    line.insert(line.end(), calls.figures.begin(), calls.figures.end());
    line.emplace_back(calls.memory_mb);
    table.lines.push_back(std::move(line));
  }
  return table;
}

// What measure_window() gives, the first three in microseconds, the last in ms.
enum Figure : std::size_t { kCreateAndRead, kCreate, kRead, kOpening };

// One window of creates and one of reads.
std::vector<double> measure_window(const Path& folder, std::uint64_t window) {
  std::optional<Store> store;
  const double opening = milliseconds([&] { store = open_store(folder); });
  const auto ids = sample_ids(*store);
  const double read = microseconds_each(window, [&] { read_many(*store, ids, window); });
  const std::uint64_t first = (std::uint64_t{1} << 40) + require(store->stats()).sequence;
  // Closing makes the checkpoint that is due for what the window wrote.
  const double create = microseconds_each(window, [&] {
    create_many(*store, first, window);
    require(store->close());
  });
  return {create + read, create, read, opening};
}

void compare_windows(Suite& suite, const Path& many) {
  const std::uint64_t window = suite.plan().window;
  const auto standings = suite.compete(
      suite.plan().rounds,
      {{.name = "many", .work = [&](const Path&) { return measure_window(many, window); }},
       {.name = "few", .work = [&](const Path& folder) {
          (void)grow_to(folder, kFewBinaries);
          return measure_window(folder, window);
        }}});
  // The goal is one for a create and a read together. A read by itself cannot come near it: a
  // thousand Binaries lie in the cache of one connection, a million do not.
  const Goal goal{.sense = Sense::kAtMost, .floor = 1.3, .aim = 1.1};
  Row row{.name = "scale",
          .work = "create (16 callers) and read (1 caller) at 1,000,000 Binaries, one of each",
          .against = "at 1,000",
          .unit = "us",
          .goal = goal};
  if (suite.wants(row.name)) {
    suite.add(row, standings[0].with_figure(kCreateAndRead),
              standings[1].with_figure(kCreateAndRead));
  }
  row.goal = {};
  row.name = "scale-create";
  row.work = "create at 1,000,000 Binaries, 16 callers";
  if (suite.wants(row.name)) {
    suite.add(row, standings[0].with_figure(kCreate), standings[1].with_figure(kCreate));
  }
  row.name = "scale-read";
  row.work = "read at 1,000,000 Binaries, 1 caller";
  if (suite.wants(row.name)) {
    suite.add(row, standings[0].with_figure(kRead), standings[1].with_figure(kRead));
  }
  row = {.name = "scale-open",
         .work = "open a store of 1,000,000 Binaries",
         .against = {},
         .unit = "ms",
         .goal = {.sense = Sense::kAtMost, .floor = 20, .aim = 5}};
  if (suite.wants(row.name)) {
    suite.add(row, standings[0].with_figure(kOpening));
  }
}

void run(Suite& suite) {
  const Path folder = suite.data_folder() / "growth";
  std::filesystem::create_directories(folder);
  if (suite.wants("growth")) {
    suite.add(measure_growth(suite.plan(), folder));
  } else {
    (void)measure_in_child([&] { return grow_to(folder, suite.plan().binaries); });
  }
  compare_windows(suite, folder);
  std::filesystem::remove_all(folder);
}

}  // namespace

RowGroup growth() {
  return {.names = {"growth", "scale", "scale-create", "scale-read", "scale-open"}, .run = run};
}

}  // namespace fhirbin::compare
