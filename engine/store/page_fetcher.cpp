#include "engine/store/page_fetcher.h"

#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// A chunk moves when its volume is compacted. Each look finds its newest place, so more than a few
// misses in a row mean that the books and the files disagree.
constexpr int kMaxLooks = 8;

}  // namespace

Result<void> PageFetcher::fetch(const chunk::ChunkMapEntry& entry, ByteVector& raw) {
  if (entry.length > catalog_->settings().cut_max_bytes) {
    return fail(ErrorCode::kCorrupt, "a chunk is longer than chunks can be");
  }
  raw.resize(entry.length);
  return fetch(entry.chunk_id, entry.hash, raw);
}

Result<void> PageFetcher::fetch(std::uint64_t id, const Hash128& hash, MutableByteSpan raw) {
  for (int look = 0; look < kMaxLooks; ++look) {
    FHIRBIN_TRY_ASSIGN(const auto row, catalog_->read([id](storage::Connection& connection) {
      return storage::ChunkTable(connection).find(id);
    }));
    if (!row) {
      return fail(ErrorCode::kGone, "the content was purged");
    }
    if (row->raw_length != raw.size()) {
      return fail(ErrorCode::kCorrupt,
                  "chunk " + std::to_string(id) + " has another length than its map says");
    }
    auto fetched = fetch_at(*row, hash, raw);
    if (fetched || fetched.error().code != ErrorCode::kGone) {
      return fetched;
    }
  }
  return fail(ErrorCode::kCorrupt, "the volume of chunk " + std::to_string(id) + " is missing");
}

Result<void> PageFetcher::fetch(const storage::ChunkRow& row, MutableByteSpan raw) {
  auto fetched = fetch_at(row, row.hash, raw);
  if (!fetched && fetched.error().code == ErrorCode::kGone) {
    return fetch(row.id, row.hash, raw);
  }
  return fetched;
}

Result<void> PageFetcher::fetch_at(const storage::ChunkRow& row, const Hash128& hash,
                                   MutableByteSpan raw) {
  const auto codec = static_cast<codec::PageCodec>(row.codec);
  if (codec == codec::PageCodec::kRaw && row.stored_length == raw.size()) {
    FHIRBIN_TRY(volumes_->read(row.place, raw));  // with no buffer between
    stored_ = raw;
  } else if (row.stored_length > raw.size()) {
    return fail(ErrorCode::kCorrupt,
                "chunk " + std::to_string(row.id) + " is listed as longer stored than it is");
  } else {
    buffer_.resize(row.stored_length);
    FHIRBIN_TRY(volumes_->read(row.place, buffer_));
    FHIRBIN_TRY(decoder_.decode(codec, buffer_, raw));
    stored_ = buffer_;
  }
  if (compute_hash(catalog_->settings().hash_secret, raw) != hash) {
    return fail(ErrorCode::kCorrupt, "chunk " + std::to_string(row.id) + " fails its hash");
  }
  return {};
}

}  // namespace fhirbin::store
