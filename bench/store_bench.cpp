// How fast does a whole store take content in, give it back and export it, and where should content
// stop lying in the catalog? One operation at a time, each durable before the next.
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "fhirbin/store.h"

namespace {

using fhirbin::Store;

// A new store in a folder of its own; both go with it.
class BenchStore {
 public:
  explicit BenchStore(std::uint32_t inline_limit_bytes) {
    std::string pattern = (std::filesystem::current_path() / "fhirbin-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      std::abort();
    }
    folder_ = pattern;
    store_ = std::make_unique<Store>(
        Store::create(folder_ / "bench.fhirbin", {.inline_limit_bytes = inline_limit_bytes})
            .value());
  }
  BenchStore(const BenchStore&) = delete;
  BenchStore& operator=(const BenchStore&) = delete;
  ~BenchStore() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Store> store_;
};

// Incompressible bytes that differ from call to call, so that nothing is ever shared.
class FreshBytes {
 public:
  std::vector<std::byte> next(std::size_t size_bytes) {
    std::vector<std::byte> bytes(size_bytes);
    for (std::size_t i = 0; i + 8 <= size_bytes; i += 8) {
      const std::uint64_t word = generator_();
      std::memcpy(bytes.data() + i, &word, sizeof word);
    }
    return bytes;
  }

 private:
  std::mt19937_64 generator_{20260101};
};

constexpr const char* kContentType = "application/octet-stream";

void report_bytes(benchmark::State& state, std::int64_t bytes_each) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * bytes_each);
}

// range(0): bytes of content, range(1): inline limit.
void put(benchmark::State& state) {
  BenchStore store(static_cast<std::uint32_t>(state.range(1)));
  FreshBytes fresh;
  for (auto _ : state) {
    state.PauseTiming();
    auto bytes = fresh.next(static_cast<std::size_t>(state.range(0)));
    state.ResumeTiming();
    if (!store->create(fhirbin::bytes_source(std::move(bytes)), {.content_type = kContentType})) {
      state.SkipWithError("put failed");
      return;
    }
  }
  report_bytes(state, state.range(0));
}

void get(benchmark::State& state) {
  BenchStore store(static_cast<std::uint32_t>(state.range(1)));
  FreshBytes fresh;
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto id =
      store->create(fhirbin::bytes_source(fresh.next(size)), {.content_type = kContentType})
          .value()
          .id;
  std::vector<std::byte> out(256U << 10);
  for (auto _ : state) {
    auto reader = store->open_reader(id).value();
    while (reader.read(out).value() != 0) {
    }
  }
  report_bytes(state, state.range(0));
}

class NullSink final : public fhirbin::Sink {
 public:
  fhirbin::Result<void> write(std::span<const std::byte> bytes) override {
    benchmark::DoNotOptimize(bytes.data());
    return {};
  }
};

void export_view(benchmark::State& state) {
  BenchStore store(static_cast<std::uint32_t>(state.range(1)));
  FreshBytes fresh;
  for (int i = 0; i < 4; ++i) {
    (void)store
        ->create(fhirbin::bytes_source(fresh.next(static_cast<std::size_t>(state.range(0)))),
                 {.content_type = kContentType})
        .value();
  }
  NullSink sink;
  for (auto _ : state) {
    benchmark::DoNotOptimize(store->export_ndjson(sink).value());
  }
  report_bytes(state, 4 * state.range(0));
}

// Both sides of every candidate for the inline limit: all inline, all in chunks.
void inline_limit_sizes(benchmark::internal::Benchmark* benchmark) {
  for (const std::int64_t size : {16, 32, 64, 128, 256, 512}) {
    benchmark->Args({size << 10, 1 << 20});
    benchmark->Args({size << 10, 0});
  }
}

BENCHMARK(put)
    ->Apply(inline_limit_sizes)
    ->Args({4 << 10, 128 << 10})
    ->Args({16 << 20, 128 << 10})
    ->UseRealTime();
BENCHMARK(get)->Apply(inline_limit_sizes)->Args({16 << 20, 128 << 10})->UseRealTime();
BENCHMARK(export_view)->Args({64 << 10, 128 << 10})->Args({8 << 20, 128 << 10})->UseRealTime();

}  // namespace
