#include "engine/chunk/cut_candidates.h"

#include "engine/util/kernel_list.h"

namespace fhirbin::chunk {
namespace {

KernelList<CandidateKernel> find_kernels() noexcept {
  KernelList<CandidateKernel> list;
  list.add(scalar_candidate_kernel());
#if defined(__x86_64__)
  // These ask whether the operating system saves the wide registers, too.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.1")) {
    list.add(sse4_candidate_kernel());
  }
  if (__builtin_cpu_supports("avx2")) {
    list.add(avx2_candidate_kernel());
  }
#elif defined(__aarch64__)
  list.add(neon_candidate_kernel());  // part of the architecture
#endif
  return list;
}

}  // namespace

std::span<const CandidateKernel* const> candidate_kernels() noexcept {
  static const KernelList<CandidateKernel> list = find_kernels();
  return list.all();
}

const CandidateKernel& candidate_kernel() noexcept {
  static const CandidateKernel& fastest = *candidate_kernels().back();
  return fastest;
}

}  // namespace fhirbin::chunk
