#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "engine/store/json_stream.h"
#include "engine/store/store_impl.h"
#include "fhirbin/source.h"

namespace fhirbin::store {

// FHIR JSON to be pulled by a caller, who may let the Store go meanwhile. Thread-compatible.
class FhirJsonSource final : public Source {
 public:
  FhirJsonSource(std::shared_ptr<Store::Impl> owner, JsonStream stream)
      : store_(std::move(owner)), stream_(std::move(stream)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override;
  std::optional<std::uint64_t> size_hint() const override;

 private:
  std::shared_ptr<Store::Impl> store_;
  JsonStream stream_;  // dies before store_
  std::uint64_t pulled_bytes_ = 0;
};

}  // namespace fhirbin::store
