#include "engine/codec/base64.h"

#include <algorithm>
#include <cassert>

#include "engine/codec/base64_alphabet.h"
#include "engine/codec/base64_kernel.h"
#include "engine/util/try.h"

namespace fhirbin::codec {
namespace {

static_assert(Base64Decoder::max_decoded_size(0) > kDecodeSlackBytes);

// How many characters are freed from spaces at once: few enough for their copy to stay in the
// nearest cache beside what it is decoded to.
constexpr std::size_t kFoldedLength = 8192;

// Room for a copy without spaces. Loads that lie at the same place of their 4 KiB as a store
// shortly before them wait for it, which costs up to four fifths of the speed; so the copy is kept
// well away from what it is made of.
class UnfoldedText {
 public:
  char* place_for(std::string_view folded) noexcept {
    const auto begin = reinterpret_cast<std::uintptr_t>(room_.data());
    const auto source = reinterpret_cast<std::uintptr_t>(folded.data());
    return room_.data() + (source + kDistance - begin) % kPeriod;
  }

 private:
  static constexpr std::size_t kPeriod = 4096;
  static constexpr std::size_t kDistance = 2560;

  std::array<char, kFoldedLength + kPeriod> room_;
};

// What a character means; 0 to 63 are sextets.
enum Meaning : std::uint8_t { kPadding = 64, kSpace = 65, kForeign = 66 };

constexpr std::array<std::uint8_t, 256> make_meanings() {
  std::array<std::uint8_t, 256> meanings{};
  meanings.fill(kForeign);
  for (std::uint8_t sextet = 0; sextet < 64; ++sextet) {
    meanings[static_cast<unsigned char>(kAlphabet[sextet])] = sextet;
  }
  for (const char space : kSpaces) {
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

Base64Decoder::Base64Decoder() noexcept : Base64Decoder(base64_kernel()) {}

Result<std::size_t> Base64Decoder::decode(std::string_view text, MutableByteSpan out) {
  assert(out.size() >= max_decoded_size(text.size()));
  std::byte* target = out.data();
  FHIRBIN_TRY(take_plain(text, target));
  while (!text.empty()) {
    FHIRBIN_TRY(take_folded(text, target));
    FHIRBIN_TRY(take_plain(text, target));
  }
  return static_cast<std::size_t>(target - out.data());
}

Result<void> Base64Decoder::take_folded(std::string_view& text, std::byte*& target) {
  UnfoldedText unfolded;
  bool had_spaces = true;
  while (had_spaces && !text.empty()) {
    const std::string_view folded = text.substr(0, kFoldedLength);
    text.remove_prefix(folded.size());
    char* const copy = unfolded.place_for(folded);
    std::string_view plain(copy, kernel_->drop_spaces(folded, copy));
    had_spaces = plain.size() < folded.size();
    while (!plain.empty()) {
      FHIRBIN_TRY(take_plain(plain, target));
      FHIRBIN_TRY(take_quantum(plain, target));
    }
  }
  return {};
}

Result<void> Base64Decoder::take_plain(std::string_view& text, std::byte*& target) {
  if (!is_between_quanta()) {
    FHIRBIN_TRY(take_quantum(text, target));
  }
  if (is_between_quanta()) {
    const std::size_t read = kernel_->decode_quanta(text, target);
    text.remove_prefix(read);
    target += read / 4 * 3;
  }
  return {};
}

Result<void> Base64Decoder::take_quantum(std::string_view& text, std::byte*& target) {
  while (!text.empty()) {
    const std::uint8_t meaning = kMeanings[static_cast<unsigned char>(text.front())];
    text.remove_prefix(1);
    if (meaning == kSpace) {
      continue;
    }
    FHIRBIN_TRY(take(meaning));
    if (sextets_ == 4) {
      target += emit(target);
      if (!ended_) {
        break;
      }
    }
  }
  return {};
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

Base64Encoder::Base64Encoder() noexcept : Base64Encoder(base64_kernel()) {}

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
    target += kernel_->encode_quanta(carry_, target) / 3 * 4;
  }
  const std::size_t read = kernel_->encode_quanta(bytes, target);
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
  (void)kernel_->encode_quanta(carry_, out.data());
  std::fill(out.begin() + carried_ + 1, out.begin() + 4, '=');
  carried_ = 0;
  return 4;
}

}  // namespace fhirbin::codec
