#include "engine/store/content_reader.h"

#include <algorithm>

#include "engine/fhir/resource_id.h"
#include "engine/storage/content_table.h"
#include "engine/storage/version_table.h"
#include "engine/store/version_view.h"
#include "engine/util/try.h"

namespace fhirbin::store {

Result<std::unique_ptr<ContentReader>> ContentReader::open(StoreContext& store,
                                                           const storage::VersionRecord& record) {
  std::unique_ptr<ContentReader> reader(new ContentReader(store));
  FHIRBIN_TRY(store.catalog().read(
      [&](storage::Connection& connection) { return reader->load(connection, record); }));
  return reader;
}

Result<OpenedContent> ContentReader::open_version(StoreContext& store, std::string_view id,
                                                  std::optional<std::uint64_t> version) {
  FHIRBIN_TRY(fhir::check_resource_id(id));
  OpenedContent opened;
  opened.reader.reset(new ContentReader(store));
  opened.reader->cache_ = &store.chunk_cache();
  FHIRBIN_TRY(store.catalog().read([&](storage::Connection& connection) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(opened.record,
                       find_content_record_within(connection, store.settings(), id, version));
    return opened.reader->load(connection, opened.record);
  }));
  return opened;
}

Result<void> ContentReader::load(storage::Connection& connection,
                                 const storage::VersionRecord& record) {
  sequence_ = record.sequence;
  size_bytes_ = record.size_bytes;
  switch (record.placement) {
    case storage::Placement::kNone:
      return {};
    case storage::Placement::kInline:
      return load_inline(connection, record);
    case storage::Placement::kChunks:
      return load_map(connection, record);
    case storage::Placement::kErased:
      break;
  }
  return fail(ErrorCode::kCorrupt, "a version record names no known placement");
}

Result<void> ContentReader::load_inline(storage::Connection& connection,
                                        const storage::VersionRecord& record) {
  if (record.size_bytes > storage::kMaxInlineBytes) {
    return fail(ErrorCode::kCorrupt, "inline content is larger than inline content can be");
  }
  FHIRBIN_TRY_ASSIGN(const auto content,
                     storage::ContentTable(connection, store_->settings()).load_inline(record));
  own_.resize(record.size_bytes);
  codec::PageDecoder decoder;
  FHIRBIN_TRY(decoder.decode(static_cast<codec::PageCodec>(content.codec), content.stored, own_));
  if (compute_hash(0, own_) != record.digest) {
    return fail(ErrorCode::kCorrupt, "inline content fails its digest");
  }
  current_bytes_ = own_;
  return {};
}

Result<void> ContentReader::load_map(storage::Connection& connection,
                                     const storage::VersionRecord& record) {
  if (cache_ != nullptr) {
    map_ = store_->map_cache().find(record);
    if (map_ != nullptr) {
      return {};
    }
  }
  FHIRBIN_TRY_ASSIGN(chunk::ChunkMap loaded,
                     storage::ContentTable(connection, store_->settings()).load_map(record));
  map_ = std::make_shared<const chunk::ChunkMap>(std::move(loaded));
  if (cache_ != nullptr) {
    store_->map_cache().keep(record, map_);
  }
  return {};
}

Result<std::size_t> ContentReader::read_at(std::uint64_t offset, MutableByteSpan out) {
  std::size_t copied = 0;
  while (copied < out.size() && offset + copied < size_bytes_) {
    const MutableByteSpan wanted = out.subspan(copied);
    FHIRBIN_TRY_ASSIGN(std::size_t length, read_part(offset + copied, wanted));
    if (length == 0) {
      FHIRBIN_TRY_ASSIGN(const ByteSpan rest, piece_at(offset + copied));
      length = std::min(rest.size(), wanted.size());
      std::memcpy(wanted.data(), rest.data(), length);
    }
    copied += length;
  }
  return copied;
}

// Whether chunk `index`, of which `length` bytes from `begin` on are wanted, had better be fetched
// whole.
bool ContentReader::wants_whole(std::size_t index, std::size_t begin, std::size_t length) {
  const bool goes_on =
      index == last_part_ || (current_ != kNone && (index == current_ || index == current_ + 1));
  const bool starts = index == 0 && begin == 0;
  if (goes_on || starts) {
    return true;  // the rest will be wanted next
  }
  const chunk::ChunkMapEntry entry = map_->entry(index);
  if (length > entry.length / 2) {
    return true;  // the rest costs little more
  }
  return cache_->find(entry) != nullptr || cache_->note_request(entry);
}

// Reads what `out` wants of the chunk at `offset` without the rest of it, and returns how much that
// was; 0 where the chunk has to be fetched whole, or had better be.
Result<std::size_t> ContentReader::read_part(std::uint64_t offset, MutableByteSpan out) {
  if (cache_ == nullptr || map_ == nullptr) {
    return 0;
  }
  const std::size_t index = map_->index_at(offset);
  const chunk::ChunkMapEntry entry = map_->entry(index);
  const auto begin = static_cast<std::size_t>(offset - map_->offset_of(index));
  const std::size_t length = std::min<std::size_t>(out.size(), entry.length - begin);
  if (wants_whole(index, begin, length)) {
    return 0;
  }
  FHIRBIN_TRY_ASSIGN(const bool done, fetcher_.fetch_part(entry, begin, out.first(length)));
  if (!done) {
    return 0;
  }
  last_part_ = index;
  ahead_.reset();  // what it fetched is not what is wanted now
  return length;
}

Result<ByteSpan> ContentReader::piece_at(std::uint64_t offset) {
  if (offset >= size_bytes_) {
    return ByteSpan();
  }
  if (map_ == nullptr) {
    return current_bytes_.subspan(static_cast<std::size_t>(offset));
  }
  const std::size_t index = map_->index_at(offset);
  FHIRBIN_TRY(fetch_chunk(index));
  return current_bytes_.subspan(static_cast<std::size_t>(offset - map_->offset_of(index)));
}

Result<void> ContentReader::fetch_chunk(std::size_t index) {
  if (index == current_) {
    return {};
  }
  follow(index);
  current_ = kNone;
  Result<void> fetched = ahead_ != nullptr ? take_ahead() : fetch_alone(index);
  if (!fetched) {
    ahead_.reset();
    if (fetched.error().code == ErrorCode::kGone) {
      FHIRBIN_TRY(explain_missing_chunk());
    }
    return fetched;
  }
  current_ = index;
  return {};
}

Result<void> ContentReader::take_ahead() {
  shared_.reset();
  FHIRBIN_TRY(ahead_->take(own_));
  current_bytes_ = own_;
  if (ahead_->next() == map_->count()) {
    ahead_.reset();  // a reader that is kept leaves its share to others
  }
  return {};
}

Result<void> ContentReader::fetch_alone(std::size_t index) {
  const chunk::ChunkMapEntry entry = map_->entry(index);
  if (cache_ != nullptr) {
    shared_ = cache_->find(entry);
    if (shared_ == nullptr && in_order_ == 0) {
      FHIRBIN_TRY(fetch_to_keep(entry));
    }
    if (shared_ != nullptr) {
      current_bytes_ = *shared_;
      return {};
    }
  }
  FHIRBIN_TRY(fetcher_.fetch(entry, own_));
  current_bytes_ = own_;
  return {};
}

Result<void> ContentReader::fetch_to_keep(const chunk::ChunkMapEntry& entry) {
  const auto fetched = std::make_shared<ByteBuffer>();
  FHIRBIN_TRY(fetcher_.fetch(entry, *fetched));
  cache_->keep(entry, fetched);
  shared_ = fetched;
  return {};
}

// Whoever took a few chunks in order will want those that follow, if enough do to be worth threads.
void ContentReader::follow(std::size_t index) {
  in_order_ = current_ != kNone && index == current_ + 1 ? in_order_ + 1 : 0;
  if (ahead_ != nullptr) {
    if (ahead_->next() != index) {
      ahead_.reset();
    }
  } else if (in_order_ >= kMinInOrder && map_->count() - index >= kMinChunksAhead) {
    ahead_ = ReadAhead::start(*store_, *map_, index);
  }
}

// A chunk is collected after the versions that used it were purged. So one that is missing while
// its version is still kept is damage.
Result<void> ContentReader::explain_missing_chunk() {
  FHIRBIN_TRY_ASSIGN(const bool kept, store_->catalog().read([&](storage::Connection& connection) {
    return storage::VersionTable(connection, store_->settings()).is_kept(sequence_);
  }));
  if (kept) {
    return fail(ErrorCode::kCorrupt, "a chunk is listed but not stored");
  }
  return {};
}

}  // namespace fhirbin::store
