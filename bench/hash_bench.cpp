// How fast are chunk hashes, SQLite page seals and the whole-content hash?

#include <algorithm>

#include <benchmark/benchmark.h>

#include "bench/sample_data.h"
#include "engine/util/hash.h"

namespace fhirbin::bench {
namespace {

void count(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void hash_with_secret(benchmark::State& state) {
  const ByteVector bytes = make_random_bytes(static_cast<std::size_t>(state.range(0)));
  const HashSecret secret = make_secret();
  for (auto _ : state) {
    benchmark::DoNotOptimize(compute_hash(secret, bytes));
  }
  count(state);
}

void hash_with_seed(benchmark::State& state) {
  const ByteVector bytes = make_random_bytes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(compute_hash(std::uint64_t{42}, bytes));
  }
  count(state);
}

void hash_in_pieces(benchmark::State& state) {
  const ByteVector bytes = make_random_bytes(static_cast<std::size_t>(state.range(0)));
  constexpr std::size_t kPieceBytes = 64U << 10;
  for (auto _ : state) {
    StreamingHash hash;
    for (ByteSpan rest = bytes; !rest.empty();) {
      const std::size_t piece_bytes = std::min(rest.size(), kPieceBytes);
      hash.update(rest.first(piece_bytes));
      rest = rest.subspan(piece_bytes);
    }
    benchmark::DoNotOptimize(hash.digest());
  }
  count(state);
}

// A SQLite page of the catalog and of a volume, a chunk, and content out of cache.
BENCHMARK(hash_with_secret)->Arg(64)->Arg(256 << 10)->Arg(64 << 20);
BENCHMARK(hash_with_seed)->Arg(4 << 10)->Arg(16 << 10);
BENCHMARK(hash_in_pieces)->Arg(256 << 10)->Arg(64 << 20);

}  // namespace
}  // namespace fhirbin::bench
