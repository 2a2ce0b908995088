#include "engine/storage/lanes.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "engine/storage/change_table.h"
#include "engine/storage/volume_context.h"
#include "engine/storage/volume_table.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// Lanes kept open for the next write; each holds a connection and keeps others from filling its
// volume.
constexpr std::size_t kMaxIdle = 2;

constexpr std::uint64_t kWorthSealingShare = 16;

}  // namespace

Lanes::Lanes(Catalog& catalog, VolumeContext context, Random& random)
    : catalog_(&catalog), context_(std::move(context)), random_(&random) {}

Result<VolumeWriter> Lanes::acquire() {
  if (auto idle = take_idle()) {
    return *std::move(idle);
  }
  FHIRBIN_TRY_ASSIGN(auto adopted, adopt_any());
  if (adopted) {
    return *std::move(adopted);
  }
  return start_new();
}

std::optional<VolumeWriter> Lanes::take_idle() {
  const MutexLock lock(mutex_);
  if (idle_.empty()) {
    return std::nullopt;
  }
  std::optional<VolumeWriter> lane(std::move(idle_.back()));
  idle_.pop_back();
  return lane;
}

Result<std::optional<VolumeWriter>> Lanes::adopt_any() {
  FHIRBIN_TRY_ASSIGN(const auto filling, catalog_->read([](Connection& connection) {
    return VolumeTable(connection).filling();
  }));
  for (const VolumeRow& row : filling) {
    auto adopted = adopt(row.number);
    if (!adopted) {
      const ErrorCode code = adopted.error().code;
      if (code == ErrorCode::kCorrupt || code == ErrorCode::kBusy) {
        continue;  // a damaged or crowded volume must not keep anybody from writing elsewhere
      }
      return adopted;
    }
    if (*adopted) {
      return adopted;
    }
  }
  return std::optional<VolumeWriter>();
}

Result<std::optional<VolumeWriter>> Lanes::adopt(std::uint32_t number) {
  // A crash between the row and the file leaves a volume to be made; one that a chunk names must be
  // there.
  FHIRBIN_TRY_ASSIGN(const VolumeSums sums, catalog_->read([number](Connection& connection) {
    return VolumeTable(connection).sums(number);
  }));
  FHIRBIN_TRY_ASSIGN(auto lane, VolumeWriter::take(context_, number, sums.chunks == 0));
  if (!lane) {
    return lane;
  }
  FHIRBIN_TRY_ASSIGN(const auto filling, catalog_->read([](Connection& connection) {
    return VolumeTable(connection).filling();
  }));
  const auto row = std::ranges::find(filling, number, &VolumeRow::number);
  if (row == filling.end()) {
    // Sealed, and perhaps dropped, since it was listed: what take() may have made anew is a stray
    // file.
    if (!lane->sealed() && lane->page_count() == 0) {
      std::error_code ignored;  // verify() tells of strays
      std::filesystem::remove(context_.paths.volume_journal(number), ignored);
      std::filesystem::remove(context_.paths.volume(number), ignored);
    }
    return std::optional<VolumeWriter>();
  }
  if (lane->page_count() < row->pages) {
    // An older image of the file: new pages would get numbers that chunks have already.
    return fail(ErrorCode::kCorrupt, volume_name(number) + " has lost pages");
  }
  if (lane->sealed()) {
    // Its filler died between sealing the file and telling the books.
    FHIRBIN_TRY(seal(*std::move(lane)));
    return std::optional<VolumeWriter>();
  }
  return lane;
}

Result<VolumeWriter> Lanes::start_new() {
  while (true) {
    std::uint32_t number = 0;
    FHIRBIN_TRY(catalog_->write([&](Connection& connection) -> Result<void> {
      FHIRBIN_TRY_ASSIGN(number, VolumeTable(connection).insert(*random_));
      return {};
    }));
    FHIRBIN_TRY_ASSIGN(auto lane, adopt(number));
    if (lane) {
      return *std::move(lane);
    }
    // Somebody who was looking for a volume was quicker; then the next one is ours.
  }
}

bool Lanes::is_full(const VolumeWriter& lane) const noexcept {
  return lane.stored_bytes() >= catalog_->settings().volume_limit_bytes;
}

bool Lanes::is_worth_sealing(const VolumeWriter& lane) const noexcept {
  return lane.stored_bytes() >= catalog_->settings().volume_limit_bytes / kWorthSealingShare;
}

Result<void> Lanes::release(VolumeWriter lane) {
  if (is_full(lane)) {
    return seal(std::move(lane));
  }
  const MutexLock lock(mutex_);
  if (idle_.size() < kMaxIdle) {
    idle_.push_back(std::move(lane));
  }
  return {};
}

Result<void> Lanes::seal(VolumeWriter lane) {
  if (!lane.sealed()) {  // else its filler died before telling the books
    FHIRBIN_TRY(lane.seal());
  }
  return catalog_->write([&](Connection& connection) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(const auto sequence, ChangeTable(connection).last_sequence());
    return VolumeTable(connection)
        .set_sealed(lane.number(), lane.page_count(), lane.stored_bytes(), sequence);
  });
}

Result<std::optional<VolumeWriter>> Lanes::take(std::uint32_t number) {
  {
    const MutexLock lock(mutex_);
    const auto idle = std::ranges::find(idle_, number, &VolumeWriter::number);
    if (idle != idle_.end()) {
      std::optional<VolumeWriter> lane(std::move(*idle));
      idle_.erase(idle);
      return lane;
    }
  }
  return adopt(number);
}

void Lanes::close_idle() {
  const MutexLock lock(mutex_);
  idle_.clear();
}

}  // namespace fhirbin::storage
