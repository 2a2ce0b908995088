#include "engine/store/volume_check.h"

#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "engine/storage/volume_table.h"
#include "engine/util/file_io.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;
using storage::VolumeRow;
using storage::VolumeState;
using storage::VolumeTable;

Result<std::vector<VolumeRow>> all_volumes(Verification& verification) {
  return verification.catalog().read(
      [](Connection& connection) { return VolumeTable(connection).all(); });
}

// A file that is missing or empty is damage only while a chunk names it: a new volume gets its
// file a moment after its row, or its next filler makes it; a dropped one leaves the books a
// moment later.
Result<bool> is_unborn(Verification& verification, std::uint32_t number) {
  std::error_code missing;
  const auto size =
      std::filesystem::file_size(verification.catalog().paths().volume(number), missing);
  if (!missing && size != 0) {
    return false;
  }
  FHIRBIN_TRY_ASSIGN(const auto sums, verification.catalog().read([number](Connection& connection) {
    return VolumeTable(connection).sums(number);
  }));
  return sums.chunks == 0;
}

// What the books say of a sealed volume is exact; of a filling one it lags behind.
Result<void> check_books(Verification& verification, const VolumeRow& volume) {
  const bool sealed = volume.state == VolumeState::kSealed;
  auto counted = verification.store().volumes().count_contents(volume.number, sealed);
  if (!counted && (counted.error().code == ErrorCode::kGone || is_damage(counted.error()))) {
    return {};  // dropped, or damaged, since it was checked
  }
  FHIRBIN_TRY(counted);
  const bool exact = counted->pages == volume.pages && counted->stored_bytes == volume.stored_bytes;
  const bool enough =
      counted->pages >= volume.pages && counted->stored_bytes >= volume.stored_bytes;
  if (sealed ? !exact : !enough) {
    verification.note(storage::volume_name(volume.number) +
                      ": it holds other pages than its books say");
  }
  return {};
}

Result<void> check_volume_file(Verification& verification, const VolumeRow& volume) {
  auto wrong = verification.store().volumes().check_integrity(volume.number,
                                                              volume.state == VolumeState::kSealed);
  if (wrong && wrong->empty()) {
    return check_books(verification, volume);
  }
  if (!wrong && !is_damage(wrong.error()) && wrong.error().code != ErrorCode::kGone) {
    return pass_on(wrong);
  }
  FHIRBIN_TRY_ASSIGN(const bool unborn, is_unborn(verification, volume.number));
  if (!unborn) {
    verification.note(storage::volume_name(volume.number) + ": " +
                      (wrong ? *wrong : wrong.error().message));
  }
  return {};
}

Result<std::set<std::filesystem::path>> list_folder(const std::filesystem::path& folder) {
  std::set<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    paths.insert(entry->path());
  }
  if (error) {
    return os_failure(error.value(), "list the folder of volumes");
  }
  return paths;
}

}  // namespace

Result<void> check_volume_files(Verification& verification) {
  FHIRBIN_TRY_ASSIGN(const auto volumes, all_volumes(verification));
  for (const VolumeRow& volume : volumes) {
    if (verification.stop() || volume.state == VolumeState::kDropping) {
      continue;
    }
    FHIRBIN_TRY(check_volume_file(verification, volume));
  }
  return {};
}

// The folder is listed before the books are read: a volume is in the books before it has a file,
// and has no file any more when it leaves them; and likewise its journal and its sealing.
Result<void> check_stray_files(Verification& verification) {
  const storage::StorePaths& paths = verification.catalog().paths();
  FHIRBIN_TRY_ASSIGN(auto strays, list_folder(paths.volumes()));
  FHIRBIN_TRY_ASSIGN(const auto volumes, all_volumes(verification));
  for (const VolumeRow& volume : volumes) {
    strays.erase(paths.volume(volume.number));
    if (volume.state != VolumeState::kSealed) {
      strays.erase(paths.volume_journal(volume.number));
    }
  }
  std::erase_if(strays, [](const auto& path) {
    std::error_code missing;
    return !std::filesystem::exists(std::filesystem::symlink_status(path, missing));
  });
  if (!strays.empty()) {
    verification.note(std::to_string(strays.size()) +
                      " files in the folder of volumes belong to no volume");
  }
  return {};
}

}  // namespace fhirbin::store
