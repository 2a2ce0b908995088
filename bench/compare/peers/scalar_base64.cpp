#include "bench/compare/peers/scalar_base64.h"

#ifdef FHIRBIN_COMPARE_B64
extern "C" {
#include <b64/cdecode.h>
#include <b64/cencode.h>
}
#endif

#include "bench/compare/require.h"

namespace fhirbin::compare {

#ifdef FHIRBIN_COMPARE_B64

bool has_scalar_base64() { return true; }

std::size_t encode_scalar_base64(std::span<const std::byte> bytes, char* target) {
  base64_encodestate state;
  base64_init_encodestate(&state);
  const int count = base64_encode_block(reinterpret_cast<const char*>(bytes.data()),
                                        static_cast<int>(bytes.size()), target, &state);
  return static_cast<std::size_t>(count) +
         static_cast<std::size_t>(base64_encode_blockend(target + count, &state));
}

std::size_t decode_scalar_base64(std::string_view text, std::byte* target) {
  base64_decodestate state;
  base64_init_decodestate(&state);
  return static_cast<std::size_t>(base64_decode_block(text.data(), static_cast<int>(text.size()),
                                                      reinterpret_cast<char*>(target), &state));
}

#else

bool has_scalar_base64() { return false; }

std::size_t encode_scalar_base64(std::span<const std::byte>, char*) {
  give_up("built without libb64");
}

std::size_t decode_scalar_base64(std::string_view, std::byte*) { give_up("built without libb64"); }

#endif

}  // namespace fhirbin::compare
