#include "engine/storage/store_folder.h"

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/storage/lock_file.h"
#include "engine/storage/schema.h"
#include "engine/storage/seal_page.h"
#include "engine/storage/sqlite_error.h"
#include "engine/util/file_io.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// Removes a half-made store unless it was moved into place.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;  // a leftover is harmless, and there is nobody to tell
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Result<void> make_folder(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), S_IRWXU) != 0) {
    if (errno == ENOENT) {
      return fail(ErrorCode::kNotFound, "the folder to make a store in does not exist");
    }
    return os_failure(errno, "make a folder");
  }
  return {};
}

Result<void> fill_catalog(Connection& catalog, const Settings& settings) {
  FHIRBIN_TRY(prepare_sealed_database(catalog.handle(), kCatalogPageBytes));
  FHIRBIN_TRY(catalog.execute("PRAGMA journal_mode=WAL"));
  FHIRBIN_TRY_ASSIGN(auto transaction, Transaction::begin(catalog, Transaction::Kind::kWrite));
  FHIRBIN_TRY(create_schema_v1(catalog));
  FHIRBIN_TRY(insert_settings(catalog, settings));
  const std::string marks = "PRAGMA application_id=" + std::to_string(kCatalogApplicationId) +
                            "; PRAGMA user_version=" + std::to_string(kFormatVersion);
  FHIRBIN_TRY(catalog.execute(marks.c_str()));
  FHIRBIN_TRY(transaction.commit());
  release_wal_reserve(catalog.handle());
  const int code = sqlite3_wal_checkpoint_v2(catalog.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                             nullptr, nullptr);
  if (code != SQLITE_OK) {
    return sqlite_fail(catalog.handle(), code, "write a new catalog");
  }
  return {};
}

Result<void> make_catalog(const StorePaths& paths, const Settings& settings, const char* vfs) {
  // SQLite gives new files the mode it likes; one that exists keeps its own.
  FHIRBIN_TRY(create_private_file(paths.catalog(), "a catalog"));
  {
    Connection::Options options{.path = paths.catalog().string(), .seal = {}};
    options.seal.store_id = settings.store_id;
    options.seal.sqlite_page_bytes = kCatalogPageBytes;
    options.access = Access::kCreate;
    options.vfs = vfs;
    FHIRBIN_TRY_ASSIGN(Connection catalog, Connection::open(options));
    FHIRBIN_TRY(fill_catalog(catalog, settings));
  }
  // Everything is in the catalog and nobody has it open: the empty WAL and its index may go.
  for (const auto& path : {paths.catalog_wal(), paths.catalog_wal_index()}) {
    std::error_code ignored;  // they are empty; a leftover does no harm
    std::filesystem::remove(path, ignored);
  }
  return {};
}

Result<void> move_into_place(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST || errno == ENOTEMPTY) {
      return fail(ErrorCode::kInvalidArgument,
                  "something stands already where the store should go");
    }
    return os_failure(errno, "move the new store into place");
  }
  return {};
}

std::filesystem::path parent_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

struct CloseRaw {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};

// The first bytes of the catalog (sqlite.org/fileformat2.html#the_database_header), which never
// change once it is made.
using DatabaseHeader = std::array<std::byte, 100>;

// Read past SQLite's pager, without locks, WAL or seals: a crash halfway through a checkpoint
// leaves a file that is shorter than page 1 says, which is for recovery to mend and not for us to
// judge. Still through SQLite's file, since closing a descriptor of our own would drop the locks
// that other connections of this process hold.
Result<DatabaseHeader> read_header(const std::filesystem::path& catalog) {
  const std::unexpected<Error> failed =
      fail(ErrorCode::kIncompatibleFormat, "the catalog of the store cannot be opened");
  SealParameters plain;
  plain.immutable = true;
  sqlite3* raw = nullptr;
  const std::string uri = seal_uri(catalog.string(), plain);
  const int code = sqlite3_open_v2(
      uri.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, "unix");
  const std::unique_ptr<sqlite3, CloseRaw> database(raw);
  sqlite3_file* file = nullptr;
  if (code != SQLITE_OK ||
      sqlite3_file_control(raw, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file)) !=
          SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr) {
    return failed;
  }
  DatabaseHeader header{};
  if (file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0) != SQLITE_OK) {
    return failed;
  }
  return header;
}

std::uint32_t header_number(const DatabaseHeader& header, std::size_t offset) {
  return load_be32(header.data() + offset);
}

}  // namespace

Result<void> create_store_folder(const std::filesystem::path& path, const Settings& settings,
                                 Random& random, const char* vfs) {
  std::error_code ignored;
  if (std::filesystem::symlink_status(path, ignored).type() !=
      std::filesystem::file_type::not_found) {
    return fail(ErrorCode::kInvalidArgument, "something stands already where the store should go");
  }
  Hash128 suffix;
  FHIRBIN_TRY(random.fill(suffix.bytes));
  std::filesystem::path temporary = path;
  if (!temporary.has_filename()) {
    temporary = temporary.parent_path();  // "name.fhirbin/"
  }
  const std::filesystem::path target = temporary;
  temporary += ".new-" + suffix.to_hex();
  FHIRBIN_TRY(make_folder(temporary));
  const TemporaryFolder cleanup(temporary);
  // SQLite is told to follow no link, not even in the folders above, so they are resolved here.
  std::error_code unresolved;
  const StorePaths paths{std::filesystem::canonical(temporary, unresolved)};
  if (unresolved) {
    return os_failure(unresolved.value(), "find the folder of a new store");
  }
  FHIRBIN_TRY(make_folder(paths.volumes()));
  FHIRBIN_TRY(LockFile::create(paths.lock(), settings.store_id));
  FHIRBIN_TRY(make_catalog(paths, settings, vfs));
  FHIRBIN_TRY(sync_directory(paths.volumes()));
  FHIRBIN_TRY(sync_directory(paths.folder));
  FHIRBIN_TRY(move_into_place(temporary, target));
  return sync_directory(parent_of(target));
}

Result<void> check_store_format(const StorePaths& paths) {
  std::error_code ignored;
  if (!std::filesystem::exists(paths.folder, ignored)) {
    return fail(ErrorCode::kNotFound, "there is no store at this path");
  }
  if (!std::filesystem::is_regular_file(paths.catalog(), ignored) ||
      !std::filesystem::is_directory(paths.volumes(), ignored) ||
      !std::filesystem::is_regular_file(paths.lock(), ignored)) {
    return fail(ErrorCode::kIncompatibleFormat, "this is not a fhirbin store");
  }
  FHIRBIN_TRY_ASSIGN(const DatabaseHeader header, read_header(paths.catalog()));
  constexpr std::string_view kSqliteMagic("SQLite format 3\0", 16);
  constexpr std::size_t kUserVersionOffset = 60;
  constexpr std::size_t kApplicationIdOffset = 68;
  if (!equal_bytes(ByteSpan(header).first(kSqliteMagic.size()), as_bytes(kSqliteMagic)) ||
      header_number(header, kApplicationIdOffset) != kCatalogApplicationId) {
    return fail(ErrorCode::kIncompatibleFormat, "this is not a fhirbin store");
  }
  const std::uint32_t format = header_number(header, kUserVersionOffset);
  if (format != kFormatVersion) {
    return fail(ErrorCode::kIncompatibleFormat,
                "the store has format version " + std::to_string(format) + ", this engine knows " +
                    std::to_string(kFormatVersion));
  }
  return {};
}

}  // namespace fhirbin::storage
