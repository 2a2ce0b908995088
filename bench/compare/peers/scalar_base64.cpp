#include "bench/compare/peers/scalar_base64.h"

#ifdef FHIRBIN_COMPARE_MODP
#include <modp_b64.h>
#endif

#include "bench/compare/require.h"

namespace fhirbin::compare {

#ifdef FHIRBIN_COMPARE_MODP

bool has_scalar_base64() { return true; }

std::size_t encode_scalar_base64(std::span<const std::byte> bytes, char* target) {
  return modp_b64_encode(target, reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::size_t decode_scalar_base64(std::string_view text, std::byte* target) {
  const std::size_t count =
      modp_b64_decode(reinterpret_cast<char*>(target), text.data(), text.size());
  require(count != static_cast<std::size_t>(-1), "modp_b64_decode");
  return count;
}

#else

bool has_scalar_base64() { return false; }

std::size_t encode_scalar_base64(std::span<const std::byte>, char*) {
  give_up("built without libmodpbase64");
}

std::size_t decode_scalar_base64(std::string_view, std::byte*) {
  give_up("built without libmodpbase64");
}

#endif

}  // namespace fhirbin::compare
