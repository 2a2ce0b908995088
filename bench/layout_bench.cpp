// Which chunk size and which SQLite page size of the volumes serve 64 MiB of content best: time to
// put and to get it, bytes on disk for a byte of content, and what a one-byte edit stores anew?
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "engine/store/store_impl.h"
#include "fhirbin/store.h"

namespace {

using fhirbin::Store;

constexpr std::size_t kContentBytes = 64U << 20;

// Half incompressible, half text-like: sixteen symbols at random, in alternating runs of 1 MiB.
std::vector<std::byte> make_content() {
  std::mt19937_64 generator(20260101);
  std::vector<std::byte> bytes(kContentBytes);
  for (std::size_t i = 0; i < kContentBytes; i += 8) {
    std::uint64_t word = generator();
    if ((i >> 20) % 2 == 1) {
      word = (word & 0x0F0F0F0F0F0F0F0FULL) + 0x6161616161616161ULL;
    }
    std::memcpy(bytes.data() + i, &word, sizeof word);
  }
  return bytes;
}

// range(0): average chunk bytes, range(1): SQLite page bytes.
void put_get_edit(benchmark::State& state) {
  const std::vector<std::byte> content = make_content();
  std::vector<std::byte> edited = content;
  edited[kContentBytes / 2] ^= std::byte{1};
  fhirbin::store::Environment environment = fhirbin::store::system_environment();
  const auto average = static_cast<std::uint32_t>(state.range(0));
  environment.cutter = {
      .min_bytes = average / 4, .average_bytes = average, .max_bytes = average * 4};
  environment.volume_page_bytes = static_cast<std::uint32_t>(state.range(1));
  double put_seconds = 0;
  double get_seconds = 0;
  fhirbin::StoreStats before;
  fhirbin::StoreStats after;
  for (auto _ : state) {
    std::string folder = (std::filesystem::current_path() / "fhirbin-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
      state.SkipWithError("no folder");
      return;
    }
    {
      auto store = Store::Impl::create(folder + "/s.fhirbin", {}, {}, environment).value();
      const auto start = std::chrono::steady_clock::now();
      const auto info =
          store.create(fhirbin::bytes_source(std::span(content)), {.content_type = "a/b"}).value();
      const auto stored = std::chrono::steady_clock::now();
      auto reader = store.open_reader(info.id).value();
      std::vector<std::byte> out(256U << 10);
      while (reader.read(out).value() != 0) {
      }
      const auto read = std::chrono::steady_clock::now();
      put_seconds += std::chrono::duration<double>(stored - start).count();
      get_seconds += std::chrono::duration<double>(read - stored).count();
      before = store.stats().value();
      (void)store.update(info.id, fhirbin::bytes_source(std::span(edited)), {.content_type = "a/b"})
          .value();
      after = store.stats().value();
    }
    std::filesystem::remove_all(folder);
  }
  const auto megabytes =
      static_cast<double>(kContentBytes) * static_cast<double>(state.iterations()) / 1e6;
  state.counters["put_MB/s"] = megabytes / put_seconds;
  state.counters["get_MB/s"] = megabytes / get_seconds;
  state.counters["stored_%"] =
      100.0 * static_cast<double>(before.chunk_stored_bytes) / static_cast<double>(kContentBytes);
  state.counters["slack_%"] = 100.0 * (static_cast<double>(before.volume_file_bytes) /
                                           static_cast<double>(before.chunk_stored_bytes) -
                                       1.0);
  state.counters["edit_KiB"] =
      static_cast<double>(after.chunk_stored_bytes - before.chunk_stored_bytes) / 1024.0;
}

BENCHMARK(put_get_edit)
    ->ArgsProduct({{64 << 10, 128 << 10, 256 << 10, 512 << 10}, {8 << 10, 16 << 10, 32 << 10}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
