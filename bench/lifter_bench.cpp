// How many bytes of FHIR JSON a second go through the lifter?

#include <string>

#include <benchmark/benchmark.h>

#include "engine/fhir/lifter.h"

namespace {

using fhirbin::fhir::Lifter;

class CountingSink final : public fhirbin::fhir::ContentSink {
 public:
  fhirbin::Result<void> write(fhirbin::ByteSpan content) override {
    bytes += content.size();
    return {};
  }

  std::size_t bytes = 0;
};

constexpr std::size_t kContentBytes = std::size_t{16} << 20;
constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

// The base64 of 16 MiB, with `separator` behind every 76 characters.
std::string make_body(std::string_view separator) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string body = R"({"resourceType":"Binary","contentType":"a/b","data":")";
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < (kContentBytes + 2) / 3 * 4; ++i) {
    if (i > 0 && i % 76 == 0) {
      body += separator;
    }
    state = state * 1'664'525 + 1'013'904'223;
    body.push_back(kAlphabet[(state >> 16) % 64]);
  }
  return body + "\"}";
}

void lift(benchmark::State& state, std::string_view separator) {
  const std::string body = make_body(separator);
  for (auto _ : state) {
    Lifter lifter(fhirbin::FhirVersion::kR4);
    CountingSink sink;
    bool is_sound = true;
    for (std::size_t i = 0; i < body.size() && is_sound; i += kPieceBytes) {
      const std::string_view piece = std::string_view(body).substr(i, kPieceBytes);
      is_sound = lifter.feed(fhirbin::as_bytes(piece), sink).has_value();
    }
    if (!is_sound || !lifter.finish(sink) || sink.bytes < kContentBytes) {
      state.SkipWithError("the lifter refused its input");
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

BENCHMARK_CAPTURE(lift, unspaced, "")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(lift, spaced, " ")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(lift, escaped_line_breaks, "\\r\\n")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(lift, raw_line_breaks, "\r\n")->Unit(benchmark::kMillisecond);

}  // namespace
