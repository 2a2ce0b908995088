#pragma once

#include <cstdint>
#include <vector>

#include "engine/storage/connection.h"
#include "engine/util/mutex.h"
#include "engine/util/try.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// Lends read connections to the catalog, each inside a read transaction that ends with the lending,
// so no reader holds the WAL for longer than one short look. Thread-safe.
class CatalogReaders {
 public:
  explicit CatalogReaders(Connection::Options options) : options_(std::move(options)) {}

  // Runs `look(Connection&)`, which returns a Result, on one snapshot of the catalog.
  template <class Look>
  auto read(Look&& look) -> decltype(look(std::declval<Connection&>())) {
    FHIRBIN_TRY_ASSIGN(Connection connection, acquire());
    auto result = look_in_transaction(connection, look);
    if (result || result.error().code != ErrorCode::kIo) {
      release(std::move(connection));
    }
    return result;
  }

  // Closes what is not in use.
  void close_idle();

 private:
  template <class Look>
  static auto look_in_transaction(Connection& connection, Look& look)
      -> decltype(look(std::declval<Connection&>())) {
    FHIRBIN_TRY_ASSIGN(const auto transaction,
                       Transaction::begin(connection, Transaction::Kind::kRead));
    return look(connection);
  }

  Result<Connection> acquire();
  void release(Connection connection);

  const Connection::Options options_;
  Mutex mutex_;
  std::vector<Connection> idle_ FHIRBIN_GUARDED_BY(mutex_);
};

}  // namespace fhirbin::storage
