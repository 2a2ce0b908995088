#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "tests/support/fault_vfs.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {

// A store whose disk can be slow, full or broken.
class FaultStoreTest : public ::testing::Test {
 protected:
  explicit FaultStoreTest(store::Environment environment = store::system_environment(),
                          const CreateOptions& create = {})
      : environment_(environment), create_(create) {}

  void SetUp() override {
    FaultVfs::install();
    environment_.vfs = FaultVfs::kSealedName;
    store_ = std::make_unique<TemporaryStore>(create_, OpenOptions{}, environment_);
  }
  void TearDown() override {
    FaultVfs::heal();
    store_.reset();
  }
  Store& store() { return **store_; }
  std::filesystem::path path() const { return store_->path(); }
  void reopen() { store_->reopen(); }

 private:
  store::Environment environment_;
  CreateOptions create_;
  std::unique_ptr<TemporaryStore> store_;
};

}  // namespace fhirbin::testing
