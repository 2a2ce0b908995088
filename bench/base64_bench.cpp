// How fast is base64 in and out beside memcpy, in cache and out of it, and what does whitespace
// cost? Bytes per second count decoded bytes.

#include <string>

#include <benchmark/benchmark.h>

#include "bench/sample_data.h"
#include "engine/codec/base64.h"

namespace fhirbin::bench {
namespace {

std::string encode(ByteSpan bytes) {
  codec::Base64Encoder encoder;
  std::string text(codec::Base64Encoder::max_encoded_size(bytes.size()) + 4, '\0');
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

void encode_base64(benchmark::State& state) {
  const ByteVector bytes = make_random_bytes(static_cast<std::size_t>(state.range(0)));
  std::string text(codec::Base64Encoder::max_encoded_size(bytes.size()), '\0');
  for (auto _ : state) {
    codec::Base64Encoder encoder;
    benchmark::DoNotOptimize(encoder.encode(bytes, text));
    benchmark::ClobberMemory();
  }
  count(state, bytes.size());
}

void run_decode(benchmark::State& state, const std::string& text, std::size_t size_bytes) {
  ByteVector out(codec::Base64Decoder::max_decoded_size(text.size()));
  for (auto _ : state) {
    codec::Base64Decoder decoder;
    if (!decoder.decode(text, out) || !decoder.finish()) {
      state.SkipWithError("the text does not decode");
      break;
    }
    benchmark::ClobberMemory();
  }
  count(state, size_bytes);
}

void decode_base64(benchmark::State& state) {
  const ByteVector bytes = make_random_bytes(static_cast<std::size_t>(state.range(0)));
  run_decode(state, encode(bytes), bytes.size());
}

void decode_folded_base64(benchmark::State& state) {
  const ByteVector bytes = make_random_bytes(static_cast<std::size_t>(state.range(0)));
  run_decode(state, fold(encode(bytes)), bytes.size());
}

void copy_memory(benchmark::State& state) {
  const ByteVector bytes = make_random_bytes(static_cast<std::size_t>(state.range(0)));
  ByteVector out(bytes.size());
  for (auto _ : state) {
    std::memcpy(out.data(), bytes.data(), bytes.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count(state, bytes.size());
}

constexpr std::int64_t kInCache = 12 << 10;
constexpr std::int64_t kOutOfCache = 48 << 20;

BENCHMARK(encode_base64)->Arg(kInCache)->Arg(kOutOfCache);
BENCHMARK(decode_base64)->Arg(kInCache)->Arg(kOutOfCache);
BENCHMARK(decode_folded_base64)->Arg(kInCache)->Arg(kOutOfCache);
BENCHMARK(copy_memory)->Arg(kInCache)->Arg(kOutOfCache);

}  // namespace
}  // namespace fhirbin::bench
