#pragma once

#include <cstddef>
#include <vector>

#include "engine/chunk/cutter.h"

namespace fhirbin::chunk {

// The lengths of all chunks of `content`.
inline std::vector<std::size_t> cut_all(const Cutter& cutter, ByteSpan content) {
  std::vector<std::size_t> lengths;
  while (!content.empty()) {
    lengths.push_back(cutter.find_cut(content));
    content = content.subspan(lengths.back());
  }
  return lengths;
}

}  // namespace fhirbin::chunk
