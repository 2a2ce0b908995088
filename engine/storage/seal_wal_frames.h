#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/util/bytes.h"

// The layout of a WAL (sqlite.org/fileformat2.html#walformat): a header of 32 bytes, then frames,
// each a header of 24 bytes and one page. Frames are numbered from 1.
namespace fhirbin::storage::wal {

inline constexpr std::int64_t kHeaderBytes = 32;
inline constexpr std::int64_t kFrameHeaderBytes = 24;

// The two running sums of SQLite's WAL checksum.
struct Checksum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  friend bool operator==(const Checksum&, const Checksum&) = default;
};

// In which order a WAL takes words from the bytes that it sums up: that of the machine that began
// it.
enum class WordOrder : std::uint8_t { kLittleEndian, kBigEndian };

struct Header {
  WordOrder word_order = WordOrder::kLittleEndian;
  std::uint32_t sqlite_page_bytes = 0;
  Checksum checksum;  // seeds that of the first frame
  friend bool operator==(const Header&, const Header&) = default;
};

// nullopt when `bytes` (32 of them) are no WAL header, as in an empty or zeroed WAL.
std::optional<Header> read_header(ByteSpan bytes) noexcept;

struct FrameHeader {
  std::uint32_t page_number = 0;
  Checksum checksum;  // over all frames up to and including this one
};

FrameHeader read_frame_header(ByteSpan bytes) noexcept;

// Where the checksum that seeds the one of `frame` is stored: in the frame before, or in the WAL
// header.
std::int64_t seed_offset(std::uint32_t frame, std::uint32_t sqlite_page_bytes) noexcept;

Checksum read_checksum(ByteSpan bytes) noexcept;

// The sums continued over `bytes`, whose length is a multiple of 8.
Checksum sum_up(WordOrder order, Checksum seed, ByteSpan bytes) noexcept;

// Offset of a frame's header; its page follows.
std::int64_t frame_offset(std::uint32_t frame, std::uint32_t sqlite_page_bytes) noexcept;

// The frame whose page, or whose header, starts at `offset`; nullopt when none does.
std::optional<std::uint32_t> frame_with_page_at(std::int64_t offset,
                                                std::uint32_t sqlite_page_bytes) noexcept;
std::optional<std::uint32_t> frame_with_header_at(std::int64_t offset,
                                                  std::uint32_t sqlite_page_bytes) noexcept;

}  // namespace fhirbin::storage::wal
