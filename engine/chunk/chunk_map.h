#pragma once

#include <cstdint>
#include <vector>

#include "engine/util/bytes.h"
#include "engine/util/hash.h"
#include "fhirbin/error.h"

namespace fhirbin::chunk {

// One chunk of a version, in the order of the content. The id is for ever; the chunk's place may
// move.
struct ChunkMapEntry {
  std::uint64_t chunk_id = 0;
  std::uint32_t length = 0;  // decoded bytes, 1 to 2^31
  Hash128 hash;              // of the decoded bytes, under the store's secret

  friend bool operator==(const ChunkMapEntry&, const ChunkMapEntry&) = default;
};

// The ordered chunks that make up a version's content. A value; thread-compatible.
class ChunkMap {
 public:
  // On disk a map is cut into segments of this many entries, so that none grows with the content.
  static constexpr std::size_t kSegmentEntries = 1024;

  void append(const ChunkMapEntry& entry);

  std::size_t count() const noexcept { return entries_.size(); }
  // What the entries take in memory, with the room for more.
  std::size_t memory_bytes() const noexcept {
    return entries_.capacity() * sizeof(ChunkMapEntry) + ends_.capacity() * sizeof(std::uint64_t);
  }
  std::uint64_t size_bytes() const noexcept { return ends_.empty() ? 0 : ends_.back(); }
  const ChunkMapEntry& entry(std::size_t index) const { return entries_[index]; }
  // Where entry `index` starts in the content.
  std::uint64_t offset_of(std::size_t index) const { return index == 0 ? 0 : ends_[index - 1]; }
  // The entry that holds byte `offset`, which lies inside the content.
  std::size_t index_at(std::uint64_t offset) const;

  std::size_t segment_count() const noexcept;
  // Segment encoding, per entry: chunk id as zigzag varint of the difference to the entry before
  // (the first of each segment to 0), length as varint, 16 bytes of hash. See FORMAT.md.
  ByteVector encode_segment(std::size_t segment) const;
  // Appends the entries of an encoded segment. Errors: kCorrupt for anything but whole, sane
  // entries.
  Result<void> append_segment(ByteSpan encoded);

 private:
  std::vector<ChunkMapEntry> entries_;
  std::vector<std::uint64_t> ends_;  // the offset just past each entry
};

}  // namespace fhirbin::chunk
