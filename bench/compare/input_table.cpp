// How fast and how small does each kind of content get?
#include "bench/compare/our_store.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

constexpr int kEdits = 20;

// Stored bytes over the bytes that were put.
double stored_ratio(Store& store) {
  const StoreStats stats = require(store.stats());
  return static_cast<double>(stats.chunk_stored_bytes + stats.inline_bytes) /
         static_cast<double>(stats.logical_bytes);
}

// Figures: put MB/s, read MB/s, stored ratio.
std::vector<double> measure_kind(const Path& folder, const Path& input) {
  Store store = make_store(folder);
  const std::uint64_t size = std::filesystem::file_size(input);
  std::string id;
  const double put = megabytes_per_second(size, [&] { id = put_file(store, input); });
  const double read = megabytes_per_second(size, [&] { read_all(store, id); });
  return {put, read, stored_ratio(store)};
}

// The same of a document and its edits; read is the last version.
std::vector<double> measure_versions(const Path& folder, const Path& input) {
  Store store = make_store(folder);
  Bytes document = read_file(input);
  const std::string id = put_bytes(store, document);
  double seconds = 0;
  std::uint64_t bytes = 0;
  for (int edit = 1; edit <= kEdits; ++edit) {
    edit_document(document, static_cast<std::uint64_t>(edit));
    const Stopwatch watch;
    (void)require(store.update(id, bytes_source(std::span<const std::byte>(document)),
                               {.content_type = kRawType}));
    seconds += watch.seconds();
    bytes += document.size();
  }
  const double read = megabytes_per_second(document.size(), [&] { read_all(store, id); });
  return {static_cast<double>(bytes) / 1e6 / seconds, read, stored_ratio(store)};
}

void run(Suite& suite) {
  Table table{.name = "inputs",
              .title = "Kinds of content",
              .note =
                  "Made by fixed seeds. A version series is a JSON document of 50 MB edited 20 "
                  "times; its put is the speed of the updates. Stored is what the store keeps "
                  "of a byte put.",
              .columns = {"kind", "put MB/s", "read MB/s", "stored", "memory MB"},
              .lines = {}};
  const auto add = [&](const std::string& name, const Contestant& contestant) {
    const Standing standing = suite.compete(suite.plan().large_rounds, {contestant})[0];
    table.failure += standing.failure;
    std::vector<Table::Cell> line = {name};
    for (const Series& figure : standing.figures) {
      line.emplace_back(figure.median());
    }
    line.emplace_back(standing.memory_mb.most());
    table.lines.push_back(std::move(line));
  };
  for (const InputKind kind : kInputKinds) {
    const Path input = suite.input(kind, suite.plan().input_bytes);
    add(input_name(kind), {.name = input_name(kind), .work = [=](const Path& folder) {
                             return measure_kind(folder, input);
                           }});
  }
  const Path document = suite.input(InputKind::kJson, suite.plan().document_bytes);
  add("version series", {.name = "version series", .work = [=](const Path& folder) {
                           return measure_versions(folder, document);
                         }});
  suite.add(std::move(table));
}

}  // namespace

RowGroup input_table() { return {.names = {"inputs"}, .run = run}; }

}  // namespace fhirbin::compare
