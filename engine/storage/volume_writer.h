#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "engine/storage/connection.h"
#include "engine/storage/lock_file.h"
#include "engine/storage/volume_context.h"

namespace fhirbin::storage {

// One filling volume, held by this object alone among all processes: pages go in, in transactions
// of the caller's choosing. A page is durable once commit() returned. Move-only; thread-compatible.
class VolumeWriter {
 public:
  // Takes the volume's filler lock and opens the file, creating it (file, schema, directory sync)
  // where it does not exist and `may_create`; a hot journal rolls back. nullopt when somebody else
  // fills it. Errors: kCorrupt when the file is missing though `may_create` is false, or is not
  // this volume; kIo, ...
  static Result<std::optional<VolumeWriter>> take(const VolumeContext& context,
                                                  std::uint32_t number, bool may_create);

  VolumeWriter(VolumeWriter&&) noexcept;
  VolumeWriter& operator=(VolumeWriter&&) noexcept;
  // Rolls back what was not committed and lets go of the volume, which stays filling.
  ~VolumeWriter();

  std::uint32_t number() const noexcept { return number_; }
  // Whether the file says that it was sealed (its user_version is 1); then only the books have to
  // follow.
  bool sealed() const noexcept { return sealed_; }

  // Appends one page inside a transaction, begun when none is open, and returns its id (from 1,
  // rising; the id of a committed page is never used again, that of a page rolled back may be).
  // `stored` is copied. Errors: kNoSpace, kIo, kCorrupt when it was sealed meanwhile; after an
  // error everything since the last commit() is gone and the writer is spent.
  Result<std::uint64_t> append(ByteSpan stored);

  // Makes all appended pages durable. Takes the gate exclusively for the COMMIT, letting waiting
  // readers in first for up to 5 ms. Errors: kBusy when readers hold the gate past the time-out
  // (then it may be repeated), kNoSpace, kIo; kIndeterminate when the sync failed.
  Result<void> commit();

  // The stored bytes of page `id`, appended by this object in this or an earlier transaction.
  Result<ByteVector> read(std::uint64_t id);

  // Pages and their stored bytes, committed or not: counted in the file when it was taken, then
  // kept up.
  std::uint64_t page_count() const noexcept { return page_count_; }
  std::uint64_t stored_bytes() const noexcept { return stored_bytes_; }
  std::uint64_t uncommitted_bytes() const noexcept { return uncommitted_bytes_; }

  // commit(), then marks the file sealed for ever (user_version 1), removes the journal, closes the
  // connection and syncs the directory. The filler lock is kept until destruction, so that the
  // catalog can follow.
  Result<void> seal();

 private:
  VolumeWriter(VolumeContext context, std::uint32_t number, LockFile lock);
  Result<void> open(bool may_create);
  Result<void> ensure_file(bool may_create) const;
  Result<void> connect();
  Result<void> count_pages();
  Result<void> check_usable() const;
  Result<void> begin();
  Result<std::uint64_t> insert(ByteSpan stored);
  Result<void> commit_inside_gate();
  Result<void> mark_sealed();
  Result<void> finish_sealing();
  void spend() noexcept;
  void close_connection() noexcept;

  VolumeContext context_;
  std::uint32_t number_;
  LockFile lock_;
  std::unique_ptr<Connection> connection_;  // dies before lock_; none once sealed or spent
  bool sealed_ = false;
  std::uint64_t page_count_ = 0;
  std::uint64_t stored_bytes_ = 0;
  std::uint64_t uncommitted_pages_ = 0;
  std::uint64_t uncommitted_bytes_ = 0;
};

}  // namespace fhirbin::storage
