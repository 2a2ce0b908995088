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

  // Whether the content may be read at present.
  Result<void> check_usable() const {
    if (store->in_forked_child()) {
      return fail(ErrorCode::kInvalidArgument, "a reader cannot be used in a child of fork()");
    }
    return store->check_certain();
  }

  std::shared_ptr<Store::Impl> store;
  VersionInfo info;
  std::unique_ptr<store::ContentReader> content;  // dies before store
  std::uint64_t position = 0;                     // of sequential reads
};

}  // namespace fhirbin
