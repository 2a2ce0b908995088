#include "engine/fhir/payload_decoder.h"

#include <algorithm>

#include "engine/util/try.h"

namespace fhirbin::fhir {
namespace {

constexpr std::size_t kMaxSlice = 16U << 10;  // characters decoded at once

}  // namespace

Result<void> PayloadDecoder::write(std::string_view text, ContentSink& content) {
  if (buffer_.empty()) {
    buffer_.resize(kMaxWriteBytes);
  }
  while (!text.empty() && !fault_) {
    const std::string_view slice = text.substr(0, kMaxSlice);
    text.remove_prefix(slice.size());
    if (codec::Base64Decoder::max_decoded_size(slice.size()) > buffer_.size() - used_bytes_) {
      FHIRBIN_TRY(flush(content));
    }
    Result<std::size_t> written =
        base64_.decode(slice, MutableByteSpan(buffer_).subspan(used_bytes_));
    if (written) {
      used_bytes_ += *written;
    } else {
      fault_ = std::move(written.error());
    }
  }
  return {};
}

Result<void> PayloadDecoder::finish(ContentSink& content) {
  if (!fault_) {
    if (Result<void> ended = base64_.finish(); !ended) {
      fault_ = std::move(ended.error());
    }
  }
  const Result<void> flushed = fault_ ? Result<void>() : flush(content);
  buffer_ = {};
  return flushed;
}

Result<void> PayloadDecoder::flush(ContentSink& content) {
  const std::size_t size_bytes = std::exchange(used_bytes_, 0);
  return size_bytes == 0 ? Result<void>() : content.write(ByteSpan(buffer_).first(size_bytes));
}

}  // namespace fhirbin::fhir
