#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace fhirbin::compare {

// The packaged scalar codec, libmodpbase64; false where its development files were not found.
bool has_scalar_base64();

// Writes the text of `bytes` and a NUL to `target`, and tells how long the text is.
std::size_t encode_scalar_base64(std::span<const std::byte> bytes, char* target);

// Writes the bytes of `text` to `target`, and tells how many they are.
std::size_t decode_scalar_base64(std::string_view text, std::byte* target);

}  // namespace fhirbin::compare
