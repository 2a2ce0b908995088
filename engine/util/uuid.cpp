#include "engine/util/uuid.h"

#include <array>

#include "engine/util/try.h"

namespace fhirbin {

Result<std::string> make_uuid_v7(Instant now, Random& random) {
  std::array<std::byte, 16> bytes{};
  FHIRBIN_TRY(random.fill(bytes));
  const auto milliseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::byte>(milliseconds >> (8 * (5 - i)));
  }
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x70};  // version 7
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};  // variant of RFC 9562

  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      text.push_back('-');
    }
    text.push_back(kDigits[std::to_integer<std::size_t>(bytes[i] >> 4)]);
    text.push_back(kDigits[std::to_integer<std::size_t>(bytes[i] & std::byte{0xF})]);
  }
  return text;
}

}  // namespace fhirbin
