// Does a store get slower as it fills with large content?
#include "bench/compare/generated_source.h"
#include "bench/compare/our_store.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

constexpr std::uint64_t kBinaryBytes = 64 * kMiB;
constexpr std::uint64_t kReadBytes = 64 * kKiB;

void put_generated(Store& store, std::uint64_t seed, std::uint64_t size_bytes) {
  GeneratedSource source(seed, size_bytes);
  (void)require(store.create(source, {.content_type = kRawType}));
}

// Seeds go on where the last step ended, so nothing is shared.
double fill(Store& store, std::uint64_t from_bytes, std::uint64_t to_bytes,
            std::uint64_t binary_bytes) {
  return megabytes_per_second(to_bytes - from_bytes, [&] {
    for (std::uint64_t at = from_bytes; at < to_bytes; at += binary_bytes) {
      put_generated(store, 1 + (at / binary_bytes), binary_bytes);
    }
  });
}

double read_at_random(Store& store, std::uint64_t count) {
  const auto heads = require(store.list({.count = 1000})).heads;
  Numbers numbers(1);
  Bytes buffer(kReadBytes);
  return milliseconds([&] {
           for (std::uint64_t i = 0; i < count; ++i) {
             const VersionInfo& head = heads[numbers.below(heads.size())];
             Reader reader = require(store.open_reader(head.id));
             (void)require(reader.read_at(numbers.below(head.size_bytes), buffer));
           }
         }) *
         1e3 / static_cast<double>(count);
}

// Figures: put MB/s since the last step, open ms, open and read 64 KiB at random us, list ms,
// bytes of files beyond the content per chunk.
std::vector<double> measure(const Path& folder, std::uint64_t from, std::uint64_t to,
                            const Plan& plan) {
  const std::uint64_t binary_bytes = std::min(kBinaryBytes, plan.fill_bytes / 16);
  double put = 0;
  {
    Store store = from == 0 ? make_store(folder) : open_store(folder);
    put = fill(store, from, to, binary_bytes);
  }
  std::optional<Store> store;
  const double opening = milliseconds([&] { store = open_store(folder); });
  const double read = read_at_random(*store, plan.random_reads);
  const double list = milliseconds([&] { (void)require(store->list({.count = 100})); });
  const StoreStats stats = require(store->stats());
  const double overhead =
      (static_cast<double>(folder_bytes(folder)) - static_cast<double>(stats.chunk_stored_bytes)) /
      static_cast<double>(stats.chunks);
  return {put, opening, read, list, overhead};
}

void run(Suite& suite) {
  const Plan& plan = suite.plan();
  const Path folder = suite.data_folder() / "large";
  Table table{.name = "large-store",
              .title = "A store of large content",
              .note = "Binaries of 64 MiB, incompressible; put is the speed since the line before.",
              .columns = {"GB", "put MB/s", "open ms", "open + read 64 KiB us", "list page ms",
                          "overhead B/chunk", "memory MB"},
              .lines = {}};
  std::filesystem::create_directories(folder);
  const std::uint64_t room = std::filesystem::space(folder).available;
  if (room < plan.fill_bytes * 3 / 2) {
    table.note = "Skipped: it needs half as much space again as it fills, and the disk has " +
                 std::to_string(room / kGiB) + " GiB left.";
    suite.add(std::move(table));
    return;
  }
  std::uint64_t from = 0;
  for (const std::uint64_t share : {16U, 4U, 2U, 1U}) {
    const std::uint64_t to = plan.fill_bytes / share;
    const Measurement found = measure_in_child([&] { return measure(folder, from, to, plan); });
    std::vector<Table::Cell> line = {static_cast<double>(to) / 1e9};
    line.insert(line.end(), found.figures.begin(), found.figures.end());
    line.emplace_back(found.memory_mb);
    table.lines.push_back(std::move(line));
    from = to;
  }
  suite.add(std::move(table));
  std::filesystem::remove_all(folder);
}

}  // namespace

RowGroup large_store() { return {.names = {"large-store"}, .run = run}; }

}  // namespace fhirbin::compare
