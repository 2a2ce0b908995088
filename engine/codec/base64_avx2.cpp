// 32 characters a step. Translation goes by pshufb, which looks sixteen bytes up at once: what a
// character means hangs on its upper half (its row in the code table) but for `/`, and whether it
// is one of the alphabet on both halves.
//
// Functions carry their target, so that nothing else, inline functions of headers above all, is
// compiled for a CPU that may not be there.

#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

#include <immintrin.h>

#include "engine/codec/base64_alphabet.h"
#include "engine/codec/base64_kernel.h"

#define FHIRBIN_AVX2 [[gnu::target("avx2,bmi")]]

namespace fhirbin::codec {
namespace {

using Table = std::array<std::uint8_t, 16>;

// The class bits of each row, and for each lower half the classes in which it is not of the
// alphabet: a character is foreign if its row and its lower half have a bit in common.
struct Classes {
  Table rows{};
  Table lower_halves{};
};

constexpr Classes make_classes() {
  Classes classes;
  std::array<std::uint16_t, 16> seen{};  // lower halves that are of the alphabet, for each class
  std::size_t count = 0;
  for (unsigned row = 0; row < 16; ++row) {
    std::uint16_t members = 0;
    for (unsigned lower = 0; lower < 16; ++lower) {
      const bool is_member = kAlphabet.contains(static_cast<char>(row << 4 | lower));
      members = static_cast<std::uint16_t>(members | (is_member ? 1U << lower : 0U));
    }
    const auto same = std::find(seen.begin(), seen.begin() + count, members) - seen.begin();
    const auto index = static_cast<std::size_t>(same);
    seen[index] = members;
    count = std::max(count, index + 1);
    classes.rows[row] = static_cast<std::uint8_t>(1U << index);
  }
  for (unsigned lower = 0; lower < 16; ++lower) {
    for (std::size_t index = 0; index < count; ++index) {
      const bool foreign = (seen[index] >> lower & 1U) == 0;
      classes.lower_halves[lower] =
          static_cast<std::uint8_t>(classes.lower_halves[lower] | (foreign ? 1U << index : 0U));
    }
  }
  return classes;
}

// What to add to a character to get its sextet, by row; that of `/` stands in row 1, which has no
// other use.
constexpr Table make_sextet_offsets() {
  Table offsets{};
  for (std::size_t sextet = 0; sextet < 64; ++sextet) {
    const auto c = static_cast<unsigned char>(kAlphabet[sextet]);
    offsets[c == '/' ? 1 : c >> 4] = static_cast<std::uint8_t>(sextet - c);
  }
  return offsets;
}

// Where the offset of a sextet stands in kCharacterOffsets: 0 for A to Z, 1 for a to z, 2 to 11 for
// the digits, 12 and 13 for the two signs.
constexpr std::size_t place_of(std::size_t sextet) {
  return (sextet > 51 ? sextet - 51 : 0) + (sextet > 25 ? 1 : 0);
}

constexpr Table make_character_offsets() {
  Table offsets{};
  for (std::size_t sextet = 0; sextet < 64; ++sextet) {
    const auto c = static_cast<unsigned char>(kAlphabet[sextet]);
    offsets[place_of(sextet)] = static_cast<std::uint8_t>(c - sextet);
  }
  return offsets;
}

// Each space where its lower half points to; elsewhere what no character there is equal to.
constexpr Table make_spaces() {
  Table spaces{};
  spaces.fill(0xFF);
  spaces[15] = 0;
  for (const char space : kSpaces) {
    spaces[static_cast<unsigned char>(space) & 0x0FU] = static_cast<std::uint8_t>(space);
  }
  return spaces;
}

constexpr Classes kClasses = make_classes();
constexpr Table kSextetOffsets = make_sextet_offsets();
constexpr Table kCharacterOffsets = make_character_offsets();
constexpr Table kSpaceTable = make_spaces();
// Lane by lane: three bytes out of each four, the highest first; and back, the middle byte twice.
constexpr Table kPack = {2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 0x80, 0x80, 0x80, 0x80};
constexpr Table kSpread = {1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10};

FHIRBIN_AVX2 inline __m256i load(const void* source) noexcept {
  return _mm256_loadu_si256(static_cast<const __m256i*>(source));
}

FHIRBIN_AVX2 inline void store(void* target, __m256i value) noexcept {
  _mm256_storeu_si256(static_cast<__m256i*>(target), value);
}

FHIRBIN_AVX2 inline __m256i load_table(const Table& table) noexcept {
  const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data()));
  return _mm256_broadcastsi128_si256(half);
}

// Decodes 32 characters into the lower 24 bytes of what is returned, and sets bits in `foreign` if
// one is not of the alphabet.
FHIRBIN_AVX2 inline __m256i decode_block(__m256i text, __m256i& foreign) noexcept {
  const __m256i half = _mm256_set1_epi8(0x0F);
  const __m256i rows = _mm256_and_si256(_mm256_srli_epi32(text, 4), half);
  const __m256i row_classes = _mm256_shuffle_epi8(load_table(kClasses.rows), rows);
  const __m256i not_in =
      _mm256_shuffle_epi8(load_table(kClasses.lower_halves), _mm256_and_si256(text, half));
  foreign = _mm256_or_si256(foreign, _mm256_and_si256(row_classes, not_in));

  const __m256i is_slash = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/'));  // -1: from row 2 to 1
  const __m256i offsets =
      _mm256_shuffle_epi8(load_table(kSextetOffsets), _mm256_add_epi8(rows, is_slash));
  const __m256i sextets = _mm256_add_epi8(text, offsets);

  // Two sextets to twelve bits, two of these to 24.
  const __m256i pairs = _mm256_maddubs_epi16(sextets, _mm256_set1_epi16(0x0140));
  const __m256i quanta = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  const __m256i packed = _mm256_shuffle_epi8(quanta, load_table(kPack));
  return _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

FHIRBIN_AVX2 std::size_t decode_quanta(std::string_view text, std::byte* target) noexcept {
  constexpr std::size_t kBlock = 32;
  // 32 bytes are stored for 24: the eight behind must lie in the room of characters to come.
  constexpr std::size_t kBehind = 8;
  static_assert(kBehind / 4 * 3 + kDecodeSlackBytes >= 8);
  constexpr std::size_t kGroup = 4 * kBlock;
  const char* source = text.data();
  std::size_t left = text.size();
  for (; left >= kGroup + kBehind; left -= kGroup, source += kGroup, target += kGroup / 4 * 3) {
    __m256i foreign = _mm256_setzero_si256();
    const __m256i first = decode_block(load(source), foreign);
    const __m256i second = decode_block(load(source + kBlock), foreign);
    const __m256i third = decode_block(load(source + 2 * kBlock), foreign);
    const __m256i fourth = decode_block(load(source + 3 * kBlock), foreign);
    if (_mm256_testz_si256(foreign, foreign) == 0) {
      break;
    }
    store(target, first);
    store(target + 24, second);
    store(target + 48, third);
    store(target + 72, fourth);
  }
  for (; left >= kBlock + kBehind; left -= kBlock, source += kBlock, target += kBlock / 4 * 3) {
    __m256i foreign = _mm256_setzero_si256();
    const __m256i block = decode_block(load(source), foreign);
    if (_mm256_testz_si256(foreign, foreign) == 0) {
      break;
    }
    store(target, block);
  }
  return text.size() - left + scalar_kernel().decode_quanta({source, left}, target);
}

// Encodes the 24 bytes at `source`, of which 28 are read.
FHIRBIN_AVX2 inline __m256i encode_block(const std::byte* source) noexcept {
  const __m128i lower = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source));
  const __m128i upper = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source + 12));
  const __m256i bytes = _mm256_inserti128_si256(_mm256_castsi128_si256(lower), upper, 1);
  // Now each 16 bits hold two sextets. Products shift them to where they belong, each by its own
  // distance: 10 and 6 down by the upper half of the product, 4 and 8 up by the lower.
  const __m256i spread = _mm256_shuffle_epi8(bytes, load_table(kSpread));
  const __m256i even = _mm256_mulhi_epu16(_mm256_and_si256(spread, _mm256_set1_epi32(0x0FC0FC00)),
                                          _mm256_set1_epi32(0x04000040));
  const __m256i odd = _mm256_mullo_epi16(_mm256_and_si256(spread, _mm256_set1_epi32(0x003F03F0)),
                                         _mm256_set1_epi32(0x01000010));
  const __m256i sextets = _mm256_or_si256(even, odd);
  // place_of(): a comparison that holds is -1.
  const __m256i places = _mm256_sub_epi8(_mm256_subs_epu8(sextets, _mm256_set1_epi8(51)),
                                         _mm256_cmpgt_epi8(sextets, _mm256_set1_epi8(25)));
  return _mm256_add_epi8(sextets, _mm256_shuffle_epi8(load_table(kCharacterOffsets), places));
}

FHIRBIN_AVX2 std::size_t encode_quanta(ByteSpan bytes, char* target) noexcept {
  constexpr std::size_t kBlock = 24;
  constexpr std::size_t kBehind = 4;
  constexpr std::size_t kGroup = 4 * kBlock;
  const std::byte* source = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= kGroup + kBehind; left -= kGroup, source += kGroup, target += kGroup / 3 * 4) {
    store(target, encode_block(source));
    store(target + 32, encode_block(source + kBlock));
    store(target + 64, encode_block(source + 2 * kBlock));
    store(target + 96, encode_block(source + 3 * kBlock));
  }
  for (; left >= kBlock + kBehind; left -= kBlock, source += kBlock, target += kBlock / 3 * 4) {
    store(target, encode_block(source));
  }
  return bytes.size() - left + scalar_kernel().encode_quanta({source, left}, target);
}

// Copies 32 characters but for the spaces, one bit each; returns the end of what was written. Reads
// and stores up to 33 characters behind its own. Two copies do for no space and one, which is all
// that text in lines needs, without a branch that would be foreseen badly.
FHIRBIN_AVX2 inline char* drop_block(const char* source, __m256i block, std::uint32_t spaces,
                                     char* target) noexcept {
  store(target, block);
  std::size_t next = static_cast<std::size_t>(std::countr_zero(spaces)) + 1;  // 33: there is none
  target += next - 1;
  store(target, load(source + next));
  for (spaces &= spaces - 1; spaces != 0; spaces &= spaces - 1) {
    const std::size_t from =
        std::exchange(next, static_cast<std::size_t>(std::countr_zero(spaces)) + 1);
    target += next - 1 - from;
    store(target, load(source + next));
  }
  return next > 32 ? target : target + (32 - next);
}

// As no more is written than read, vectors can be stored wherever they were read.
FHIRBIN_AVX2 std::size_t drop_spaces(std::string_view text, char* target) noexcept {
  const __m256i table = load_table(kSpaceTable);
  char* const begin = target;
  const char* source = text.data();
  std::size_t left = text.size();
  for (; left >= 32 + 33; left -= 32, source += 32) {
    const __m256i block = load(source);
    const __m256i matches = _mm256_cmpeq_epi8(block, _mm256_shuffle_epi8(table, block));
    const auto spaces = static_cast<std::uint32_t>(_mm256_movemask_epi8(matches));
    target = drop_block(source, block, spaces, target);
  }
  target += scalar_kernel().drop_spaces({source, left}, target);
  return static_cast<std::size_t>(target - begin);
}

constexpr Base64Kernel kKernel = {
    .name = "avx2",
    .decode_quanta = decode_quanta,
    .encode_quanta = encode_quanta,
    .drop_spaces = drop_spaces,
};

}  // namespace

const Base64Kernel& avx2_kernel() noexcept { return kKernel; }

}  // namespace fhirbin::codec

#endif
