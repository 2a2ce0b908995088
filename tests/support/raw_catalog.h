#pragma once

#include <filesystem>

#include <gtest/gtest.h>

#include "engine/storage/connection.h"
#include "engine/storage/lock_file.h"

namespace fhirbin::testing {

// A connection to the catalog of a store, past all rules of the engine.
inline storage::Connection open_raw_catalog(const std::filesystem::path& store) {
  storage::Connection::Options options{.path = (store / "catalog.db").string(), .seal = {}};
  options.seal.store_id = storage::LockFile::open(store / "lock", true).value().store_id();
  options.seal.wal_reserve_bytes = 4U << 20;
  return storage::Connection::open(options).value();
}

inline void execute_raw(const std::filesystem::path& store, const char* sql) {
  const auto done = open_raw_catalog(store).execute(sql);
  EXPECT_TRUE(done) << done.error().message;
}

inline std::int64_t query_raw(const std::filesystem::path& store, const char* sql) {
  return open_raw_catalog(store).query_number(sql).value();
}

}  // namespace fhirbin::testing
