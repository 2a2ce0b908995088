#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "engine/storage/connection.h"
#include "engine/storage/fork_guard.h"
#include "engine/storage/held_lock.h"
#include "engine/storage/page_blob.h"
#include "engine/storage/volume_context.h"

namespace fhirbin::storage {

// One connection to read a volume with: of a sealed one immutable and without any lock, of a
// filling one through its gate. Thread-compatible.
class VolumeConnection {
 public:
  using Work = std::function<Result<void>(Connection&)>;
  struct Options {
    std::uint32_t volume = 0;
    bool sealed = false;
    bool read_only = false;  // never write, not even to roll back a hot journal
  };

  // Opens no file of the volume before run(). `context` must outlive the connection. Errors: kIo.
  static Result<std::unique_ptr<VolumeConnection>> make(const VolumeContext& context,
                                                        const Options& options);
  VolumeConnection(const VolumeConnection&) = delete;
  VolumeConnection& operator=(const VolumeConnection&) = delete;
  ~VolumeConnection();

  std::uint32_t volume() const noexcept { return options_.volume; }
  bool sealed() const noexcept { return options_.sealed; }

  // Runs `work(connection)`; on a filling volume inside the gate, and again while a live filler
  // makes a read-only connection mistake its journal for a hot one. Errors: those of
  // VolumeReader::read(), and of `work`.
  Result<void> run(const Work& work);

  // For `work`: a handle that stays open between calls on a sealed volume, and on a filling one not
  // beyond the gate.
  PageBlob& page_blob() noexcept { return page_blob_; }

  // Whether the file was dropped, looked up once in 5 s: a connection in constant use must not keep
  // its space either.
  bool outlives_its_file();

 private:
  VolumeConnection(const VolumeContext& context, const Options& options);
  Result<void> run_once(const Work& work);
  Result<void> connect();

  const VolumeContext* context_;
  Options options_;
  ForkGuard guard_;
  // When the file was last known to have a name.
  std::chrono::steady_clock::time_point file_seen_ = std::chrono::steady_clock::now();
  std::unique_ptr<LockFile> gate_;          // an open file description of its own; none when sealed
  std::unique_ptr<Connection> connection_;  // dies before the gate
  PageBlob page_blob_;                      // dies before the connection
};

}  // namespace fhirbin::storage
