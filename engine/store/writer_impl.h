#pragma once

#include <memory>
#include <utility>

#include "engine/store/store_impl.h"
#include "engine/store/write_session.h"
#include "fhirbin/writer.h"

namespace fhirbin {

class Writer::Impl {
 public:
  Impl(std::shared_ptr<Store::Impl> owner, std::unique_ptr<store::WriteSession> begun)
      : store(std::move(owner)), session(std::move(begun)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (store->in_forked_child()) {
      [[maybe_unused]] const auto* const left =
          session.release();  // its threads and its volume are the parent's
    }
  }

  std::shared_ptr<Store::Impl> store;
  std::unique_ptr<store::WriteSession> session;  // dies before store
};

}  // namespace fhirbin
