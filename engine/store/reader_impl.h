#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "engine/store/content_reader.h"
#include "engine/store/store_impl.h"
#include "fhirbin/reader.h"

namespace fhirbin {

class Reader::Impl {
 public:
  Impl(std::shared_ptr<Store::Impl> owner, VersionInfo version,
       std::unique_ptr<store::ContentReader> reader)
      : store(std::move(owner)), info(std::move(version)), content(std::move(reader)) {}

  std::shared_ptr<Store::Impl> store;
  VersionInfo info;
  std::unique_ptr<store::ContentReader> content;  // dies before store
  std::uint64_t position = 0;                     // of sequential reads
};

}  // namespace fhirbin
