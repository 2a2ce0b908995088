// How fast are the inner loops of base64 while everything lies in the cache? MB/s of bytes, not of
// characters.
#include <cstring>
#include <string>

#include "bench/compare/peers/scalar_base64.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"
#include "engine/codec/base64_kernel.h"

namespace fhirbin::compare {
namespace {

constexpr std::size_t kInCacheBytes = 12U << 10;
constexpr std::size_t kTextBytes = kInCacheBytes / 3 * 4;

// 0.8 of the best public kernels, which reach 25 and 31 GB/s with AVX-512 on such a machine.
constexpr double kBestEncoding = 25'000;
constexpr double kBestDecoding = 31'000;

// Bytes and their text, both in cache.
struct Buffers {
  Bytes bytes = make_block(InputKind::kIncompressible, 1, kInCacheBytes);
  std::string text = std::string(kTextBytes + 1, '\0');
  Bytes target = Bytes(kInCacheBytes + codec::kDecodeSlackBytes + 3);

  Buffers() {
    require(codec::base64_kernel().encode_quanta(bytes, text.data()) == bytes.size(),
            "encode_quanta");
  }
  std::string_view plain_text() const { return std::string_view(text).substr(0, kTextBytes); }
};

template <class Loop>
Contestant contestant(const char* name, bool smoke, Loop loop) {
  const std::uint64_t repetitions = smoke ? 2'000 : 50'000;
  return {
      .name = name, .work = [=](const Path&) -> std::vector<double> {
        Buffers buffers;
        return {megabytes_per_second(repetitions * kInCacheBytes, [&] {
          for (std::uint64_t i = 0; i < repetitions; ++i) {
            loop(buffers);
            // The work must not be optimised away.
            asm volatile("" : : "r"(buffers.text.data()), "r"(buffers.target.data()) : "memory");
          }
        })};
      }};
}

struct Direction {
  std::string name;
  std::string work;
  Standing ours;
  Standing scalar;
  double best;
};

void add(Suite& suite, const Direction& direction, const Standing& copy) {
  Row row{.name = direction.name + "-scalar",
          .work = direction.work,
          .against = "packaged scalar codec (libmodpbase64)",
          .unit = "MB/s",
          .goal = {.floor = 5}};
  if (suite.wants(row.name)) {
    if (has_scalar_base64()) {
      suite.add(row, direction.ours, direction.scalar);
    } else {
      row.skipped = "libmodpbase64 was not found when this was built";
      suite.add(row);
    }
  }
  row = {.name = direction.name + "-best",
         .work = direction.work,
         .against = "best public kernels (constant, AVX-512)",
         .unit = "MB/s",
         .goal = {.aim = 0.8}};
  if (suite.wants(row.name)) {
    Standing best;
    best.figures.push_back({.samples = {direction.best}});
    suite.add(row, direction.ours, best);
  }
  row = {.name = direction.name + "-memcpy",
         .work = direction.work,
         .against = "memcpy",
         .unit = "MB/s"};
  if (suite.wants(row.name)) {
    suite.add(row, direction.ours, copy);
  }
}

void run(Suite& suite) {
  const bool smoke = suite.plan().smoke;
  std::vector<Contestant> contestants = {
      contestant(
          "encode", smoke,
          [](Buffers& b) { (void)codec::base64_kernel().encode_quanta(b.bytes, b.text.data()); }),
      contestant("decode", smoke,
                 [](Buffers& b) {
                   (void)codec::base64_kernel().decode_quanta(b.plain_text(), b.target.data());
                 }),
      contestant("memcpy", smoke,
                 [](Buffers& b) { std::memcpy(b.target.data(), b.bytes.data(), b.bytes.size()); })};
  if (has_scalar_base64()) {
    contestants.push_back(contestant("scalar encode", smoke, [](Buffers& b) {
      (void)encode_scalar_base64(b.bytes, b.text.data());
    }));
    contestants.push_back(contestant("scalar decode", smoke, [](Buffers& b) {
      (void)decode_scalar_base64(b.plain_text(), b.target.data());
    }));
  }
  auto standings = suite.compete(suite.plan().rounds, contestants);
  standings.resize(5);
  add(suite,
      {.name = "base64-encode",
       .work = "base64 encode in cache",
       .ours = standings[0],
       .scalar = standings[3],
       .best = kBestEncoding},
      standings[2]);
  add(suite,
      {.name = "base64-decode",
       .work = "base64 decode in cache",
       .ours = standings[1],
       .scalar = standings[4],
       .best = kBestDecoding},
      standings[2]);
}

}  // namespace

RowGroup base64_rows() {
  return {.names = {"base64-encode-scalar", "base64-encode-best", "base64-encode-memcpy",
                    "base64-decode-scalar", "base64-decode-best", "base64-decode-memcpy"},
          .run = run};
}

}  // namespace fhirbin::compare
