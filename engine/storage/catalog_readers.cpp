#include "engine/storage/catalog_readers.h"

#include <utility>

namespace fhirbin::storage {
namespace {

// Connections kept for later; each costs its page cache.
constexpr std::size_t kMaxIdle = 4;

}  // namespace

Result<Connection> CatalogReaders::acquire() {
  {
    const MutexLock lock(mutex_);
    if (!idle_.empty()) {
      Connection connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  FHIRBIN_TRY_ASSIGN(Connection connection, Connection::open(options_));
  FHIRBIN_TRY(connection.execute("PRAGMA query_only=ON"));
  return connection;
}

void CatalogReaders::release(Connection connection) {
  const MutexLock lock(mutex_);
  if (idle_.size() < kMaxIdle) {
    idle_.push_back(std::move(connection));
  }
}

void CatalogReaders::close_idle() {
  const MutexLock lock(mutex_);
  idle_.clear();
}

}  // namespace fhirbin::storage
