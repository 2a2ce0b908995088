// How fast is base64 in and out by each kernel of this CPU beside memcpy and, where it is
// installed, a packaged scalar codec (libmodpbase64), in cache and out of it, and what do lines of
// 76 characters cost? Bytes per second count decoded bytes.

#include <string>

#include <benchmark/benchmark.h>

#ifdef FHIRBIN_BENCH_MODP
#include <modp_b64.h>
#endif

#include "bench/sample_data.h"
#include "engine/codec/base64.h"
#include "engine/codec/base64_kernel.h"

namespace fhirbin::bench {
namespace {

using codec::Base64Decoder;
using codec::Base64Encoder;
using codec::Base64Kernel;

std::string encode(ByteSpan bytes) {
  Base64Encoder encoder;
  std::string text(Base64Encoder::max_encoded_size(bytes.size()) + 4, '\0');
  std::size_t length = encoder.encode(bytes, text);
  length += encoder.finish(std::span(text).subspan(length));
  text.resize(length);
  return text;
}

// As HL7's own example Binary: a space after each 76 characters.
std::string fold(const std::string& text) {
  std::string folded;
  for (std::size_t i = 0; i < text.size(); i += 76) {
    folded.append(text, i, 76).push_back(' ');
  }
  return folded;
}

void count(benchmark::State& state, std::size_t size_bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size_bytes));
}

ByteVector make_content(const benchmark::State& state) {
  return make_random_bytes(static_cast<std::size_t>(state.range(0)));
}

const Base64Kernel& kernel_of(benchmark::State& state) {
  const Base64Kernel& kernel = *codec::base64_kernels()[static_cast<std::size_t>(state.range(1))];
  state.SetLabel(std::string(kernel.name));
  return kernel;
}

void encode_base64(benchmark::State& state) {
  const Base64Kernel& kernel = kernel_of(state);
  const ByteVector bytes = make_content(state);
  std::string text(Base64Encoder::max_encoded_size(bytes.size()), '\0');
  for (auto _ : state) {
    Base64Encoder encoder(kernel);
    benchmark::DoNotOptimize(encoder.encode(bytes, text));
    benchmark::ClobberMemory();
  }
  count(state, bytes.size());
}

void run_decode(benchmark::State& state, const std::string& text) {
  const Base64Kernel& kernel = kernel_of(state);
  ByteVector out(Base64Decoder::max_decoded_size(text.size()));
  for (auto _ : state) {
    Base64Decoder decoder(kernel);
    if (!decoder.decode(text, out) || !decoder.finish()) {
      state.SkipWithError("the text does not decode");
      break;
    }
    benchmark::ClobberMemory();
  }
  count(state, static_cast<std::size_t>(state.range(0)));
}

void decode_base64(benchmark::State& state) { run_decode(state, encode(make_content(state))); }

void decode_folded_base64(benchmark::State& state) {
  run_decode(state, fold(encode(make_content(state))));
}

void copy_memory(benchmark::State& state) {
  const ByteVector bytes = make_content(state);
  ByteVector out(bytes.size());
  for (auto _ : state) {
    std::memcpy(out.data(), bytes.data(), bytes.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count(state, bytes.size());
}

#ifdef FHIRBIN_BENCH_MODP
void encode_modp(benchmark::State& state) {
  const ByteVector bytes = make_content(state);
  std::string text(modp_b64_encode_len(bytes.size()), '\0');
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        modp_b64_encode(text.data(), as_text(bytes).data(), as_text(bytes).size()));
    benchmark::ClobberMemory();
  }
  count(state, bytes.size());
}

void decode_modp(benchmark::State& state) {
  const std::string text = encode(make_content(state));
  std::string out(modp_b64_decode_len(text.size()), '\0');
  for (auto _ : state) {
    benchmark::DoNotOptimize(modp_b64_decode(out.data(), text.data(), text.size()));
    benchmark::ClobberMemory();
  }
  count(state, static_cast<std::size_t>(state.range(0)));
}
#endif

constexpr std::int64_t kInCache = 12 << 10;  // with its text within 32 KiB
constexpr std::int64_t kOutOfCache = 48 << 20;

void each_kernel(benchmark::internal::Benchmark* row) {
  row->ArgNames({"bytes", "kernel"});
  for (std::size_t kernel = 0; kernel < codec::base64_kernels().size(); ++kernel) {
    row->Args({kInCache, static_cast<std::int64_t>(kernel)});
    row->Args({kOutOfCache, static_cast<std::int64_t>(kernel)});
  }
}

BENCHMARK(encode_base64)->Apply(each_kernel);
BENCHMARK(decode_base64)->Apply(each_kernel);
BENCHMARK(decode_folded_base64)->Apply(each_kernel);
#ifdef FHIRBIN_BENCH_MODP
BENCHMARK(encode_modp)->ArgName("bytes")->Arg(kInCache)->Arg(kOutOfCache);
BENCHMARK(decode_modp)->ArgName("bytes")->Arg(kInCache)->Arg(kOutOfCache);
#endif
BENCHMARK(copy_memory)->ArgName("bytes")->Arg(kInCache)->Arg(kOutOfCache);

}  // namespace
}  // namespace fhirbin::bench
