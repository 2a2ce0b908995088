// How fast is content cut, and how long are the chunks? `chunk_bytes` is their average length.

#include <string>

#include <benchmark/benchmark.h>

#include "bench/sample_data.h"
#include "engine/chunk/cutter.h"

namespace fhirbin::bench {
namespace {

constexpr std::size_t kContentBytes = 16U << 20;

void run_cutter(benchmark::State& state, const ByteVector& content,
                const chunk::CandidateKernel& kernel = chunk::candidate_kernel()) {
  const auto average = static_cast<std::uint32_t>(state.range(0));
  const chunk::Cutter cutter(
      {.min_bytes = average / 4, .average_bytes = average, .max_bytes = average * 4}, make_secret(),
      kernel);
  std::size_t cuts = 0;
  for (auto _ : state) {
    for (ByteSpan rest = content; !rest.empty(); ++cuts) {
      rest = rest.subspan(cutter.find_cut(rest));
    }
  }
  const auto bytes = state.iterations() * static_cast<std::int64_t>(content.size());
  state.SetBytesProcessed(bytes);
  state.counters["chunk_bytes"] = static_cast<double>(bytes) / static_cast<double>(cuts);
}

void cut_random_bytes(benchmark::State& state) {
  run_cutter(state, make_random_bytes(kContentBytes));
}

void cut_text(benchmark::State& state) { run_cutter(state, make_text_bytes(kContentBytes)); }

void cut_zeros(benchmark::State& state) { run_cutter(state, ByteVector(kContentBytes)); }

// The kernels, slowest first.
void cut_by_kernel(benchmark::State& state) {
  const auto kernels = chunk::candidate_kernels();
  const auto index = static_cast<std::size_t>(state.range(1));
  if (index >= kernels.size()) {
    state.SkipWithError("this CPU has no more kernels");
    return;
  }
  state.SetLabel(std::string(kernels[index]->name));
  run_cutter(state, make_random_bytes(kContentBytes), *kernels[index]);
}

BENCHMARK(cut_by_kernel)->ArgsProduct({{256 << 10}, {0, 1, 2}});
BENCHMARK(cut_random_bytes)->Arg(64 << 10)->Arg(256 << 10);
BENCHMARK(cut_text)->Arg(256 << 10);
BENCHMARK(cut_zeros)->Arg(256 << 10);

}  // namespace
}  // namespace fhirbin::bench
