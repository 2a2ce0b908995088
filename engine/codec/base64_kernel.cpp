#include "engine/codec/base64_kernel.h"

#include "engine/util/kernel_list.h"

namespace fhirbin::codec {
namespace {

KernelList<Base64Kernel> find_kernels() noexcept {
  KernelList<Base64Kernel> list;
  list.add(scalar_kernel());
#if defined(__x86_64__)
  // These ask whether the operating system saves the wide registers, too.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) {
    list.add(avx2_kernel());
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2")) {
    list.add(avx512_kernel());
  }
#elif defined(__aarch64__)
  list.add(neon_kernel());  // part of the architecture
#endif
  return list;
}

}  // namespace

std::span<const Base64Kernel* const> base64_kernels() noexcept {
  static const KernelList<Base64Kernel> list = find_kernels();
  return list.all();
}

const Base64Kernel& base64_kernel() noexcept {
  static const Base64Kernel& fastest = *base64_kernels().back();
  return fastest;
}

}  // namespace fhirbin::codec
