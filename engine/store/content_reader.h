#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/chunk/chunk_map.h"
#include "engine/storage/version_record.h"
#include "engine/store/chunk_cache.h"
#include "engine/store/map_cache.h"
#include "engine/store/page_fetcher.h"
#include "engine/store/read_ahead.h"
#include "engine/store/store_context.h"
#include "engine/util/byte_buffer.h"
#include "fhirbin/error.h"

namespace fhirbin::store {

struct OpenedContent;

// The content of one version at any offset. Holds the version's chunk map, up to two chunks and the
// next ones while they are taken in order, and no lock or transaction between calls.
// Thread-compatible; the StoreContext must outlive it.
class ContentReader {
 public:
  // Loads the chunk map, or the inline content whole. Every chunk is fetched from its volume.
  // Errors: kGone when it was purged, kCorrupt.
  static Result<std::unique_ptr<ContentReader>> open(StoreContext& store,
                                                     const storage::VersionRecord& record);

  // The same for version `version` of `id`, or its head, found in the same look; for readers who
  // may come back: the map and chunks that are not taken in order go through the store's MapCache
  // and ChunkCache, and of a chunk that is stored raw the first short range is read without the
  // rest. Errors: also those of find_content_record().
  static Result<OpenedContent> open_version(StoreContext& store, std::string_view id,
                                            std::optional<std::uint64_t> version);

  std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  // See Reader::read_at().
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out);

  // The decoded bytes of the piece of content that starts at `offset`: a chunk, or all inline
  // content. Valid until the next call; empty at the end.
  Result<ByteSpan> piece_at(std::uint64_t offset);

 private:
  explicit ContentReader(StoreContext& store)
      : store_(&store), fetcher_(store.catalog(), store.volumes()) {}
  Result<void> load(storage::Connection& connection, const storage::VersionRecord& record);
  Result<void> load_inline(storage::Connection& connection, const storage::VersionRecord& record);
  Result<void> load_map(storage::Connection& connection, const storage::VersionRecord& record);
  bool wants_whole(std::size_t index, std::size_t begin, std::size_t length);
  Result<std::size_t> read_part(std::uint64_t offset, MutableByteSpan out);
  Result<void> fetch_chunk(std::size_t index);
  Result<void> take_ahead();
  Result<void> fetch_alone(std::size_t index);
  Result<void> fetch_to_keep(const chunk::ChunkMapEntry& entry);
  void follow(std::size_t index);
  Result<void> explain_missing_chunk();

  static constexpr std::size_t kNone = SIZE_MAX;
  static constexpr std::size_t kMinInOrder = 2;
  static constexpr std::size_t kMinChunksAhead = 4;

  StoreContext* store_;
  ChunkCache* cache_ = nullptr;  // null where the map and every chunk are to be fetched
  PageFetcher fetcher_;
  std::uint64_t sequence_ = 0;
  std::uint64_t size_bytes_ = 0;
  MapCache::Map map_;                 // of chunked content; else null
  std::size_t current_ = kNone;       // index of the chunk that current_bytes_ shows
  std::size_t last_part_ = kNone;     // index of the chunk that a part was read of last
  std::size_t in_order_ = 0;          // how many chunks were taken, each after the one before it
  ByteSpan current_bytes_;            // all of own_ or *shared_
  ByteBuffer own_;                    // inline content, or a chunk
  ChunkCache::Chunk shared_;          // a chunk that the cache may hold, too
  std::unique_ptr<ReadAhead> ahead_;  // while chunks are taken in order; dies before the map
};

struct OpenedContent {
  storage::VersionRecord record;
  std::unique_ptr<ContentReader> reader;
};

}  // namespace fhirbin::store
