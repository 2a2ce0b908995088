// 64 characters a step, with the byte permutations of AVX-512 VBMI: one looks a whole alphabet up,
// one puts bytes in any order. Masks do the ends, so nothing is left to another kernel.
//
// Functions carry their target, as in base64_avx2.cpp.

#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

// g++ 12 warns of the undefined vectors of its own intrinsics, whose bits are all replaced.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include "engine/codec/base64_alphabet.h"
#include "engine/codec/base64_kernel.h"

#define FHIRBIN_AVX512 [[gnu::target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,popcnt")]]

namespace fhirbin::codec {
namespace {

using Table = std::array<std::uint8_t, 64>;

constexpr std::uint8_t kForeign = 0x80;  // a bit that no sextet has, nor a character of ASCII

// The sextets of the 64 characters from `first` on.
constexpr Table make_sextets(std::size_t first) {
  Table table{};
  table.fill(kForeign);
  for (std::size_t sextet = 0; sextet < 64; ++sextet) {
    const auto c = static_cast<unsigned char>(kAlphabet[sextet]);
    if (c / 64 == first / 64) {
      table[c % 64] = static_cast<std::uint8_t>(sextet);
    }
  }
  return table;
}

// Where the 64 bytes from byte `64 * part` of four decoded blocks come from. Each block holds
// sixteen quanta of four bytes, low byte first, of which three are decoded bytes, last byte first.
// A part lies in the blocks `part` and `part + 1`, so an index has seven bits.
constexpr Table make_packing(std::size_t part) {
  Table table{};
  for (std::size_t i = 0; i < 64; ++i) {
    const std::size_t byte = 64 * part + i;
    const std::size_t quantum = byte / 3;
    table[i] = static_cast<std::uint8_t>(quantum * 4 + 2 - byte % 3 - 64 * part);
  }
  return table;
}

// Three bytes to four, last byte first; the fourth is not looked at.
constexpr Table make_spreading() {
  Table table{};
  for (std::size_t i = 0; i < 64; ++i) {
    table[i] = static_cast<std::uint8_t>(i / 4 * 3 + (i % 4 < 3 ? 2 - i % 4 : 0));
  }
  return table;
}

// Where in 64 bits, two quanta, each sextet begins.
constexpr Table make_shifts() {
  Table table{};
  for (std::size_t i = 0; i < 64; ++i) {
    table[i] = static_cast<std::uint8_t>(i % 8 / 4 * 32 + 18 - 6 * (i % 4));
  }
  return table;
}

constexpr Table make_alphabet() {
  Table table{};
  std::ranges::copy(kAlphabet, table.begin());
  return table;
}

// Each space where its lower half points to; elsewhere what no character there is equal to. Four
// times over, as a shuffle stays in its sixteen bytes.
constexpr Table make_spaces() {
  Table table{};
  for (std::size_t i = 0; i < 64; ++i) {
    table[i] = i % 16 == 15 ? 0 : 0xFF;
    for (const char space : kSpaces) {
      if (static_cast<unsigned char>(space) % 16U == i % 16) {
        table[i] = static_cast<std::uint8_t>(space);
      }
    }
  }
  return table;
}

constexpr Table kLowSextets = make_sextets(0);
constexpr Table kHighSextets = make_sextets(64);
constexpr Table kFirstPart = make_packing(0);
constexpr Table kSecondPart = make_packing(1);
constexpr Table kThirdPart = make_packing(2);
constexpr Table kSpreading = make_spreading();
constexpr Table kShifts = make_shifts();
constexpr Table kCharacters = make_alphabet();
constexpr Table kSpaceTable = make_spaces();

FHIRBIN_AVX512 inline __m512i load(const void* source) noexcept {
  return _mm512_loadu_si512(source);
}

// Bits for the first `count` of 64 bytes.
constexpr std::uint64_t first_bytes(std::size_t count) noexcept {
  return count < 64 ? (std::uint64_t{1} << count) - 1 : ~std::uint64_t{0};
}

// Sets kForeign in `foreign` where a character is not of the alphabet. Characters above ASCII,
// whose top bit the look-up does not see, have it by themselves.
FHIRBIN_AVX512 inline __m512i look_up(__m512i text, __m512i& foreign) noexcept {
  const __m512i sextets =
      _mm512_permutex2var_epi8(load(kLowSextets.data()), text, load(kHighSextets.data()));
  foreign = _mm512_ternarylogic_epi64(foreign, text, sextets, 0xFE);  // the three or-ed
  return sextets;
}

// Two sextets to twelve bits, two of these to 24.
FHIRBIN_AVX512 inline __m512i join(__m512i sextets) noexcept {
  const __m512i pairs = _mm512_maddubs_epi16(sextets, _mm512_set1_epi16(0x0140));
  return _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00011000));
}

// Decodes 256 characters to 192 bytes; false, with nothing written, if one of them is foreign.
FHIRBIN_AVX512 inline bool decode_group(const char* source, std::byte* target) noexcept {
  __m512i foreign = _mm512_setzero_si512();
  const __m512i first = look_up(load(source), foreign);
  const __m512i second = look_up(load(source + 64), foreign);
  const __m512i third = look_up(load(source + 128), foreign);
  const __m512i fourth = look_up(load(source + 192), foreign);
  if (_mm512_movepi8_mask(foreign) != 0) {
    return false;
  }
  const __m512i second_quanta = join(second);
  const __m512i third_quanta = join(third);
  // Three full stores are less work than four of 48 bytes.
  _mm512_storeu_si512(
      target, _mm512_permutex2var_epi8(join(first), load(kFirstPart.data()), second_quanta));
  _mm512_storeu_si512(
      target + 64, _mm512_permutex2var_epi8(second_quanta, load(kSecondPart.data()), third_quanta));
  _mm512_storeu_si512(
      target + 128, _mm512_permutex2var_epi8(third_quanta, load(kThirdPart.data()), join(fourth)));
  return true;
}

// Decodes the plain quanta at the front of at most 64 characters; returns their characters. What
// the mask leaves out is read as NUL, which is foreign.
FHIRBIN_AVX512 inline std::size_t decode_front(std::string_view text, std::byte* target) noexcept {
  const __m512i block = _mm512_maskz_loadu_epi8(first_bytes(text.size()), text.data());
  __m512i foreign = _mm512_setzero_si512();
  const __m512i quanta = join(look_up(block, foreign));
  const int plain = std::countr_zero(static_cast<std::uint64_t>(_mm512_movepi8_mask(foreign)));
  const std::size_t read = static_cast<std::size_t>(plain) / 4 * 4;
  _mm512_mask_storeu_epi8(target, first_bytes(read / 4 * 3),
                          _mm512_permutexvar_epi8(load(kFirstPart.data()), quanta));
  return read;
}

FHIRBIN_AVX512 std::size_t decode_quanta(std::string_view text, std::byte* target) noexcept {
  std::size_t read = 0;
  while (text.size() - read >= 256 && decode_group(text.data() + read, target)) {
    read += 256;
    target += 192;
  }
  std::size_t plain = 64;
  while (plain == 64 && read < text.size()) {
    plain = decode_front(text.substr(read, 64), target);
    read += plain;
    target += plain / 4 * 3;
  }
  return read;
}

// Encodes the first 48 bytes of a vector.
FHIRBIN_AVX512 inline __m512i encode_block(__m512i bytes) noexcept {
  const __m512i quanta = _mm512_permutexvar_epi8(load(kSpreading.data()), bytes);
  const __m512i sextets = _mm512_multishift_epi64_epi8(load(kShifts.data()), quanta);
  // The look-up does not see the two bits above a sextet.
  return _mm512_permutexvar_epi8(sextets, load(kCharacters.data()));
}

FHIRBIN_AVX512 std::size_t encode_quanta(ByteSpan bytes, char* target) noexcept {
  constexpr std::size_t kGroup = std::size_t{4} * 48;
  const std::byte* source = bytes.data();
  std::size_t left = bytes.size() / 3 * 3;
  // 64 bytes are loaded to encode 48.
  for (; left >= kGroup + 16; left -= kGroup, source += kGroup, target += kGroup / 3 * 4) {
    _mm512_storeu_si512(target, encode_block(load(source)));
    _mm512_storeu_si512(target + 64, encode_block(load(source + 48)));
    _mm512_storeu_si512(target + 128, encode_block(load(source + 96)));
    _mm512_storeu_si512(target + 192, encode_block(load(source + 144)));
  }
  while (left > 0) {
    const std::size_t count = std::min<std::size_t>(left, 48);
    const __m512i block = _mm512_maskz_loadu_epi8(first_bytes(count), source);
    _mm512_mask_storeu_epi8(target, first_bytes(count / 3 * 4), encode_block(block));
    left -= count;
    source += count;
    target += count / 3 * 4;
  }
  return bytes.size() / 3 * 3;
}

// Which of 64 characters are none of the four spaces.
FHIRBIN_AVX512 inline std::uint64_t find_others(__m512i block) noexcept {
  return _mm512_cmpneq_epi8_mask(block, _mm512_shuffle_epi8(load(kSpaceTable.data()), block));
}

// Moves the characters that stay to the front of their vector; what is stored behind them is
// overwritten by the next, and as no more is written than read, the room suffices.
FHIRBIN_AVX512 std::size_t drop_spaces(std::string_view text, char* target) noexcept {
  const char* const begin = target;
  for (; text.size() >= 64; text.remove_prefix(64)) {
    const __m512i block = load(text.data());
    const std::uint64_t others = find_others(block);
    _mm512_storeu_si512(target, _mm512_maskz_compress_epi8(others, block));
    target += std::popcount(others);
  }
  const std::uint64_t rest = first_bytes(text.size());
  const __m512i block = _mm512_maskz_loadu_epi8(rest, text.data());
  const std::uint64_t others = find_others(block) & rest;
  _mm512_mask_storeu_epi8(target, rest, _mm512_maskz_compress_epi8(others, block));
  return static_cast<std::size_t>(target + std::popcount(others) - begin);
}

constexpr Base64Kernel kKernel = {
    .name = "avx512vbmi",
    .decode_quanta = decode_quanta,
    .encode_quanta = encode_quanta,
    .drop_spaces = drop_spaces,
};

}  // namespace

const Base64Kernel& avx512_kernel() noexcept { return kKernel; }

}  // namespace fhirbin::codec

#endif
