#include "bench/compare/limits.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <zstd.h>

#include "bench/compare/callers.h"
#include "bench/compare/inputs.h"
#include "bench/compare/process.h"
#include "bench/compare/require.h"
#include "bench/compare/stopwatch.h"
#include "engine/codec/base64_kernel.h"
#include "engine/util/hash.h"

namespace fhirbin::compare {
namespace {

constexpr std::size_t kPageBytes = 256U << 10;  // our average
constexpr std::size_t kCopyBytes = 64U << 20;   // more than a cache holds
constexpr int kLevel = 1;                       // our default

struct Page {
  std::uint64_t offset = 0;
  std::size_t stored_bytes = 0;
  std::size_t raw_bytes = 0;
};

std::size_t check(std::size_t result) {
  require(ZSTD_isError(result) == 0U, "zstd");
  return result;
}

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { (void)ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { (void)ZSTD_freeDCtx(context); }
};

// Compresses the pages of a file on all cores into another; each worker takes the next page.
std::vector<Page> compress_pages(const Path& input, const File& target) {
  const File source = File::open(input);
  std::vector<Page> pages((std::filesystem::file_size(input) + kPageBytes - 1) / kPageBytes);
  std::atomic<std::size_t> next_page = 0;
  std::atomic<std::uint64_t> end = 0;
  run_callers(available_cores(), [&](unsigned) {
    const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
    Bytes raw(kPageBytes);
    Bytes stored(ZSTD_compressBound(kPageBytes));
    for (std::size_t index = 0; (index = next_page++) < pages.size();) {
      Page& page = pages[index];
      page.raw_bytes = source.read_at(index * kPageBytes, raw);
      page.stored_bytes = check(ZSTD_compressCCtx(context.get(), stored.data(), stored.size(),
                                                  raw.data(), page.raw_bytes, kLevel));
      page.offset = end.fetch_add(page.stored_bytes);
      target.write_at(page.offset, std::span(stored).first(page.stored_bytes));
    }
  });
  return pages;
}

void decompress_pages(const File& source, const std::vector<Page>& pages) {
  std::atomic<std::size_t> next_page = 0;
  run_callers(available_cores(), [&](unsigned) {
    const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
    Bytes raw(kPageBytes);
    Bytes stored(ZSTD_compressBound(kPageBytes));
    for (std::size_t index = 0; (index = next_page++) < pages.size();) {
      const Page& page = pages[index];
      (void)source.read_at(page.offset, std::span(stored).first(page.stored_bytes));
      (void)check(ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), stored.data(),
                                      page.stored_bytes));
    }
  });
}

}  // namespace

double compress_at_the_limit(const Path& folder, const Path& input) {
  return megabytes_per_second(std::filesystem::file_size(input), [&] {
    const File target = File::create(folder / "pages");
    (void)compress_pages(input, target);
    target.sync();
    sync_folder(folder);
  });
}

double decompress_at_the_limit(const Path& folder, const Path& input) {
  const File file = File::create(folder / "pages");
  const std::vector<Page> pages = compress_pages(input, file);
  return megabytes_per_second(std::filesystem::file_size(input),
                              [&] { decompress_pages(file, pages); });
}

double read_checked_at_the_limit(const Path& input) {
  constexpr std::size_t kSqlitePageBytes = 16U << 10;
  const File source = File::open(input);
  const std::uint64_t size = std::filesystem::file_size(input);
  return megabytes_per_second(size, [&] {
    std::atomic<std::uint64_t> next = 0;
    run_callers(available_cores(), [&](unsigned) {
      Bytes chunk(kPageBytes);
      Bytes target(kPageBytes);
      Hash128 sums;
      std::uint64_t at = 0;
      while ((at = next.fetch_add(kPageBytes)) < size) {
        std::size_t taken = 0;
        for (; taken < chunk.size() && at + taken < size; taken += kSqlitePageBytes) {
          const auto page = std::span(chunk).subspan(taken, kSqlitePageBytes);
          (void)source.read_at(at + taken, page);
          sums = compute_hash(std::uint64_t{1}, page);
        }
        sums = compute_hash(std::uint64_t{2}, std::span(chunk).first(taken));
        std::memcpy(target.data(), chunk.data(), taken);
        // Neither the hashes nor the copy must be optimised away.
        asm volatile("" : : "r"(target.data()), "r"(&sums) : "memory");
      }
    });
  });
}

double copy_at_the_limit(std::uint64_t size_bytes) {
  const Bytes source = make_block(InputKind::kIncompressible, 1, kCopyBytes);
  Bytes target(kPageBytes);
  const std::uint64_t passes = std::max<std::uint64_t>(1, size_bytes / kCopyBytes);
  return megabytes_per_second(passes * kCopyBytes, [&] {
    for (std::uint64_t pass = 0; pass < passes; ++pass) {
      for (std::size_t at = 0; at < source.size(); at += target.size()) {
        std::memcpy(target.data(), source.data() + at, target.size());
        // The copy must not be optimised away.
        asm volatile("" : : "r"(target.data()) : "memory");
      }
    }
  });
}

double export_at_the_limit(const Path& folder, const Path& input) {
  constexpr std::size_t kPieceBytes = 3 * kPageBytes;
  return megabytes_per_second(std::filesystem::file_size(input), [&] {
    const File source = File::open(input);
    const File target = File::create(folder / "text");
    Bytes piece(kPieceBytes);
    std::string text(kPieceBytes / 3 * 4, '\0');
    std::size_t count = 0;
    while ((count = source.read(piece)) > 0) {
      const std::size_t taken =
          codec::base64_kernel().encode_quanta(ByteSpan(piece).first(count), text.data());
      target.write(std::as_bytes(std::span(text).first(taken / 3 * 4)));
    }
    target.sync();
    sync_folder(folder);
  });
}

}  // namespace fhirbin::compare
