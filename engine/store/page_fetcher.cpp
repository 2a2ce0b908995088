#include "engine/store/page_fetcher.h"

#include <algorithm>
#include <string>

#include "engine/chunk/chunk_hash.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// A chunk moves when its volume is compacted. Each look finds its newest place, so more than a few
// misses in a row mean that the books and the files disagree.
constexpr int kMaxLooks = 8;

// How many chunks of a map are looked up at once.
constexpr std::size_t kRowsAlong = 16;

// Makes room for a chunk of a map.
Result<void> resize_for(const chunk::ChunkMapEntry& entry, const storage::Settings& settings,
                        ByteBuffer& raw) {
  if (entry.length > settings.cut_max_bytes) {
    return fail(ErrorCode::kCorrupt, "a chunk is longer than chunks can be");
  }
  raw.resize(entry.length);
  return {};
}

// Whether the chunk that a map names is stored raw, and its row has the hashes of its blocks.
bool has_parts(const HashSecret& secret, const storage::ChunkRow& row,
               const chunk::ChunkMapEntry& entry) {
  return static_cast<codec::PageCodec>(row.codec) == codec::PageCodec::kRaw &&
         row.stored_length == entry.length &&
         row.block_hashes.size() == chunk::count_hash_blocks(entry.length) &&
         chunk::combine_block_hashes(secret, row.block_hashes) == entry.hash;
}

}  // namespace

Result<void> PageFetcher::fetch(const chunk::ChunkMapEntry& entry, ByteBuffer& raw) {
  FHIRBIN_TRY(resize_for(entry, catalog_->settings(), raw));
  return fetch(entry.chunk_id, entry.hash, raw);
}

Result<void> PageFetcher::fetch_along(const chunk::ChunkMap& map, std::size_t index,
                                      ByteBuffer& raw) {
  if (index < rows_begin_ || index >= rows_begin_ + rows_.size()) {
    FHIRBIN_TRY(look_up_along(map, index));
  }
  const chunk::ChunkMapEntry entry = map.entry(index);
  FHIRBIN_TRY(resize_for(entry, catalog_->settings(), raw));
  if (!rows_.empty() && rows_[index - rows_begin_].raw_length == entry.length) {
    auto fetched = fetch_at(rows_[index - rows_begin_], entry.hash, raw);
    if (fetched ||
        (fetched.error().code != ErrorCode::kGone && fetched.error().code != ErrorCode::kCorrupt)) {
      return fetched;
    }
  }
  // Collected, moved since, or damaged: a look at its row of now tells.
  return fetch(entry.chunk_id, entry.hash, raw);
}

Result<bool> PageFetcher::fetch_part(const chunk::ChunkMapEntry& entry, std::size_t offset,
                                     MutableByteSpan out) {
  if (entry.length <= chunk::kHashBlockBytes || entry.length > catalog_->settings().cut_max_bytes) {
    return false;
  }
  FHIRBIN_TRY_ASSIGN(const auto row, catalog_->read([&](storage::Connection& connection) {
    return storage::ChunkTable(connection).find_with_blocks(entry.chunk_id);
  }));
  const HashSecret& secret = catalog_->settings().hash_secret;
  if (!row || !has_parts(secret, *row, entry)) {
    return false;
  }
  const chunk::BlockRange blocks = chunk::blocks_around(offset, out.size(), entry.length);
  buffer_.resize(blocks.length);
  const storage::StoredPage page{.place = row->place, .length = row->stored_length};
  auto read = volumes_->read_part(page, blocks.offset, buffer_);
  if (!read && read.error().code != ErrorCode::kGone && read.error().code != ErrorCode::kCorrupt) {
    return std::unexpected<Error>(std::move(read.error()));
  }
  if (!read) {
    return false;
  }
  chunk::compute_block_hashes(secret, buffer_, block_hashes_);
  if (!std::ranges::equal(
          block_hashes_,
          std::span(row->block_hashes).subspan(blocks.first, block_hashes_.size()))) {
    return false;
  }
  std::memcpy(out.data(), buffer_.data() + (offset - blocks.offset), out.size());
  return true;
}

// Leaves the rows of chunk `index` and of those after it, up to one that is no longer there.
Result<void> PageFetcher::look_up_along(const chunk::ChunkMap& map, std::size_t index) {
  rows_.clear();
  rows_begin_ = index;
  const std::size_t end = std::min(map.count(), index + kRowsAlong);
  return catalog_->read([&](storage::Connection& connection) -> Result<void> {
    storage::ChunkTable chunks(connection);
    for (std::size_t i = index; i < end; ++i) {
      FHIRBIN_TRY_ASSIGN(auto row, chunks.find(map.entry(i).chunk_id));
      if (!row) {
        break;
      }
      rows_.push_back(*row);
    }
    return {};
  });
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
  const HashSecret& secret = catalog_->settings().hash_secret;
  chunk::compute_block_hashes(secret, raw, block_hashes_);
  if (chunk::combine_block_hashes(secret, block_hashes_) != hash) {
    return fail(ErrorCode::kCorrupt, "chunk " + std::to_string(row.id) + " fails its hash");
  }
  return {};
}

}  // namespace fhirbin::store
