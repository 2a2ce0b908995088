#include "engine/store/collector.h"

#include <algorithm>
#include <system_error>

#include "engine/storage/change_table.h"
#include "engine/storage/held_lock.h"
#include "engine/storage/volume_table.h"
#include "engine/store/catalog_sweep.h"
#include "engine/store/compactor.h"
#include "engine/store/pin.h"
#include "engine/util/file_io.h"
#include "engine/util/guarded.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;
using storage::LockByte;
using storage::VolumeRow;
using storage::VolumeState;
using storage::VolumeTable;

// A volume with less than this share of live bytes is compacted.
constexpr std::uint64_t kMinLivePercent = 60;

// One pass over the volumes: gives dead bytes back to the file system.
class VolumeCollector {
 public:
  VolumeCollector(StoreContext& store, const CallControl& control, CollectReport& report,
                  std::uint64_t own_pin)
      : store_(&store), control_(&control), report_(&report), own_pin_(own_pin) {}

  // Looks at all volumes, or only at those with the numbers in `only`; of these it also compacts
  // what is mostly alive, as long as no more is written than given back.
  Result<void> run(std::optional<std::span<const std::uint32_t>> only) {
    even_mostly_alive_ = only.has_value();
    FHIRBIN_TRY_ASSIGN(auto volumes, list(only));
    seal_those_worth_it(volumes);
    std::uint64_t done = 0;
    Result<void> damage;
    Result<void> no_space;
    for (const VolumeRow& volume : volumes) {
      if (control_->stop.stop_requested()) {
        return fail(ErrorCode::kCancelled, "the collection was stopped");
      }
      if (auto collected = collect(volume); !collected) {
        FHIRBIN_TRY(put_off(std::move(collected), damage, no_space));
      }
      if (control_->on_progress) {
        control_->on_progress({.items_done = ++done, .items_total = volumes.size()});
      }
    }
    FHIRBIN_TRY(damage);
    return report_->volumes_dropped != 0 ? Result<void>() : no_space;
  }

 private:
  // Those in which nothing lives come first, so that no live page is copied into one of them.
  Result<std::vector<VolumeRow>> list(std::optional<std::span<const std::uint32_t>> only) {
    return store_->catalog().read([&](Connection& connection) -> Result<std::vector<VolumeRow>> {
      VolumeTable table(connection);
      FHIRBIN_TRY_ASSIGN(const auto all, table.all());
      std::vector<VolumeRow> dead;
      std::vector<VolumeRow> alive;
      for (const VolumeRow& volume : all) {
        if (only && std::ranges::find(*only, volume.number) == only->end()) {
          continue;
        }
        FHIRBIN_TRY_ASSIGN(const auto sums, table.sums(volume.number));
        (sums.chunks == 0 ? dead : alive).push_back(volume);
      }
      dead.insert(dead.end(), alive.begin(), alive.end());
      return dead;
    });
  }

  // Before anything is copied, or live pages would be copied into a volume that is to go as well.
  // What fails here fails again when its volume is collected, and is told there.
  void seal_those_worth_it(std::vector<VolumeRow>& volumes) {
    for (VolumeRow& volume : volumes) {
      if (volume.state == VolumeState::kFilling) {
        (void)guarded([&] { return seal_if_worth_it(volume); });
      }
    }
  }

  // Keeps what went wrong with one volume for the end, where the others can be given back all the
  // same: one that is damaged, or, on a full disk, one that must be written before it can go.
  Result<void> put_off(Result<void> failed, Result<void>& damage, Result<void>& no_space) {
    switch (failed.error().code) {
      case ErrorCode::kCorrupt:
        damage = damage ? std::move(failed) : std::move(damage);
        return {};
      case ErrorCode::kNoSpace:
        report_->pending = true;
        no_space = std::move(failed);
        return {};
      default:
        return failed;
    }
  }

  Result<void> collect(VolumeRow volume) {
    if (volume.state == VolumeState::kDropping) {
      return drop(volume, 0);  // a crash came between the mark and the end
    }
    if (volume.state == VolumeState::kFilling) {
      FHIRBIN_TRY(seal_if_worth_it(volume));
      if (volume.state == VolumeState::kFilling) {
        return {};
      }
    }
    FHIRBIN_TRY_ASSIGN(const auto sums, sums_of(volume));
    if (!worth_collecting(volume, sums)) {
      return {};
    }
    // Staged pages of a live upload are named by nobody yet: they lie only in volumes sealed after
    // its pin.
    FHIRBIN_TRY_ASSIGN(const auto oldest, oldest_live_pin(store_->catalog(), own_pin_));
    if (oldest && volume.sealed_sequence >= *oldest) {
      report_->pending = true;
      return {};
    }
    if (sums.chunks != 0 && sums.live_bytes == 0) {
      report_->pending = true;  // all of it is freed, but an older snapshot may still read it
      return {};
    }
    return sums.chunks == 0 ? drop(volume, 0) : compact(volume);
  }

  bool worth_collecting(const VolumeRow& volume, const storage::VolumeSums& sums) const {
    if (sums.chunks == 0 || sums.live_bytes * 100 < volume.stored_bytes * kMinLivePercent) {
      return true;
    }
    const std::uint64_t dead_bytes =
        volume.stored_bytes - std::min(volume.stored_bytes, sums.named_bytes);
    return even_mostly_alive_ && dead_bytes != 0 && sums.named_bytes <= spare_bytes_ + dead_bytes;
  }

  Result<storage::VolumeSums> sums_of(const VolumeRow& volume) {
    return store_->catalog().read(
        [&](Connection& connection) { return VolumeTable(connection).sums(volume.number); });
  }

  // A filling volume that nobody fills and that is worth collecting is sealed, so that it can be
  // dropped; the row follows.
  Result<void> seal_if_worth_it(VolumeRow& volume) {
    FHIRBIN_TRY_ASSIGN(const auto sums, sums_of(volume));
    FHIRBIN_TRY_ASSIGN(auto lane, store_->lanes().take(volume.number));
    if (!lane) {
      report_->pending = report_->pending || (volume.pages != 0 && worth_collecting(volume, sums));
      return {};  // somebody fills it
    }
    volume.pages = lane->page_count();
    volume.stored_bytes = lane->stored_bytes();
    if (!worth_collecting(volume, sums)) {
      return store_->lanes().release(*std::move(lane));
    }
    FHIRBIN_TRY(store_->lanes().seal(*std::move(lane)));
    volume.state = VolumeState::kSealed;
    FHIRBIN_TRY_ASSIGN(volume.sealed_sequence, store_->catalog().read([](Connection& connection) {
      return storage::ChangeTable(connection).last_sequence();
    }));
    return {};
  }

  Result<void> compact(const VolumeRow& volume) {
    FHIRBIN_TRY_ASSIGN(const std::uint64_t written,
                       compact_volume(*store_, volume.number, *control_));
    FHIRBIN_TRY_ASSIGN(const auto left, sums_of(volume));
    if (left.chunks != 0) {
      report_->pending = true;  // freed chunks that a pin still holds, or new references to them
      return {};
    }
    ++report_->volumes_compacted;
    return drop(volume, written);
  }

  // Mark, unlink, sync, forget: each step can be repeated after a crash. `written_bytes` were
  // copied elsewhere to empty the volume.
  Result<void> drop(const VolumeRow& volume, std::uint64_t written_bytes) {
    bool dropping = volume.state == VolumeState::kDropping;
    if (!dropping) {
      FHIRBIN_TRY(store_->catalog().write([&](Connection& connection) -> Result<void> {
        FHIRBIN_TRY_ASSIGN(dropping, VolumeTable(connection).set_dropping(volume.number));
        return {};
      }));
    }
    if (!dropping) {
      return {};
    }
    const storage::StorePaths& paths = store_->catalog().paths();
    std::error_code missing;
    const auto size = std::filesystem::file_size(paths.volume(volume.number), missing);
    const std::uint64_t file_bytes = missing ? 0 : size;
    std::filesystem::remove(paths.volume_journal(volume.number), missing);
    std::filesystem::remove(paths.volume(volume.number), missing);
    FHIRBIN_TRY(sync_directory(paths.volumes()));
    store_->volumes().forget(volume.number);
    FHIRBIN_TRY(store_->catalog().write(
        [&](Connection& connection) { return VolumeTable(connection).erase(volume.number); }));
    ++report_->volumes_dropped;
    report_->bytes_returned += file_bytes - std::min(file_bytes, written_bytes);
    spare_bytes_ += volume.stored_bytes;
    spare_bytes_ -= std::min(spare_bytes_, written_bytes);
    return {};
  }

  StoreContext* store_;
  const CallControl* control_;
  CollectReport* report_;
  std::uint64_t own_pin_;
  bool even_mostly_alive_ = false;
  std::uint64_t spare_bytes_ = 0;  // given back so far and not yet written by compactions
};

}  // namespace

Result<CollectReport> collect_garbage(StoreContext& store, const CallControl& control) {
  FHIRBIN_TRY_ASSIGN(storage::LockFile lock, store.catalog().open_lock());
  FHIRBIN_TRY_ASSIGN(const auto alone, storage::HeldLock::take(lock, LockByte::collector(),
                                                               storage::LockKind::kExclusive,
                                                               store.options().busy_timeout_ms));
  CollectReport report;
  // The copies that compaction stages need a pin of their own.
  FHIRBIN_TRY_ASSIGN(const Pin pin, Pin::take(store.catalog()));
  FHIRBIN_TRY_ASSIGN(report.chunks_removed, sweep_catalog(store, pin.key()));
  FHIRBIN_TRY(VolumeCollector(store, control, report, pin.key()).run(std::nullopt));
  return report;
}

Result<void> reclaim_volumes(StoreContext& store, std::span<const std::uint32_t> volumes) {
  FHIRBIN_TRY_ASSIGN(storage::LockFile lock, store.catalog().open_lock());
  FHIRBIN_TRY_ASSIGN(const bool alone,
                     lock.try_lock(LockByte::collector(), storage::LockKind::kExclusive));
  if (!alone) {
    return {};
  }
  CollectReport ignored;
  const CallControl control;
  FHIRBIN_TRY_ASSIGN(const Pin pin, Pin::take(store.catalog()));
  return VolumeCollector(store, control, ignored, pin.key()).run(volumes);
}

}  // namespace fhirbin::store
