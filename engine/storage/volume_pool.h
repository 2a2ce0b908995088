#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/storage/volume_connection.h"
#include "engine/util/mutex.h"

namespace fhirbin::storage {

// The connections to the volumes of a store that are not in use, per volume; closed after 5 s
// without use (looked at whenever the pool is used). Thread-safe.
class VolumePool {
 public:
  using ConnectionPtr = std::unique_ptr<VolumeConnection>;

  VolumePool(VolumeContext context, bool read_only)
      : context_(std::move(context)), read_only_(read_only) {}

  // A connection that is the caller's alone: an idle one, or a new one.
  Result<ConnectionPtr> acquire(std::uint32_t volume, bool sealed);
  // A new one in any case.
  Result<ConnectionPtr> make(std::uint32_t volume, bool sealed) const;

  // Takes back a connection on which nothing failed.
  void release(ConnectionPtr connection);

  // Closes the connections of `volume` for good, those in use as soon as they are given back.
  void forget(std::uint32_t volume);

 private:
  using Moment = std::chrono::steady_clock::time_point;
  struct Idle {
    ConnectionPtr connection;
    Moment since;
  };

  ConnectionPtr take_idle(std::uint32_t volume, bool sealed) FHIRBIN_REQUIRES(mutex_);
  void collect_stale(Moment now, std::vector<ConnectionPtr>& stale) FHIRBIN_REQUIRES(mutex_);

  const VolumeContext context_;
  const bool read_only_;
  Mutex mutex_;
  std::multimap<std::uint32_t, Idle> idle_ FHIRBIN_GUARDED_BY(mutex_);
  std::set<std::uint32_t> forgotten_ FHIRBIN_GUARDED_BY(mutex_);
};

}  // namespace fhirbin::storage
