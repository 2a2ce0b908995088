#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/codec/base64.h"
#include "engine/store/content_reader.h"
#include "engine/store/json_view.h"
#include "engine/util/bytes.h"
#include "fhirbin/sink.h"

namespace fhirbin::store {

// A JsonView as bytes to be pulled: its head, the content as base64, its tail. Holds one decoded
// chunk at a time, and no lock between calls. Thread-compatible; the StoreContext must outlive it.
class JsonStream {
 public:
  static Result<JsonStream> open(StoreContext& store, const storage::VersionRecord& record,
                                 JsonView view);

  // Of the whole text.
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  // Fills the front of `out` and returns how many bytes it holds; 0 means the end, or no room.
  Result<std::size_t> read(MutableByteSpan out);

 private:
  explicit JsonStream(JsonView view);

  Result<std::size_t> read_base64(MutableByteSpan out);
  std::size_t take_pending(MutableByteSpan out);

  JsonView view_;
  std::unique_ptr<ContentReader> content_;  // nullptr: no payload member
  std::uint64_t size_bytes_ = 0;
  std::uint64_t offset_ = 0;  // of the content that was encoded
  codec::Base64Encoder encoder_;
  std::string pending_;  // text that is ready, from pending_start_ on
  std::size_t pending_start_ = 0;
  bool ended_ = false;  // nothing comes after what is pending
};

// Writes all of `stream` to `sink`, in pieces.
Result<void> write_json_stream(JsonStream& stream, Sink& sink);

}  // namespace fhirbin::store
