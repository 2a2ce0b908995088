// What does each step cost that only safety asks for? Measured by itself, as seconds for each GB
// put.
#include <cstring>
#include <memory>

#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"
#include "engine/chunk/cutter.h"
#include "engine/codec/page_codec.h"
#include "engine/util/hash.h"

namespace fhirbin::compare {
namespace {

constexpr std::size_t kChunkBytes = 256U << 10;
constexpr std::size_t kSqlitePageBytes = 16U << 10;
constexpr std::uint64_t kTransactionBytes = 4 * kMiB;  // of a volume

template <class Take>
void for_each_piece(ByteSpan bytes, std::size_t piece_bytes, const Take& take) {
  for (; bytes.size() >= piece_bytes; bytes = bytes.subspan(piece_bytes)) {
    take(bytes.first(piece_bytes));
  }
}

// Seconds for each 10^9 bytes.
double cost(ByteSpan bytes, const auto& work) {
  return 1e3 / megabytes_per_second(bytes.size(), work);
}

double hashing(ByteSpan bytes, std::size_t piece_bytes) {
  return cost(bytes, [&] {
    for_each_piece(bytes, piece_bytes, [](ByteSpan piece) {
      const Hash128 hash = compute_hash(1, piece);
      asm volatile("" : : "r"(&hash) : "memory");
    });
  });
}

double comparing(ByteSpan bytes) {
  const ByteVector copy(bytes.begin(), bytes.end());
  return cost(bytes, [&] { require(equal_bytes(bytes, copy), "comparing"); });
}

// Compressed pages of `bytes` decoded and compared, as before each commit.
double decoding(ByteSpan bytes) {
  struct Stored {
    ByteSpan raw;
    codec::PageCodec codec;
    ByteVector bytes;
  };
  codec::PageEncoder encoder(1);
  std::vector<Stored> pages;
  for_each_piece(bytes, kChunkBytes, [&](ByteSpan raw) {
    const auto page = require(encoder.encode(raw));
    pages.push_back({raw, page.codec, {page.stored.begin(), page.stored.end()}});
  });
  codec::PageDecoder decoder;
  ByteVector decoded(kChunkBytes);
  return cost(bytes, [&] {
    for (const Stored& page : pages) {
      require(decoder.decode(page.codec, page.bytes, decoded));
      require(equal_bytes(decoded, page.raw), "decoding");
    }
  });
}

double cutting(ByteSpan bytes) {
  HashSecret secret;
  fill_random(secret.bytes, 1);
  const chunk::Cutter cutter({}, secret);
  return cost(bytes, [&] {
    for (ByteSpan rest = bytes; !rest.empty();) {
      rest = rest.subspan(cutter.find_cut(rest));
    }
  });
}

double writing(const Path& folder, ByteSpan bytes, std::uint64_t sync_every) {
  const File file = File::create(folder / "synced");
  return cost(bytes, [&] {
    std::uint64_t unsynced = 0;
    for_each_piece(bytes, kBlockBytes, [&](ByteSpan piece) {
      file.write(piece);
      unsynced += piece.size();
      if (unsynced >= sync_every) {
        file.sync();
        unsynced = 0;
      }
    });
    file.sync();
  });
}

std::vector<Contestant> make_steps(const Path& json, const Path& random) {
  const auto over = [](const char* name, const Path& path, auto work) {
    return Contestant{.name = name,
                      .work = [=](const Path&) { return std::vector{work(read_file(path))}; }};
  };
  const auto synced = [=](const char* name, std::uint64_t every) {
    return Contestant{.name = name, .work = [=](const Path& folder) {
                        return std::vector{writing(folder, read_file(random), every)};
                      }};
  };
  return {over("hash of each chunk (XXH3-128)", random,
               [](ByteSpan bytes) { return hashing(bytes, kChunkBytes); }),
          over("seal of each SQLite page (XXH3-128)", random,
               [](ByteSpan bytes) { return hashing(bytes, kSqlitePageBytes); }),
          over("comparing bytes before sharing a chunk", random, comparing),
          over("decoding compressed pages and comparing them before the commit", json, decoding),
          over("cutting by content (for sharing, not safety)", random, cutting),
          synced("writing, one sync at the end", UINT64_MAX),
          synced("writing, a sync every 4 MiB as volumes have", kTransactionBytes)};
}

void run(Suite& suite) {
  const std::uint64_t size = suite.plan().large_bytes / 4;
  const Path json = suite.input(InputKind::kJson, size);
  const Path random = suite.input(InputKind::kIncompressible, size);
  Table table{.name = "safety",
              .title = "What safety costs",
              .note =
                  "Each step by itself on one core, in seconds for 10^9 bytes of content. The "
                  "store has no option to leave one out.",
              .columns = {"step", "s/GB"},
              .lines = {}};
  const std::vector<Contestant> steps = make_steps(json, random);
  const std::vector<Standing> standings = suite.compete(suite.plan().rounds, steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    table.failure += standings[i].failure;
    table.lines.push_back({steps[i].name, standings[i].figure().median()});
  }
  suite.add(std::move(table));
}

}  // namespace

RowGroup safety_costs() { return {.names = {"safety"}, .run = run}; }

}  // namespace fhirbin::compare
