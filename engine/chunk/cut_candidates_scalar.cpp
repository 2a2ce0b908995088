#include "engine/chunk/cut_candidates_scalar.h"

namespace fhirbin::chunk {
namespace {

void find(const std::byte* content, std::size_t count, std::uint32_t limit,
          CandidateBits bits) noexcept {
  clear_candidates(count, bits);
  find_candidates_one_by_one(content, 0, count, limit, bits);
}

constexpr CandidateKernel kKernel = {.name = "scalar", .find = find};

}  // namespace

const CandidateKernel& scalar_candidate_kernel() noexcept { return kKernel; }

}  // namespace fhirbin::chunk
