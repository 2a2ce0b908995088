#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/util/bytes.h"
#include "fhirbin/error.h"

namespace fhirbin::codec {

struct Base64Kernel;

// Characters that `size_bytes` bytes become: RFC 4648 section 4, padded.
constexpr std::uint64_t base64_length(std::uint64_t size_bytes) noexcept {
  return (size_bytes + 2) / 3 * 4;
}

// Decodes base64 text that comes in pieces cut anywhere. Strict alphabet and padding; space, tab,
// CR and LF are skipped wherever they stand; unused bits of the last quantum may be set.
// Thread-compatible.
class Base64Decoder {
 public:
  // By the fastest kernel of this CPU, or by one of base64_kernels().
  Base64Decoder() noexcept;
  explicit Base64Decoder(const Base64Kernel& kernel) noexcept : kernel_(&kernel) {}

  // The most bytes that decode() can produce from `text_length` characters.
  static constexpr std::size_t max_decoded_size(std::size_t text_length) noexcept {
    return ((text_length + 3) / 4 * 3) + 3;
  }

  // Decodes `text` into the front of `out`, which holds max_decoded_size(text.size()) bytes or
  // more, and returns how many were written. Errors: kInvalidResource with IssueType::kValue; the
  // decoder is spent.
  Result<std::size_t> decode(std::string_view text, MutableByteSpan out);

  // Ends the text. Errors: kInvalidResource when a quantum is cut off (missing padding).
  Result<void> finish() const;

 private:
  // Takes characters off the front of `text`: what is missing of a quantum that was begun, and then
  // all quanta up to the first that is not plain.
  Result<void> take_plain(std::string_view& text, std::byte*& target);
  // Takes all characters up to a stretch without spaces, by way of a copy that has none: where one
  // space is, mostly there is one in each line.
  Result<void> take_folded(std::string_view& text, std::byte*& target);
  // Takes characters one by one: to the end of a quantum, or, behind padding, all.
  Result<void> take_quantum(std::string_view& text, std::byte*& target);
  // Adds a sextet or a padding character to the quantum.
  Result<void> take(std::uint8_t meaning);
  // Writes the bytes of a full quantum and begins the next; returns how many they were.
  std::size_t emit(std::byte* target) noexcept;

  bool is_between_quanta() const noexcept { return sextets_ == 0 && !ended_; }

  const Base64Kernel* kernel_;
  std::uint32_t quantum_ = 0;  // the sextets seen of an unfinished quantum, most significant first
  std::uint8_t sextets_ = 0;   // how many, padding included: 0 to 3 between calls
  std::uint8_t padding_ = 0;   // `=` characters seen: 0 to 2
  bool ended_ = false;         // a padded quantum was completed; nothing but whitespace may follow
};

// Encodes bytes that come in pieces cut anywhere, in one line. Thread-compatible.
class Base64Encoder {
 public:
  // By the fastest kernel of this CPU, or by one of base64_kernels().
  Base64Encoder() noexcept;
  explicit Base64Encoder(const Base64Kernel& kernel) noexcept : kernel_(&kernel) {}

  // The most characters that encode() can produce from `size_bytes` bytes.
  static constexpr std::size_t max_encoded_size(std::size_t size_bytes) noexcept {
    return ((size_bytes + 2) / 3 * 4) + 4;
  }

  // Encodes `bytes` into the front of `out`, which holds max_encoded_size(bytes.size()) characters
  // or more, and returns how many were written. Up to two bytes are carried to the next call.
  std::size_t encode(ByteSpan bytes, std::span<char> out) noexcept;

  // Writes the carried bytes with their padding: 0 or 4 characters.
  std::size_t finish(std::span<char> out) noexcept;

 private:
  const Base64Kernel* kernel_;
  std::array<std::byte, 3> carry_{};
  std::uint8_t carried_ = 0;
};

}  // namespace fhirbin::codec
