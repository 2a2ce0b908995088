#include "engine/store/json_source.h"

#include "engine/util/guarded.h"
#include "engine/util/try.h"

namespace fhirbin::store {

Result<std::size_t> FhirJsonSource::read(std::span<std::byte> buffer) {
  return guarded([&]() -> Result<std::size_t> {
    if (store_->in_forked_child()) {
      return fail(ErrorCode::kInvalidArgument, "a source cannot be used in a child of fork()");
    }
    FHIRBIN_TRY(store_->check_certain());
    FHIRBIN_TRY_ASSIGN(const std::size_t filled, stream_.read(buffer));
    pulled_bytes_ += filled;
    return filled;
  });
}

std::optional<std::uint64_t> FhirJsonSource::size_hint() const {
  return stream_.size_bytes() - pulled_bytes_;
}

}  // namespace fhirbin::store
