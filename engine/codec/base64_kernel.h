#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "engine/util/bytes.h"

namespace fhirbin::codec {

// How many bytes behind the room of its quanta Base64Kernel::decode_quanta() may overwrite.
inline constexpr std::size_t kDecodeSlackBytes = 2;

// The inner loops of base64.h: whole quanta (3 bytes, 4 characters) of plain text, without state
// and padding. Base64Decoder and Base64Encoder do the rest around them. Immutable.
struct Base64Kernel {
  std::string_view name;

  // Decodes quanta off the front of `text` up to the first that holds anything but characters of
  // the alphabet. Returns how many characters were read, a multiple of 4. `target` has room for 3
  // bytes for each whole quantum of `text`, and for kDecodeSlackBytes more; what lies in it behind
  // the decoded bytes is unspecified.
  std::size_t (*decode_quanta)(std::string_view text, std::byte* target) noexcept;

  // Encodes all whole quanta of `bytes`. Returns how many bytes were read, a multiple of 3;
  // `target` gets 4 characters for each 3, and nothing behind them.
  std::size_t (*encode_quanta)(ByteSpan bytes, char* target) noexcept;

  // Copies `text` without its spaces, tabs, CRs and LFs to `target`, which has room for
  // text.size() characters, and returns how many were left.
  std::size_t (*drop_spaces)(std::string_view text, char* target) noexcept;
};

// The kernels that this CPU can run, slowest first: never empty.
std::span<const Base64Kernel* const> base64_kernels() noexcept;

// The fastest of them, found once.
const Base64Kernel& base64_kernel() noexcept;

// Each in a file of its own. Only what base64_kernels() lists may be run.
const Base64Kernel& scalar_kernel() noexcept;
#if defined(__x86_64__)
const Base64Kernel& avx2_kernel() noexcept;
const Base64Kernel& avx512_kernel() noexcept;
#elif defined(__aarch64__)
const Base64Kernel& neon_kernel() noexcept;
#endif

}  // namespace fhirbin::codec
