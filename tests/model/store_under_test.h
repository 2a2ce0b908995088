#pragma once

#include <memory>

#include "engine/store/store_impl.h"
#include "fhirbin/store.h"
#include "tests/model/content_recipe.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_clock.h"

namespace fhirbin::testing {

// A store whose every threshold is small, with a clock that only moves when told to.
class StoreUnderTest {
 public:
  explicit StoreUnderTest(const CreateOptions& create)
      : store_(std::make_unique<Store>(
            Store::Impl::create(path(), create, {.worker_threads = 1}, model_environment(clock_))
                .value())) {}

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  TestClock& clock() { return clock_; }

  Result<void> reopen(const OpenOptions& options) {
    auto closed = store_->close();
    store_.reset();
    store_ = std::make_unique<Store>(
        Store::Impl::open(path(), options, model_environment(clock_)).value());
    return closed;
  }

 private:
  std::filesystem::path path() const { return folder_.path() / "model.fhirbin"; }

  TestClock clock_;
  TemporaryFolder folder_{memory_directory_path()};
  std::unique_ptr<Store> store_;
};

}  // namespace fhirbin::testing
