#include "engine/storage/volume_pool.h"

#include <iterator>
#include <utility>

#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// How long a connection stays open without use.
constexpr auto kIdleLimit = 5s;
// Idle connections over all volumes: with their caches at most a few MiB.
constexpr std::size_t kMostIdle = 16;

}  // namespace

Result<VolumePool::ConnectionPtr> VolumePool::acquire(std::uint32_t volume, bool sealed) {
  ConnectionPtr connection;
  std::vector<ConnectionPtr> stale;  // closed after the mutex is free: closing does I/O
  {
    const MutexLock lock(mutex_);
    collect_stale(steady_clock::now(), stale);
    connection = take_idle(volume, sealed);
  }
  if (connection != nullptr && !connection->outlives_its_file()) {
    return connection;
  }
  connection.reset();
  return make(volume, sealed);
}

Result<VolumePool::ConnectionPtr> VolumePool::make(std::uint32_t volume, bool sealed) const {
  return VolumeConnection::make(context_,
                                {.volume = volume, .sealed = sealed, .read_only = read_only_});
}

VolumePool::ConnectionPtr VolumePool::take_idle(std::uint32_t volume, bool sealed) {
  const auto [begin, end] = idle_.equal_range(volume);
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second.connection->sealed() == sealed) {
      return std::move(idle_.extract(entry).mapped().connection);
    }
  }
  return nullptr;
}

void VolumePool::release(ConnectionPtr connection) {
  const Moment now = steady_clock::now();
  const std::uint32_t volume = connection->volume();
  std::vector<ConnectionPtr> stale;
  const MutexLock lock(mutex_);
  if (!forgotten_.contains(volume)) {
    idle_.emplace(volume, Idle{.connection = std::move(connection), .since = now});
  }
  collect_stale(now, stale);
}

void VolumePool::collect_stale(Moment now, std::vector<ConnectionPtr>& stale) {
  auto oldest = idle_.end();
  for (auto entry = idle_.begin(); entry != idle_.end();) {
    const auto next = std::next(entry);
    if (now - entry->second.since > kIdleLimit) {
      stale.push_back(std::move(idle_.extract(entry).mapped().connection));
    } else if (oldest == idle_.end() || entry->second.since < oldest->second.since) {
      oldest = entry;
    }
    entry = next;
  }
  if (idle_.size() > kMostIdle) {
    stale.push_back(std::move(idle_.extract(oldest).mapped().connection));
  }
}

void VolumePool::forget(std::uint32_t volume) {
  std::vector<ConnectionPtr> stale;
  const MutexLock lock(mutex_);
  forgotten_.insert(volume);
  for (const bool sealed : {false, true}) {
    while (ConnectionPtr connection = take_idle(volume, sealed)) {
      stale.push_back(std::move(connection));
    }
  }
}

}  // namespace fhirbin::storage
