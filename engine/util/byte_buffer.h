#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace fhirbin {

// Leaves new elements as the memory was, where std::allocator would clear them.
template <class T>
class UninitializedAllocator : public std::allocator<T> {
 public:
  using std::allocator<T>::allocator;

  template <class U>
  void construct(U* target) noexcept {
    ::new (static_cast<void*>(target)) U;
  }
  template <class U, class... Arguments>
  void construct(U* target, Arguments&&... arguments) {
    std::construct_at(target, std::forward<Arguments>(arguments)...);
  }
  template <class U>
  struct rebind {  // NOLINT(readability-identifier-naming): the name that allocators must have
    using other = UninitializedAllocator<U>;
  };
};

// A ByteVector for bytes that are about to be overwritten: what resize() adds is not cleared.
using ByteBuffer = std::vector<std::byte, UninitializedAllocator<std::byte>>;

}  // namespace fhirbin
