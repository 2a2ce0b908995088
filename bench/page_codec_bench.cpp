// What does a page cost to encode (with its check) and to decode, at each level, for text and for
// bytes that do not compress? Bytes per second count decoded bytes; `ratio` is decoded / stored.

#include <benchmark/benchmark.h>

#include "bench/sample_data.h"
#include "engine/codec/page_codec.h"

namespace fhirbin::bench {
namespace {

constexpr std::size_t kPageBytes = 256U << 10;

void report(benchmark::State& state, std::size_t stored_bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kPageBytes));
  state.counters["ratio"] = static_cast<double>(kPageBytes) / static_cast<double>(stored_bytes);
}

void run_encode(benchmark::State& state, const ByteVector& raw) {
  codec::PageEncoder encoder(static_cast<int>(state.range(0)));
  std::size_t stored_bytes = 0;
  for (auto _ : state) {
    const auto page = encoder.encode(raw);
    if (!page) {
      state.SkipWithError("the page does not encode");
      return;
    }
    stored_bytes = page->stored.size();
  }
  report(state, stored_bytes);
}

void encode_text_page(benchmark::State& state) { run_encode(state, make_text_bytes(kPageBytes)); }

void encode_random_page(benchmark::State& state) {
  run_encode(state, make_random_bytes(kPageBytes));
}

void decode_text_page(benchmark::State& state) {
  const ByteVector raw = make_text_bytes(kPageBytes);
  codec::PageEncoder encoder(static_cast<int>(state.range(0)));
  const auto page = encoder.encode(raw);
  codec::PageDecoder decoder;
  ByteVector decoded(raw.size());
  for (auto _ : state) {
    if (!page || !decoder.decode(page->codec, page->stored, decoded)) {
      state.SkipWithError("the page does not decode");
      return;
    }
    benchmark::ClobberMemory();
  }
  report(state, page->stored.size());
}

BENCHMARK(encode_text_page)->Arg(1)->Arg(3)->Arg(9);
BENCHMARK(encode_random_page)->Arg(1)->Arg(3)->Arg(9);
BENCHMARK(decode_text_page)->Arg(1)->Arg(3)->Arg(9);

}  // namespace
}  // namespace fhirbin::bench
