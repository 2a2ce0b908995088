#include "engine/codec/base64.h"

#include <algorithm>
#include <cassert>

#include "engine/codec/base64_alphabet.h"
#include "engine/codec/base64_kernel.h"
#include "engine/util/try.h"

namespace fhirbin::codec {
namespace {

static_assert(Base64Decoder::max_decoded_size(0) > kDecodeSlackBytes);

// What a character means; 0 to 63 are sextets.
enum Meaning : std::uint8_t { kPadding = 64, kSpace = 65, kForeign = 66 };

constexpr std::array<std::uint8_t, 256> make_meanings() {
  std::array<std::uint8_t, 256> meanings{};
  meanings.fill(kForeign);
  for (std::uint8_t sextet = 0; sextet < 64; ++sextet) {
    meanings[static_cast<unsigned char>(kAlphabet[sextet])] = sextet;
  }
  for (const char space : {' ', '\t', '\r', '\n'}) {
    meanings[static_cast<unsigned char>(space)] = kSpace;
  }
  meanings['='] = kPadding;
  return meanings;
}

constexpr std::array<std::uint8_t, 256> kMeanings = make_meanings();

std::unexpected<Error> refuse(const char* why) {
  return fail(ErrorCode::kInvalidResource, std::string("invalid base64: ") + why,
              IssueType::kValue);
}

}  // namespace

Result<std::size_t> Base64Decoder::decode(std::string_view text, MutableByteSpan out) {
  assert(out.size() >= max_decoded_size(text.size()));
  std::byte* target = out.data();
  std::size_t read = 0;
  while (read < text.size()) {
    if (sextets_ == 0 && !ended_) {
      const std::size_t clean = decode_quanta(text.substr(read), target);
      read += clean;
      target += clean / 4 * 3;
    }
    // Whatever stopped the kernel is taken one character at a time to the end of its quantum.
    do {
      if (read == text.size()) {
        break;
      }
      const std::uint8_t meaning = kMeanings[static_cast<unsigned char>(text[read++])];
      if (meaning == kSpace) {
        continue;
      }
      FHIRBIN_TRY(take(meaning));
      if (sextets_ == 4) {
        target += emit(target);
      }
    } while (sextets_ != 0 || ended_);
  }
  return static_cast<std::size_t>(target - out.data());
}

Result<void> Base64Decoder::take(std::uint8_t meaning) {
  if (meaning == kForeign) {
    return refuse("a character outside the alphabet");
  }
  if (meaning == kPadding) {
    if (sextets_ < 2) {
      return refuse("padding where none can be");
    }
    ++padding_;
    meaning = 0;
  } else if (padding_ > 0) {  // it stays set after a padded quantum, too
    return refuse("characters after padding");
  }
  quantum_ = quantum_ << 6 | meaning;
  ++sextets_;
  return {};
}

std::size_t Base64Decoder::emit(std::byte* target) noexcept {
  const std::size_t count = 3U - padding_;
  for (std::size_t i = 0; i < count; ++i) {
    target[i] = static_cast<std::byte>(quantum_ >> (16 - 8 * i));
  }
  quantum_ = 0;
  sextets_ = 0;
  ended_ = padding_ > 0;
  return count;
}

Result<void> Base64Decoder::finish() const {
  if (sextets_ != 0) {
    return refuse("the last quantum is cut off or lacks its padding");
  }
  return {};
}

std::size_t Base64Encoder::encode(ByteSpan bytes, std::span<char> out) noexcept {
  assert(out.size() >= max_encoded_size(bytes.size()));
  char* target = out.data();
  if (carried_ > 0) {
    const std::size_t missing = std::min<std::size_t>(3U - carried_, bytes.size());
    std::ranges::copy(bytes.first(missing), carry_.begin() + carried_);
    carried_ = static_cast<std::uint8_t>(carried_ + missing);
    bytes = bytes.subspan(missing);
    if (carried_ < 3) {
      return 0;
    }
    target += encode_quanta(carry_, target) / 3 * 4;
  }
  const std::size_t read = encode_quanta(bytes, target);
  target += read / 3 * 4;
  bytes = bytes.subspan(read);
  std::ranges::copy(bytes, carry_.begin());
  carried_ = static_cast<std::uint8_t>(bytes.size());
  return static_cast<std::size_t>(target - out.data());
}

std::size_t Base64Encoder::finish(std::span<char> out) noexcept {
  if (carried_ == 0) {
    return 0;
  }
  assert(out.size() >= 4);
  std::fill(carry_.begin() + carried_, carry_.end(), std::byte{0});
  (void)encode_quanta(carry_, out.data());
  std::fill(out.begin() + carried_ + 1, out.begin() + 4, '=');
  carried_ = 0;
  return 4;
}

}  // namespace fhirbin::codec
