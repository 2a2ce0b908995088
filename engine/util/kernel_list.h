#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace fhirbin {

// The kernels of one kind that this CPU can run, slowest first. `Kernel` objects outlive the list.
template <class Kernel>
class KernelList {
 public:
  void add(const Kernel& kernel) noexcept { kernels_[count_++] = &kernel; }

  std::span<const Kernel* const> all() const noexcept { return std::span(kernels_).first(count_); }

 private:
  std::array<const Kernel*, 4> kernels_{};
  std::size_t count_ = 0;
};

}  // namespace fhirbin
