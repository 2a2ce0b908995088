#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/storage/connection.h"
#include "engine/storage/held_lock.h"
#include "engine/storage/volume_files.h"
#include "engine/util/mutex.h"

namespace fhirbin::storage {

// Where a chunk's bytes lie, as the catalog says at some moment.
struct PagePlace {
  std::uint32_t volume = 0;
  std::uint64_t page = 0;
  bool sealed = false;  // the volume was sealed at that moment
};

// Reads pages of any volume of a store. Sealed volumes are opened immutable and read without any
// lock; filling ones through their gate. Connections are pooled per volume and closed after 5 s
// without use (looked at whenever the pool is used). Thread-safe.
class VolumeReader {
 public:
  // `read_only`: never write, not even to roll back a hot journal.
  VolumeReader(VolumeContext context, bool read_only);
  VolumeReader(const VolumeReader&) = delete;
  VolumeReader& operator=(const VolumeReader&) = delete;
  ~VolumeReader();

  // Replaces `stored` with the bytes of the page, reusing its memory. `stored_length` is what the
  // catalog says and is checked. Errors: kGone when the volume's file is no longer there (look the
  // chunk up again), kCorrupt when the page is missing, has another length or fails its seal,
  // kReadOnly for a hot journal that may not be rolled back ("needs recovery"), kBusy at the gate,
  // kIo.
  Result<void> read(const PagePlace& place, std::uint32_t stored_length, ByteVector& stored);

  // After dropping a file: closes the connections of `volume`, those in use as soon as they are
  // not.
  void forget(std::uint32_t volume);

  // Checks every SQLite page of a volume (integrity_check on a connection of its own, through the
  // gate where it is filling); an empty string when whole, else what is wrong in one line. Errors:
  // kBusy, kIo, kGone.
  Result<std::string> check_integrity(std::uint32_t volume, bool sealed);

  // What a volume holds, counted in its file.
  struct Contents {
    std::uint64_t pages = 0;
    std::uint64_t stored_bytes = 0;
  };
  Result<Contents> count_contents(std::uint32_t volume, bool sealed);

 private:
  struct Handle;
  using HandlePtr = std::unique_ptr<Handle>;
  using Moment = std::chrono::steady_clock::time_point;

  Result<HandlePtr> acquire(std::uint32_t volume, bool sealed);
  Result<HandlePtr> make_handle(std::uint32_t volume, bool sealed) const;
  void release(HandlePtr handle);
  HandlePtr take_idle(std::uint32_t volume, bool sealed) FHIRBIN_REQUIRES(mutex_);
  void collect_stale(Moment now, std::vector<HandlePtr>& stale) FHIRBIN_REQUIRES(mutex_);
  Result<void> connect(Handle& handle) const;
  Result<void> check_usable() const { return guard_.check(); }
  Result<HeldLock> enter_gate(Handle& handle) const;
  static Result<HeldLock> try_gate(Handle& handle);

  // Runs `work(connection)`; on a filling volume inside the gate, and again while a live filler
  // makes a read-only connection mistake its journal for a hot one.
  template <class Work>
  Result<void> run(Handle& handle, Work&& work) const;
  template <class Work>
  Result<void> run_once(Handle& handle, Work&& work) const;

  VolumeContext context_;
  bool read_only_;
  ForkGuard guard_;
  Mutex mutex_;
  std::multimap<std::uint32_t, HandlePtr> idle_ FHIRBIN_GUARDED_BY(mutex_);
  std::set<std::uint32_t> forgotten_ FHIRBIN_GUARDED_BY(mutex_);
};

}  // namespace fhirbin::storage
