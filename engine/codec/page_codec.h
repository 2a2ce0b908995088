#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/util/bytes.h"
#include "fhirbin/error.h"

namespace fhirbin::codec {

// How a page's bytes are stored. Values are written to disk. Later codecs (encryption,
// dictionaries) take later numbers.
enum class PageCodec : std::uint8_t {
  kRaw = 0,
  kZstd = 1,  // one zstd frame with content size, without checksum or dictionary
};

// "raw" or "zstd".
std::string_view page_codec_name(PageCodec codec) noexcept;

// Turns chunks into pages. Keeps its working memory between calls. Thread-compatible.
class PageEncoder {
 public:
  // `level` is zstd's, 1 to 19.
  explicit PageEncoder(int level);
  PageEncoder(PageEncoder&&) noexcept;
  PageEncoder& operator=(PageEncoder&&) noexcept;
  ~PageEncoder();

  struct Page {
    PageCodec codec = PageCodec::kRaw;
    // `raw` itself when kRaw, else memory of the encoder, valid until its next call.
    ByteSpan stored;
  };

  // Compresses `raw` and keeps the result only if it saves at least 1/8. A compressed page is
  // decoded and compared before it is returned. Errors: kOutOfMemory, kCorrupt when it does not
  // decode to `raw`.
  Result<Page> encode(ByteSpan raw);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Turns pages back into chunks. Thread-compatible.
class PageDecoder {
 public:
  PageDecoder();
  PageDecoder(PageDecoder&&) noexcept;
  PageDecoder& operator=(PageDecoder&&) noexcept;
  ~PageDecoder();

  // Fills all of `raw` from `stored`. Never allocates by what a frame declares. Errors: kCorrupt
  // when the codec is unknown or the page does not decode to exactly raw.size() bytes,
  // kOutOfMemory.
  Result<void> decode(PageCodec codec, ByteSpan stored, MutableByteSpan raw);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fhirbin::codec
