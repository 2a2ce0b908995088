#pragma once

#include <cstddef>
#include <string_view>

#include "engine/util/bytes.h"

namespace fhirbin::codec {

// The inner loops of base64.h: whole quanta (3 bytes, 4 characters) of plain text without state,
// whitespace or padding. Base64Decoder and Base64Encoder do the rest around them.

// How many bytes past the last decoded one decode_quanta() may overwrite.
inline constexpr std::size_t kDecodeSlackBytes = 2;

// Decodes quanta off the front of `text` up to the first that holds anything but characters of the
// alphabet. Returns how many characters it read, a multiple of 4; `target` gets 3 bytes for each 4.
std::size_t decode_quanta(std::string_view text, std::byte* target) noexcept;

// Encodes all whole quanta of `bytes`. Returns how many bytes it read, a multiple of 3; `target`
// gets 4 characters for each 3.
std::size_t encode_quanta(ByteSpan bytes, char* target) noexcept;

}  // namespace fhirbin::codec
