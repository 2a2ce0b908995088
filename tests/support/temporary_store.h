#pragma once

#include <filesystem>
#include <memory>

#include "engine/store/store_impl.h"
#include "fhirbin/store.h"
#include "tests/support/sample_bytes.h"
#include "tests/support/store_calls.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_environment.h"

namespace fhirbin::testing {

// A new store in a folder of its own.
class TemporaryStore {
 public:
  explicit TemporaryStore(CreateOptions create = {}, OpenOptions open = {},
                          const store::Environment& environment = store::system_environment())
      : open_(open), environment_(environment) {
    store_ =
        std::make_unique<Store>(Store::Impl::create(path(), create, open, environment).value());
  }

  std::filesystem::path path() const { return folder_.path() / "test.fhirbin"; }
  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }

  void close() { store_.reset(); }
  // Closes and opens again.
  void reopen() {
    close();
    store_ = std::make_unique<Store>(Store::Impl::open(path(), open_, environment_).value());
  }

 private:
  TemporaryFolder folder_;
  OpenOptions open_;
  store::Environment environment_;
  std::unique_ptr<Store> store_;
};

}  // namespace fhirbin::testing
