// How fast is an export view beside what it must do at least?
#include "bench/compare/limits.h"
#include "bench/compare/our_store.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

constexpr std::uint64_t kBinaryBytes = 8 * kMiB;  // below the limit, so exported with its data

void fill(const Path& folder, const Path& input) {
  Store store = make_store(folder);
  const Bytes content = read_file(input);
  for (std::span<const std::byte> rest(content); !rest.empty();) {
    const auto piece = rest.first(std::min<std::size_t>(rest.size(), kBinaryBytes));
    (void)put_bytes(store, piece);
    rest = rest.subspan(piece.size());
  }
}

double export_ours(const Path& prepared, const Path& folder, std::uint64_t size_bytes) {
  Store store = open_store(prepared);
  return megabytes_per_second(size_bytes, [&] {
    const ExportReport report = require(store.export_ndjson(file_sink(folder / "export.ndjson")));
    require(report.substituted == 0, "an export with all data");
  });
}

void run(Suite& suite) {
  const std::uint64_t size = suite.plan().export_bytes;
  const Path input = suite.input(InputKind::kIncompressible, size);
  const Path prepared = suite.data_folder() / "export";
  std::filesystem::create_directories(prepared);
  (void)measure_in_child([&]() -> std::vector<double> {
    fill(prepared, input);
    return {};
  });
  const auto standings = suite.compete(
      suite.plan().large_rounds,
      {{.name = "fhirbin",
        .work =
            [&](const Path& folder) { return std::vector{export_ours(prepared, folder, size)}; }},
       {.name = "limit", .work = [&](const Path& folder) {
          return std::vector{export_at_the_limit(folder, input)};
        }}});
  suite.add({.name = "export",
             .work = "export view",
             .against = "limit: read, base64, write, fsync",
             .unit = "MB/s",
             .goal = {.floor = 0.7, .aim = 0.9}},
            standings[0], standings[1]);
  std::filesystem::remove_all(prepared);
}

}  // namespace

RowGroup export_rows() { return {.names = {"export"}, .run = run}; }

}  // namespace fhirbin::compare
