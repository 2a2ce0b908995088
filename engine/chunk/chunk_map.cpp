#include "engine/chunk/chunk_map.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <optional>

#include "engine/util/try.h"

namespace fhirbin::chunk {
namespace {

constexpr std::uint64_t kMaxLength = std::uint64_t{1} << 31;
constexpr std::uint64_t kMaxChunkId = std::numeric_limits<std::int64_t>::max();  // SQLite's row ids

// Maps small differences of either sign to small numbers. Differences wrap, so any two ids have
// one.
constexpr std::uint64_t to_zigzag(std::uint64_t difference) noexcept {
  return difference << 1 ^ (0 - (difference >> 63));
}

constexpr std::uint64_t from_zigzag(std::uint64_t value) noexcept {
  return value >> 1 ^ (0 - (value & 1));
}

// Takes one entry off the front of `encoded`; nullopt when it is cut off or cannot be true.
std::optional<ChunkMapEntry> take_entry(ByteSpan& encoded, std::uint64_t previous_id) noexcept {
  const std::optional<std::uint64_t> difference = take_varint(encoded);
  const std::optional<std::uint64_t> length = take_varint(encoded);
  ChunkMapEntry entry;
  if (!difference || !length || encoded.size() < entry.hash.bytes.size()) {
    return std::nullopt;
  }
  entry.chunk_id = previous_id + from_zigzag(*difference);
  if (*length == 0 || *length > kMaxLength || entry.chunk_id == 0 || entry.chunk_id > kMaxChunkId) {
    return std::nullopt;
  }
  entry.length = static_cast<std::uint32_t>(*length);
  std::memcpy(entry.hash.bytes.data(), encoded.data(), entry.hash.bytes.size());
  encoded = encoded.subspan(entry.hash.bytes.size());
  return entry;
}

Result<std::vector<ChunkMapEntry>> decode_segment(ByteSpan encoded) {
  std::vector<ChunkMapEntry> entries;
  std::uint64_t previous_id = 0;
  while (!encoded.empty()) {
    const std::optional<ChunkMapEntry> entry = take_entry(encoded, previous_id);
    if (!entry || entries.size() == ChunkMap::kSegmentEntries) {
      return fail(ErrorCode::kCorrupt, "a segment of a chunk map is damaged");
    }
    previous_id = entry->chunk_id;
    entries.push_back(*entry);
  }
  if (entries.empty()) {
    return fail(ErrorCode::kCorrupt, "a segment of a chunk map is empty");
  }
  return entries;
}

}  // namespace

void ChunkMap::append(const ChunkMapEntry& entry) {
  assert(entry.length > 0 && entry.length <= kMaxLength);
  ends_.push_back(size_bytes() + entry.length);
  entries_.push_back(entry);
}

std::size_t ChunkMap::index_at(std::uint64_t offset) const {
  assert(offset < size_bytes());
  return static_cast<std::size_t>(std::ranges::upper_bound(ends_, offset) - ends_.begin());
}

std::size_t ChunkMap::segment_count() const noexcept {
  return (entries_.size() + kSegmentEntries - 1) / kSegmentEntries;
}

ByteVector ChunkMap::encode_segment(std::size_t segment) const {
  assert(segment < segment_count());
  const std::size_t begin = segment * kSegmentEntries;
  const std::size_t end = std::min(begin + kSegmentEntries, entries_.size());
  ByteVector encoded;
  std::uint64_t previous_id = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const ChunkMapEntry& entry = entries_[i];
    append_varint(encoded, to_zigzag(entry.chunk_id - previous_id));
    append_varint(encoded, entry.length);
    append_bytes(encoded, entry.hash.bytes);
    previous_id = entry.chunk_id;
  }
  return encoded;
}

Result<void> ChunkMap::append_segment(ByteSpan encoded) {
  // Only the last segment may be short: after one, part of the content would be missing.
  if (entries_.size() % kSegmentEntries != 0) {
    return fail(ErrorCode::kCorrupt, "a segment of a chunk map follows one that is not full");
  }
  FHIRBIN_TRY_ASSIGN(const std::vector<ChunkMapEntry> entries, decode_segment(encoded));
  for (const ChunkMapEntry& entry : entries) {
    append(entry);
  }
  return {};
}

}  // namespace fhirbin::chunk
