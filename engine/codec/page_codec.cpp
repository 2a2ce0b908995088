#include "engine/codec/page_codec.h"

#include <cassert>
#include <new>

// The one door to zstd. ZSTD_c_literalCompressionMode lies outside of its stable API: tune_for()
// does without where a library refuses it.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include "engine/util/try.h"

namespace fhirbin::codec {
namespace {

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const noexcept { (void)ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const noexcept { (void)ZSTD_freeDCtx(context); }
};
using Compressor = std::unique_ptr<ZSTD_CCtx, FreeCompressor>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, FreeDecompressor>;

// Bytes to write into. Keeps the largest size asked for, and does not fill it first as a vector
// would.
class Scratch {
 public:
  // nullptr when there is no memory.
  std::byte* reserve(std::size_t size_bytes) noexcept {
    if (size_bytes > capacity_) {
      bytes_.reset(new (std::nothrow) std::byte[size_bytes]);
      capacity_ = bytes_ ? size_bytes : 0;
    }
    return bytes_.get();
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;  // NOLINT(modernize-avoid-c-arrays): sized at run time
  std::size_t capacity_ = 0;
};

// Level 1 looks for matches by a table that is twice to four times as large for content of this
// size. One that fits in a first-level cache is a tenth to a quarter faster and finds matches
// nearly as good (ARCHITECTURE.md has the figures). Smaller content loses more by it, and by the
// wider step.
constexpr std::size_t kMinLargeBytes = 64U << 10;
constexpr int kLargeHashLog = 12;
constexpr int kLargeMinMatch = 6;
// Where nothing matches, two of every three positions are looked at, instead of each at 0.
constexpr int kLargeTargetLength = 2;
// Values of ZSTD_c_literalCompressionMode, whose names differ between versions of zstd.
constexpr int kLiteralsByLevel = 0;
constexpr int kLiteralsCoded = 1;

std::unexpected<Error> no_memory() {
  return fail(ErrorCode::kOutOfMemory, "no memory for the page codec");
}

std::unexpected<Error> zstd_failure(std::size_t result) {
  if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) {
    return no_memory();
  }
  return fail(ErrorCode::kCorrupt, std::string("zstd: ") + ZSTD_getErrorName(result));
}

// The window that a frame which is no single segment asks for (RFC 8878 section 3.1.1.1.2).
std::uint64_t window_bytes(std::byte descriptor) noexcept {
  const auto bits = std::to_integer<std::uint64_t>(descriptor);
  const std::uint64_t base = std::uint64_t{1} << (10 + (bits >> 3));
  return base + (base / 8 * (bits & 7));
}

// Whether `stored` opens with the frame header that PageEncoder writes for `raw_size_bytes` bytes:
// an ordinary frame of that content size, without checksum and dictionary, and no window beyond the
// content. Everything else that zstd would accept (skippable and legacy frames, sizes left out) is
// damage or an attack. RFC 8878 section 3.1.1.
bool has_our_header(ByteSpan stored, std::size_t raw_size_bytes) noexcept {
  constexpr std::size_t kSmallestFrame =
      4 + 1 + 1 + 3;  // magic, descriptor, size, one block header
  constexpr std::uint32_t kMagic = 0xFD2FB528;
  constexpr std::byte kSingleSegment{0x20};
  constexpr std::byte kUnwanted{0x1F};  // unused and reserved bits, checksum, dictionary id
  if (stored.size() < kSmallestFrame || load_le<std::uint32_t>(stored.data()) != kMagic) {
    return false;
  }
  const std::byte descriptor = stored[4];
  if ((descriptor & kUnwanted) != std::byte{0}) {
    return false;
  }
  if ((descriptor & kSingleSegment) == std::byte{0} && window_bytes(stored[5]) > raw_size_bytes) {
    return false;
  }
  // An unknown size and an error are values that no span can have.
  return ZSTD_getFrameContentSize(stored.data(), stored.size()) == raw_size_bytes;
}

}  // namespace

std::string_view page_codec_name(PageCodec codec) noexcept {
  switch (codec) {
    case PageCodec::kRaw:
      return "raw";
    case PageCodec::kZstd:
      return "zstd";
  }
  return "unknown";
}

struct PageDecoder::Impl {
  Decompressor context;

  Result<void> decode_zstd(ByteSpan stored, MutableByteSpan raw) {
    if (!has_our_header(stored, raw.size())) {
      return fail(ErrorCode::kCorrupt, "a page's frame header is not one that was written");
    }
    // One frame and nothing behind it: ZSTD_decompressDCtx would decode several as one content.
    const std::size_t frame_bytes = ZSTD_findFrameCompressedSize(stored.data(), stored.size());
    if (frame_bytes != stored.size()) {
      return fail(ErrorCode::kCorrupt, "a page is not exactly one frame");
    }
    if (!context) {
      context.reset(ZSTD_createDCtx());
    }
    if (!context) {
      return no_memory();
    }
    const std::size_t result =
        ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), stored.data(), stored.size());
    if (ZSTD_isError(result) != 0) {
      return zstd_failure(result);
    }
    if (result != raw.size()) {
      return fail(ErrorCode::kCorrupt, "a page decodes to another length than was written");
    }
    return {};
  }
};

PageDecoder::PageDecoder() : impl_(std::make_unique<Impl>()) {}
PageDecoder::PageDecoder(PageDecoder&&) noexcept = default;
PageDecoder& PageDecoder::operator=(PageDecoder&&) noexcept = default;
PageDecoder::~PageDecoder() = default;

Result<void> PageDecoder::decode(PageCodec codec, ByteSpan stored, MutableByteSpan raw) {
  switch (codec) {
    case PageCodec::kRaw:
      if (stored.size() != raw.size()) {
        return fail(ErrorCode::kCorrupt, "a raw page has another length than was written");
      }
      if (!raw.empty()) {
        std::memcpy(raw.data(), stored.data(), raw.size());
      }
      return {};
    case PageCodec::kZstd:
      return impl_->decode_zstd(stored, raw);
  }
  return fail(ErrorCode::kCorrupt, "a page has an unknown codec");
}

struct PageEncoder::Impl {
  int level = 1;
  Compressor context;
  PageDecoder decoder;
  Scratch compressed;
  Scratch decoded;

  // The context, made at the first call and kept; null when there is no memory.
  ZSTD_CCtx* prepare() noexcept {
    if (!context) {
      context.reset(ZSTD_createCCtx());
      if (context) {
        // The other parameters of a page's frame are zstd's defaults: content size, no checksum.
        set(ZSTD_c_compressionLevel, level);
      }
    }
    return context.get();
  }

  // Only level 1 was measured. 0 leaves a parameter to the level, so that no former page shows.
  void tune_for(std::size_t size_bytes) const noexcept {
    if (level == 1) {
      const bool is_large = size_bytes >= kMinLargeBytes;
      set(ZSTD_c_hashLog, is_large ? kLargeHashLog : 0);
      set(ZSTD_c_minMatch, is_large ? kLargeMinMatch : 0);
      // With a target length zstd leaves literals uncoded unless told otherwise.
      const bool are_coded =
          try_set(ZSTD_c_literalCompressionMode, is_large ? kLiteralsCoded : kLiteralsByLevel);
      set(ZSTD_c_targetLength, is_large && are_coded ? kLargeTargetLength : 0);
    }
  }

  void set(ZSTD_cParameter parameter, int value) const noexcept {
    [[maybe_unused]] const bool known = try_set(parameter, value);
    assert(known);
  }

  // False when this zstd does not know the parameter or the value.
  bool try_set(ZSTD_cParameter parameter, int value) const noexcept {
    return ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), parameter, value)) == 0;
  }

  // A page that does not come back as it went in must never reach the disk, whoever is at fault:
  // zstd, the memory, or a caller that changes `raw` meanwhile.
  Result<void> verify(ByteSpan stored, ByteSpan raw) {
    std::byte* const target = decoded.reserve(raw.size());
    if (target == nullptr) {
      return no_memory();
    }
    FHIRBIN_TRY(decoder.decode(PageCodec::kZstd, stored, {target, raw.size()}));
    if (!equal_bytes({target, raw.size()}, raw)) {
      return fail(ErrorCode::kCorrupt, "a compressed page does not decode to what went in");
    }
    return {};
  }
};

PageEncoder::PageEncoder(int level) : impl_(std::make_unique<Impl>()) {
  assert(level >= 1 && level <= 19);
  impl_->level = level;
}
PageEncoder::PageEncoder(PageEncoder&&) noexcept = default;
PageEncoder& PageEncoder::operator=(PageEncoder&&) noexcept = default;
PageEncoder::~PageEncoder() = default;

Result<PageEncoder::Page> PageEncoder::encode(ByteSpan raw) {
  ZSTD_CCtx* const context = impl_->prepare();
  const std::size_t capacity = ZSTD_compressBound(raw.size());
  std::byte* const target = impl_->compressed.reserve(capacity);
  if (context == nullptr || target == nullptr) {
    return no_memory();
  }
  impl_->tune_for(raw.size());
  const std::size_t stored_bytes =
      ZSTD_compress2(context, target, capacity, raw.data(), raw.size());
  if (ZSTD_isError(stored_bytes) != 0) {
    return zstd_failure(stored_bytes);
  }
  // Saving less than 1/8 is not worth decoding at every read.
  if (stored_bytes > raw.size() - (raw.size() + 7) / 8) {
    return Page{.codec = PageCodec::kRaw, .stored = raw};
  }
  const ByteSpan stored(target, stored_bytes);
  FHIRBIN_TRY(impl_->verify(stored, raw));
  return Page{.codec = PageCodec::kZstd, .stored = stored};
}

}  // namespace fhirbin::codec
