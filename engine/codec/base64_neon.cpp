// 64 characters a step. Loads and stores that take every fourth or third byte apart do the order of
// bytes, and tables of 64 bytes the translation.

#if defined(__aarch64__)

#include <array>
#include <cstdint>

#include <arm_neon.h>

#include "engine/codec/base64_alphabet.h"
#include "engine/codec/base64_kernel.h"

namespace fhirbin::codec {
namespace {

constexpr std::uint8_t kForeign = 0x80;  // a bit that no sextet has, nor a character of ASCII

// The sextet of each character of ASCII.
constexpr std::array<std::uint8_t, 128> make_sextets() {
  std::array<std::uint8_t, 128> table{};
  table.fill(kForeign);
  for (std::size_t sextet = 0; sextet < 64; ++sextet) {
    table[static_cast<unsigned char>(kAlphabet[sextet])] = static_cast<std::uint8_t>(sextet);
  }
  return table;
}

constexpr std::array<std::uint8_t, 128> kSextets = make_sextets();

inline uint8x16x4_t load_table(const std::uint8_t* table) noexcept { return vld1q_u8_x4(table); }

// Sets kForeign in `foreign` where a character is not of the alphabet. Characters above ASCII are
// in neither table, and have that bit by themselves.
inline uint8x16_t look_up(uint8x16_t text, uint8x16x4_t low, uint8x16x4_t high,
                          uint8x16_t& foreign) noexcept {
  const uint8x16_t sextets =
      vqtbx4q_u8(vqtbl4q_u8(low, text), high, veorq_u8(text, vdupq_n_u8(64)));
  foreign = vorrq_u8(foreign, vorrq_u8(text, sextets));
  return sextets;
}

std::size_t decode_quanta(std::string_view text, std::byte* target) noexcept {
  const uint8x16x4_t low = load_table(kSextets.data());
  const uint8x16x4_t high = load_table(kSextets.data() + 64);
  std::size_t read = 0;
  for (; text.size() - read >= 64; read += 64, target += 48) {
    const uint8x16x4_t quanta = vld4q_u8(reinterpret_cast<const std::uint8_t*>(text.data() + read));
    uint8x16_t foreign = vdupq_n_u8(0);
    const uint8x16_t first = look_up(quanta.val[0], low, high, foreign);
    const uint8x16_t second = look_up(quanta.val[1], low, high, foreign);
    const uint8x16_t third = look_up(quanta.val[2], low, high, foreign);
    const uint8x16_t fourth = look_up(quanta.val[3], low, high, foreign);
    if (vmaxvq_u8(foreign) >= kForeign) {
      break;
    }
    uint8x16x3_t bytes;
    bytes.val[0] = vorrq_u8(vshlq_n_u8(first, 2), vshrq_n_u8(second, 4));
    bytes.val[1] = vorrq_u8(vshlq_n_u8(second, 4), vshrq_n_u8(third, 2));
    bytes.val[2] = vorrq_u8(vshlq_n_u8(third, 6), fourth);
    vst3q_u8(reinterpret_cast<std::uint8_t*>(target), bytes);
  }
  return read + scalar_kernel().decode_quanta(text.substr(read), target);
}

std::size_t encode_quanta(ByteSpan bytes, char* target) noexcept {
  const uint8x16x4_t alphabet = load_table(reinterpret_cast<const std::uint8_t*>(kAlphabet.data()));
  const uint8x16_t sextet = vdupq_n_u8(0x3F);
  std::size_t read = 0;
  for (; bytes.size() - read >= 48; read += 48, target += 64) {
    const uint8x16x3_t quanta =
        vld3q_u8(reinterpret_cast<const std::uint8_t*>(bytes.data() + read));
    const uint8x16_t second = vorrq_u8(vshlq_n_u8(quanta.val[0], 4), vshrq_n_u8(quanta.val[1], 4));
    const uint8x16_t third = vorrq_u8(vshlq_n_u8(quanta.val[1], 2), vshrq_n_u8(quanta.val[2], 6));
    uint8x16x4_t text;
    text.val[0] = vqtbl4q_u8(alphabet, vshrq_n_u8(quanta.val[0], 2));
    text.val[1] = vqtbl4q_u8(alphabet, vandq_u8(second, sextet));
    text.val[2] = vqtbl4q_u8(alphabet, vandq_u8(third, sextet));
    text.val[3] = vqtbl4q_u8(alphabet, vandq_u8(quanta.val[2], sextet));
    vst4q_u8(reinterpret_cast<std::uint8_t*>(target), text);
  }
  return read + scalar_kernel().encode_quanta(bytes.subspan(read), target);
}

// Whole vectors without spaces and control characters; eight characters at a time where one is.
std::size_t drop_spaces(std::string_view text, char* target) noexcept {
  char* const begin = target;
  while (text.size() >= 16) {
    const uint8x16_t block = vld1q_u8(reinterpret_cast<const std::uint8_t*>(text.data()));
    std::size_t count = 16;
    if (vminvq_u8(block) > ' ') {
      vst1q_u8(reinterpret_cast<std::uint8_t*>(target), block);
      target += count;
    } else {
      count = 8;
      target += scalar_kernel().drop_spaces(text.substr(0, count), target);
    }
    text.remove_prefix(count);
  }
  target += scalar_kernel().drop_spaces(text, target);
  return static_cast<std::size_t>(target - begin);
}

constexpr Base64Kernel kKernel = {
    .name = "neon",
    .decode_quanta = decode_quanta,
    .encode_quanta = encode_quanta,
    .drop_spaces = drop_spaces,
};

}  // namespace

const Base64Kernel& neon_kernel() noexcept { return kKernel; }

}  // namespace fhirbin::codec

#endif
