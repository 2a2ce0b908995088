// What does content cost that is there already, whole or but for one byte?
#include <algorithm>
#include <utility>

#include "bench/compare/our_store.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

// A file with one byte changed in its middle.
class ChangedSource final : public Source {
 public:
  explicit ChangedSource(const Path& path)
      : file_(file_source(path)), left_before_(std::filesystem::file_size(path) / 2) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    Result<std::size_t> count = file_->read(buffer);
    if (count && left_before_ < *count) {
      buffer[left_before_] ^= std::byte{0xFF};
      left_before_ = UINT64_MAX;
    } else if (count && left_before_ != UINT64_MAX) {
      left_before_ -= *count;
    }
    return count;
  }

 private:
  std::unique_ptr<Source> file_;
  std::uint64_t left_before_;
};

// Figures: second put, first put, MB of stored bytes that one changed byte adds.
std::vector<double> measure(const Path& folder, const Path& input) {
  Store store = make_store(folder);
  const std::uint64_t size = std::filesystem::file_size(input);
  std::string id;
  const double first = megabytes_per_second(size, [&] { id = put_file(store, input); });
  const double second = megabytes_per_second(size, [&] { (void)put_file(store, input); });
  const std::uint64_t before = require(store.stats()).chunk_stored_bytes;
  ChangedSource changed(input);
  (void)require(store.update(id, changed, {.content_type = kRawType}));
  const std::uint64_t after = require(store.stats()).chunk_stored_bytes;
  require(after > before, "changing a byte");
  return {second, first, static_cast<double>(after - before) / 1e6};
}

void run(Suite& suite) {
  const Path input = suite.input(InputKind::kIncompressible, suite.plan().large_bytes);
  const auto standing = suite.compete(
      suite.plan().large_rounds,
      {{.name = "fhirbin", .work = [=](const Path& folder) { return measure(folder, input); }}})[0];
  const Row again{.name = "put-again",
                  .work = "same content again",
                  .against = "first put",
                  .unit = "MB/s",
                  .goal = {.floor = 1.5, .aim = 3}};
  if (suite.wants(again.name)) {
    suite.add(again, standing, standing.with_figure(1));
  }
  const Row edit{.name = "one-byte-changed",
                 .work = "one byte changed in 1 GB: new bytes stored",
                 .against = {},
                 .unit = "MB",
                 .goal = {.sense = Sense::kAtMost, .floor = 3, .aim = 1}};
  if (suite.wants(edit.name)) {
    suite.add(edit, standing.with_figure(2));
  }
}

}  // namespace

RowGroup again_rows() { return {.names = {"put-again", "one-byte-changed"}, .run = run}; }

}  // namespace fhirbin::compare
