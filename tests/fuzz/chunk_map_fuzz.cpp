// Property: a segment of a chunk map is taken whole and sane, or refused as damage; what is taken
// is encoded and read to the same entries again, and every byte of the content has its chunk.

#include <cstdint>

#include "engine/chunk/chunk_map.h"
#include "tests/fuzz/require.h"

namespace {

using fhirbin::ByteSpan;
using fhirbin::chunk::ChunkMap;
using fhirbin::fuzz::require;

void check_offsets(const ChunkMap& map) {
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < map.count(); ++i) {
    require(map.entry(i).length > 0, "no chunk is empty");
    require(map.offset_of(i) == offset, "chunks follow each other");
    require(map.index_at(offset) == i, "the first byte of a chunk is in it");
    offset += map.entry(i).length;
    require(map.index_at(offset - 1) == i, "the last byte of a chunk is in it");
  }
  require(map.size_bytes() == offset, "the size is the sum of the chunks");
}

void check_round_trip(const ChunkMap& map) {
  ChunkMap again;
  for (std::size_t i = 0; i < map.segment_count(); ++i) {
    require(again.append_segment(map.encode_segment(i)).has_value(), "what is encoded is read");
  }
  require(again.count() == map.count(), "as many entries");
  for (std::size_t i = 0; i < map.count(); ++i) {
    require(again.entry(i) == map.entry(i), "the same entries");
  }
}

}  // namespace

// The first byte chooses where to cut in two segments; the rest is both.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const ByteSpan bytes = std::as_bytes(std::span(data + 1, size - 1));
  const std::size_t cut = data[0] % (bytes.size() + 1);
  ChunkMap map;
  for (const ByteSpan segment : {bytes.first(cut), bytes.subspan(cut)}) {
    const auto taken = map.append_segment(segment);
    if (!taken) {
      require(taken.error().code == fhirbin::ErrorCode::kCorrupt, "bad segments are damage");
      return 0;
    }
  }
  check_offsets(map);
  check_round_trip(map);
  return 0;
}
