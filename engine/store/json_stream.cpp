#include "engine/store/json_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// Where a caller's buffer has no room for this much text, a little is encoded aside and handed out
// in pieces.
constexpr std::size_t kSmallContent = 48;
constexpr std::size_t kSmallText = codec::Base64Encoder::max_encoded_size(kSmallContent);

}  // namespace

JsonStream::JsonStream(JsonView view) : view_(std::move(view)), pending_(view_.frame.head) {}

Result<JsonStream> JsonStream::open(StoreContext& store, const storage::VersionRecord& record,
                                    JsonView view) {
  JsonStream stream(std::move(view));
  stream.size_bytes_ = stream.view_.frame.head.size() + stream.view_.frame.tail.size();
  if (stream.view_.form == fhir::PayloadForm::kInline) {
    FHIRBIN_TRY_ASSIGN(stream.content_, ContentReader::open(store, record));
    stream.size_bytes_ += codec::base64_length(record.size_bytes);
  }
  return stream;
}

Result<std::size_t> JsonStream::read(MutableByteSpan out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const MutableByteSpan room = out.subspan(filled);
    if (const std::size_t taken = take_pending(room); taken != 0) {
      filled += taken;
    } else if (ended_) {
      break;
    } else if (content_ != nullptr && offset_ < content_->size_bytes()) {
      const auto encoded = read_base64(room);
      if (!encoded) {
        // What was filled before the failure must not get lost with it: the next read fails again.
        return filled != 0 ? Result<std::size_t>(filled) : encoded;
      }
      filled += *encoded;
    } else {
      // The last quantum with its padding, and the tail.
      pending_.resize(codec::Base64Encoder::max_encoded_size(0));
      pending_.resize(encoder_.finish(pending_));
      pending_ += view_.frame.tail;
      pending_start_ = 0;
      ended_ = true;
    }
  }
  return filled;
}

std::size_t JsonStream::take_pending(MutableByteSpan out) {
  const std::size_t length = std::min(out.size(), pending_.size() - pending_start_);
  std::memcpy(out.data(), pending_.data() + pending_start_, length);
  pending_start_ += length;
  return length;
}

// Encodes the next piece of content into `out`, or, where that is too small, into pending_.
Result<std::size_t> JsonStream::read_base64(MutableByteSpan out) {
  FHIRBIN_TRY_ASSIGN(const ByteSpan piece, content_->piece_at(offset_));
  const bool direct = out.size() >= kSmallText;
  const std::size_t most = direct ? (out.size() - 4) / 4 * 3 - 2 : kSmallContent;
  const ByteSpan slice = piece.first(std::min(piece.size(), most));
  offset_ += slice.size();
  if (direct) {
    return encoder_.encode(slice, {reinterpret_cast<char*>(out.data()), out.size()});
  }
  pending_.resize(kSmallText);
  pending_.resize(encoder_.encode(slice, pending_));
  pending_start_ = 0;
  return std::size_t{0};
}

Result<void> write_json_stream(JsonStream& stream, Sink& sink) {
  constexpr std::uint64_t kBufferBytes = 64U << 10;
  ByteVector buffer(std::min(kBufferBytes, stream.size_bytes()));
  while (true) {
    FHIRBIN_TRY_ASSIGN(const std::size_t filled, stream.read(buffer));
    if (filled == 0) {
      return {};
    }
    FHIRBIN_TRY(sink.write(ByteSpan(buffer).first(filled)));
  }
}

}  // namespace fhirbin::store
