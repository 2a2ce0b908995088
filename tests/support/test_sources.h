#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "engine/util/bytes.h"
#include "engine/util/try.h"
#include "fhirbin/source.h"

namespace fhirbin::testing {

// Gives its bytes in pieces of at most `piece_bytes`, says of its size what it is told to say, and
// fails after `fails_after` bytes.
class AwkwardSource final : public Source {
 public:
  struct Habits {
    std::size_t piece_bytes = SIZE_MAX;
    std::optional<std::uint64_t> claimed_size = {};
    std::optional<std::size_t> fails_after = {};
  };

  AwkwardSource(ByteSpan bytes, Habits habits) : bytes_(bytes), habits_(std::move(habits)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    std::size_t length = std::min({buffer.size(), bytes_.size() - given_, habits_.piece_bytes});
    if (habits_.fails_after) {
      if (given_ == *habits_.fails_after) {
        return fail(ErrorCode::kIo, "the source broke");
      }
      length = std::min(length, *habits_.fails_after - given_);
    }
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(given_), length, buffer.begin());
    given_ += length;
    return length;
  }

  std::optional<std::uint64_t> size_hint() const override { return habits_.claimed_size; }

 private:
  ByteSpan bytes_;
  Habits habits_;
  std::size_t given_ = 0;
};

}  // namespace fhirbin::testing
