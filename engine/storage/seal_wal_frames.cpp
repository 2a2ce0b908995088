#include "engine/storage/seal_wal_frames.h"

#include <bit>

#include "engine/storage/seal_page.h"

namespace fhirbin::storage::wal {
namespace {

// The lowest bit of the magic number tells the word order.
constexpr std::uint32_t kMagic = 0x377f'0682;
constexpr std::size_t kPageSizeOffset = 8;
constexpr std::size_t kHeaderChecksumOffset = 24;
constexpr std::size_t kFrameChecksumOffset = 16;

}  // namespace

std::optional<Header> read_header(ByteSpan bytes) noexcept {
  const std::uint32_t magic = load_be32(bytes.data());
  const Header header{
      .word_order = (magic & 1U) != 0 ? WordOrder::kBigEndian : WordOrder::kLittleEndian,
      .sqlite_page_bytes = load_be32(bytes.data() + kPageSizeOffset),
      .checksum = read_checksum(bytes.subspan(kHeaderChecksumOffset))};
  if ((magic & ~1U) != kMagic || !is_sqlite_page_size(header.sqlite_page_bytes) ||
      sum_up(header.word_order, {}, bytes.first(kHeaderChecksumOffset)) != header.checksum) {
    return std::nullopt;
  }
  return header;
}

FrameHeader read_frame_header(ByteSpan bytes) noexcept {
  return {.page_number = load_be32(bytes.data()),
          .checksum = read_checksum(bytes.subspan(kFrameChecksumOffset))};
}

std::int64_t seed_offset(std::uint32_t frame, std::uint32_t sqlite_page_bytes) noexcept {
  return frame == 1
             ? std::int64_t{kHeaderChecksumOffset}
             : frame_offset(frame - 1, sqlite_page_bytes) + std::int64_t{kFrameChecksumOffset};
}

Checksum read_checksum(ByteSpan bytes) noexcept {
  return {.first = load_be32(bytes.data()), .second = load_be32(bytes.data() + 4)};
}

Checksum sum_up(WordOrder order, Checksum seed, ByteSpan bytes) noexcept {
  const auto add_all = [&bytes](Checksum sum, auto load) {
    for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
      sum.first += load(bytes.data() + i) + sum.second;
      sum.second += load(bytes.data() + i + 4) + sum.first;
    }
    return sum;
  };
  return order == WordOrder::kBigEndian ? add_all(seed, load_be32)
                                        : add_all(seed, load_le<std::uint32_t>);
}

std::int64_t frame_offset(std::uint32_t frame, std::uint32_t sqlite_page_bytes) noexcept {
  return kHeaderBytes + (std::int64_t{frame - 1} * (kFrameHeaderBytes + sqlite_page_bytes));
}

std::optional<std::uint32_t> frame_with_page_at(std::int64_t offset,
                                                std::uint32_t sqlite_page_bytes) noexcept {
  return frame_with_header_at(offset - kFrameHeaderBytes, sqlite_page_bytes);
}

std::optional<std::uint32_t> frame_with_header_at(std::int64_t offset,
                                                  std::uint32_t sqlite_page_bytes) noexcept {
  const std::int64_t frame_bytes = kFrameHeaderBytes + sqlite_page_bytes;
  const std::int64_t from_first = offset - kHeaderBytes;
  if (from_first < 0 || from_first % frame_bytes != 0) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>((from_first / frame_bytes) + 1);
}

}  // namespace fhirbin::storage::wal
