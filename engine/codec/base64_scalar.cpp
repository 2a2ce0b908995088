// The kernel of machines without wide registers, and the ends of the others' work: a table look-up
// for each character on the way in, for each two on the way out.

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/codec/base64_alphabet.h"
#include "engine/codec/base64_kernel.h"

namespace fhirbin::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "the tables hold bytes in file order");

// Set in an entry of the decoding tables whose character is not in the alphabet; above the 24 bits
// that a quantum decodes to.
constexpr std::uint32_t kInvalid = 1U << 24;

// For each place in a quantum and each character, its six bits where a little-endian store puts
// them.
using DecodeTable = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr DecodeTable make_decode_table() {
  DecodeTable table{};
  for (auto& place : table) {
    place.fill(kInvalid);
  }
  for (std::uint32_t sextet = 0; sextet < 64; ++sextet) {
    const auto c = static_cast<unsigned char>(kAlphabet[sextet]);
    table[0][c] = sextet << 2;
    table[1][c] = sextet >> 4 | (sextet & 0x0F) << 12;
    table[2][c] = (sextet >> 2) << 8 | (sextet & 0x03) << 22;
    table[3][c] = sextet << 16;
  }
  return table;
}

// Two characters for each twelve bits: 8 KiB, which leaves room for the data in a 32 KiB cache.
constexpr std::array<std::uint16_t, 4096> make_encode_table() {
  std::array<std::uint16_t, 4096> table{};
  for (std::uint32_t bits = 0; bits < table.size(); ++bits) {
    const auto first = static_cast<unsigned char>(kAlphabet[bits >> 6]);
    const auto second = static_cast<unsigned char>(kAlphabet[bits & 0x3F]);
    table[bits] = static_cast<std::uint16_t>(first | second << 8);
  }
  return table;
}

constexpr DecodeTable kDecode = make_decode_table();
constexpr std::array<std::uint16_t, 4096> kEncode = make_encode_table();

// The three bytes of the quantum at `text`, low byte first; kInvalid is set if it is none.
std::uint32_t decode_quantum(const char* text) noexcept {
  const auto character = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  return kDecode[0][character(0)] | kDecode[1][character(1)] | kDecode[2][character(2)] |
         kDecode[3][character(3)];
}

// The four characters, first one lowest, of 24 bits, first byte highest.
std::uint32_t encode_quantum(std::uint64_t bits) noexcept {
  return kEncode[bits >> 12 & 0xFFF] | std::uint32_t{kEncode[bits & 0xFFF]} << 16;
}

// How many of eight characters stand before the first space or control character: 8 if none is one.
std::size_t count_printable(std::uint64_t characters) noexcept {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  // The lowest top bit that is set is exact: a borrow can only come from below.
  const std::uint64_t blank = (characters - kEach * (' ' + 1)) & ~characters & kEach * 0x80;
  return static_cast<std::size_t>(std::countr_zero(blank)) / 8;
}

std::size_t decode_quanta(std::string_view text, std::byte* target) noexcept {
  std::size_t read = 0;
  for (; text.size() - read >= 8; read += 8, target += 6) {
    const std::uint32_t first = decode_quantum(text.data() + read);
    const std::uint32_t second = decode_quantum(text.data() + read + 4);
    if (((first | second) & kInvalid) != 0) {
      break;
    }
    store_le(target, first | std::uint64_t{second} << 24);
  }
  for (; text.size() - read >= 4; read += 4, target += 3) {
    const std::uint32_t quantum = decode_quantum(text.data() + read);
    if ((quantum & kInvalid) != 0) {
      break;
    }
    std::memcpy(target, &quantum, 3);
  }
  return read;
}

std::size_t encode_quanta(ByteSpan bytes, char* target) noexcept {
  std::size_t read = 0;
  // Eight bytes are loaded to encode six.
  for (; bytes.size() - read >= 8; read += 6, target += 8) {
    const std::uint64_t bits = __builtin_bswap64(load_le<std::uint64_t>(bytes.data() + read));
    const std::uint64_t text =
        encode_quantum(bits >> 40) | std::uint64_t{encode_quantum(bits >> 16 & 0xFFFFFF)} << 32;
    std::memcpy(target, &text, sizeof text);
  }
  for (; bytes.size() - read >= 3; read += 3, target += 4) {
    const auto byte = [&](std::size_t i) {
      return std::to_integer<std::uint64_t>(bytes[read + i]);
    };
    const std::uint32_t text = encode_quantum(byte(0) << 16 | byte(1) << 8 | byte(2));
    std::memcpy(target, &text, sizeof text);
  }
  return read;
}

// As no more is written than read, eight characters can be stored wherever eight were read.
std::size_t drop_spaces(std::string_view text, char* target) noexcept {
  std::size_t read = 0;
  std::size_t written = 0;
  const auto take_one = [&] {
    target[written] = text[read++];
    written += is_space(target[written]) ? 0U : 1U;
  };
  while (text.size() - read >= 8) {
    std::uint64_t characters = 0;
    std::memcpy(&characters, text.data() + read, sizeof characters);
    std::memcpy(target + written, &characters, sizeof characters);
    const std::size_t run = count_printable(characters);
    if (run == 8) {  // mostly; without the branch each step would wait for the one before it
      read += 8;
      written += 8;
      continue;
    }
    read += run;
    written += run;
    take_one();
  }
  while (read < text.size()) {
    take_one();
  }
  return written;
}

constexpr Base64Kernel kKernel = {
    .name = "scalar",
    .decode_quanta = decode_quanta,
    .encode_quanta = encode_quanta,
    .drop_spaces = drop_spaces,
};

}  // namespace

const Base64Kernel& scalar_kernel() noexcept { return kKernel; }

}  // namespace fhirbin::codec
