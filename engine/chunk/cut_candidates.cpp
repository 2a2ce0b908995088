#include "engine/chunk/cut_candidates.h"

#include <array>

namespace fhirbin::chunk {
namespace {

struct KernelList {
  std::array<const CandidateKernel*, 3> kernels{};
  std::size_t count = 0;

  void add(const CandidateKernel& kernel) noexcept { kernels[count++] = &kernel; }
};

KernelList find_kernels() noexcept {
  KernelList list;
  list.add(scalar_candidates());
#if defined(__x86_64__)
  // These ask whether the operating system saves the wide registers, too.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.1")) {
    list.add(sse4_candidates());
  }
  if (__builtin_cpu_supports("avx2")) {
    list.add(avx2_candidates());
  }
#elif defined(__aarch64__)
  list.add(neon_candidates());  // part of the architecture
#endif
  return list;
}

}  // namespace

std::span<const CandidateKernel* const> candidate_kernels() noexcept {
  static const KernelList list = find_kernels();
  return std::span(list.kernels).first(list.count);
}

const CandidateKernel& candidate_kernel() noexcept {
  static const CandidateKernel& fastest = *candidate_kernels().back();
  return fastest;
}

}  // namespace fhirbin::chunk
