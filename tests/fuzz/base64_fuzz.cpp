// Property: however base64 text is cut into pieces, and by whichever kernel, the decoder comes to
// the same bytes or the same error; and what it takes is encoded and decoded to the same bytes
// again.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/codec/base64.h"
#include "engine/codec/base64_kernel.h"
#include "tests/fuzz/require.h"

namespace {

using fhirbin::as_bytes;
using fhirbin::ByteSpan;
using fhirbin::ByteVector;
using fhirbin::codec::Base64Decoder;
using fhirbin::codec::Base64Encoder;
using fhirbin::codec::Base64Kernel;
using fhirbin::fuzz::require;

// nullopt: refused.
std::optional<ByteVector> decode(std::string_view text, std::size_t piece,
                                 const Base64Kernel& kernel = fhirbin::codec::base64_kernel()) {
  Base64Decoder decoder(kernel);
  ByteVector decoded;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const std::string_view part = text.substr(at, piece);
    ByteVector out(Base64Decoder::max_decoded_size(part.size()));
    const auto count = decoder.decode(part, out);
    if (!count) {
      return std::nullopt;
    }
    decoded.insert(decoded.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*count));
  }
  return decoder.finish() ? std::optional(decoded) : std::nullopt;
}

std::string encode(ByteSpan bytes, std::size_t piece,
                   const Base64Kernel& kernel = fhirbin::codec::base64_kernel()) {
  Base64Encoder encoder(kernel);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const ByteSpan part = bytes.subspan(at, std::min(piece, bytes.size() - at));
    std::string out(Base64Encoder::max_encoded_size(part.size()), '\0');
    text += out.substr(0, encoder.encode(part, out));
  }
  std::string end(Base64Encoder::max_encoded_size(0), '\0');
  return text + end.substr(0, encoder.finish(end));
}

}  // namespace

// The first byte chooses the size of the pieces; the rest is the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::size_t piece = 1 + data[0] % 80U;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto whole = decode(text, text.size() + 1);
  require(decode(text, piece) == whole, "pieces decode as the whole does");
  require(decode(text, 1) == whole, "single characters decode as the whole does");
  const ByteVector content = whole.value_or(ByteVector());
  const std::string canonical = encode(content, piece);
  require(canonical.size() == fhirbin::codec::base64_length(content.size()), "the length is told");
  require(encode(content, content.size() + 1) == canonical, "pieces encode as the whole does");
  require(decode(canonical, piece) == content, "what is encoded decodes to the same");
  const ByteSpan any = as_bytes(text);
  for (const Base64Kernel* kernel : fhirbin::codec::base64_kernels()) {
    require(decode(text, piece, *kernel) == whole, "every kernel decodes the same");
    require(encode(any, piece, *kernel) == encode(any, piece), "every kernel encodes the same");
  }
  require(decode(encode(any, piece), piece) == ByteVector(any.begin(), any.end()),
          "any bytes survive");
  return 0;
}
