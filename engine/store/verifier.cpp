#include "engine/store/verifier.h"

#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <unordered_set>
#include <vector>

#include "engine/storage/sql.h"
#include "engine/storage/version_table.h"
#include "engine/storage/volume_table.h"
#include "engine/store/content_reader.h"
#include "engine/store/page_fetcher.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::ChunkRow;
using storage::ChunkTable;
using storage::Connection;
using storage::Placement;
using storage::Statement;
using storage::VersionRecord;
using storage::VersionTable;

constexpr std::size_t kMaxListedDamages = 1000;

// Errors that mean damage rather than a failure of the check itself.
bool is_damage(const Error& error) { return error.code == ErrorCode::kCorrupt; }

class Verifier {
 public:
  Verifier(StoreContext& store, const CallControl& control)
      : store_(&store), control_(&control), fetcher_(store.catalog(), store.volumes()) {}

  Result<VerifyReport> run() {
    using Step = Result<void> (Verifier::*)();
    for (const Step step :
         {&Verifier::check_catalog_file, &Verifier::check_volume_files,
          &Verifier::check_stray_files, &Verifier::check_histories, &Verifier::check_rows,
          &Verifier::check_chunks, &Verifier::check_references, &Verifier::check_versions}) {
      auto done = (this->*step)();
      if (stopped_) {
        return std::move(report_);
      }
      if (!done && is_damage(done.error())) {
        note({}, 0, done.error().message);  // the step could not look further
      } else if (!done) {
        return std::unexpected<Error>(std::move(done.error()));
      }
    }
    report_.complete = true;
    return std::move(report_);
  }

 private:
  void note(std::string id, std::uint64_t version, std::string what) {
    ++report_.damage_count;
    if (report_.damages.size() < kMaxListedDamages) {
      report_.damages.push_back({.id = std::move(id), .version = version, .what = std::move(what)});
    }
  }

  bool stop() {
    stopped_ = stopped_ || control_->stop.stop_requested();
    return stopped_;
  }

  void tell_progress() const {
    if (control_->on_progress) {
      control_->on_progress(
          {.items_done = report_.chunks + report_.versions, .bytes_done = report_.bytes});
    }
  }

  // Every SQLite page of the catalog: its seal, and that the trees hang together.
  Result<void> check_catalog_file() {
    return store_->catalog().read([&](Connection& connection) -> Result<void> {
      FHIRBIN_TRY_ASSIGN(Statement check, connection.prepare(storage::sql::kIntegrityCheck));
      while (true) {
        FHIRBIN_TRY_ASSIGN(const bool found, check.step());
        if (!found) {
          return {};
        }
        if (check.column_text(0) != "ok") {
          note({}, 0, "catalog: " + std::string(check.column_text(0)));
        }
      }
    });
  }

  Result<void> check_volume_files() {
    FHIRBIN_TRY_ASSIGN(const auto volumes, store_->catalog().read([](Connection& connection) {
      return storage::VolumeTable(connection).all();
    }));
    for (const storage::VolumeRow& volume : volumes) {
      if (stop() || volume.state == storage::VolumeState::kDropping) {
        continue;
      }
      FHIRBIN_TRY(check_volume_file(volume));
    }
    return {};
  }

  Result<void> check_volume_file(const storage::VolumeRow& volume) {
    auto wrong = store_->volumes().check_integrity(volume.number,
                                                   volume.state == storage::VolumeState::kSealed);
    if (wrong && wrong->empty()) {
      return check_books(volume);
    }
    if (!wrong && !is_damage(wrong.error()) && wrong.error().code != ErrorCode::kGone) {
      return std::unexpected<Error>(std::move(wrong.error()));
    }
    FHIRBIN_TRY_ASSIGN(const bool unborn, is_unborn(volume.number));
    if (!unborn) {
      note({}, 0,
           "volume " + std::to_string(volume.number) + ": " +
               (wrong ? *wrong : wrong.error().message));
    }
    return {};
  }

  // What the books say of a sealed volume is exact; of a filling one it lags behind.
  Result<void> check_books(const storage::VolumeRow& volume) {
    const bool sealed = volume.state == storage::VolumeState::kSealed;
    auto counted = store_->volumes().count_contents(volume.number, sealed);
    if (!counted && (counted.error().code == ErrorCode::kGone || is_damage(counted.error()))) {
      return {};  // dropped, or damaged, since it was checked
    }
    if (!counted) {
      return pass_on(counted);
    }
    const bool exact =
        counted->pages == volume.pages && counted->stored_bytes == volume.stored_bytes;
    const bool enough =
        counted->pages >= volume.pages && counted->stored_bytes >= volume.stored_bytes;
    if (sealed ? !exact : !enough) {
      note({}, 0,
           "volume " + std::to_string(volume.number) + ": it holds other pages than its books say");
    }
    return {};
  }

  // The folder is listed before the books are read: a volume is in the books before it has a file,
  // and has no file any more when it leaves them; and likewise its journal and its sealing.
  Result<void> check_stray_files() {
    const storage::StorePaths& paths = store_->catalog().paths();
    std::set<std::filesystem::path> strays;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(paths.volumes(), error), end;
         !error && entry != end; entry.increment(error)) {
      strays.insert(entry->path());
    }
    if (error) {
      return fail(ErrorCode::kIo, "could not list the folder of volumes: " + error.message());
    }
    FHIRBIN_TRY_ASSIGN(const auto volumes, store_->catalog().read([](Connection& connection) {
      return storage::VolumeTable(connection).all();
    }));
    for (const storage::VolumeRow& volume : volumes) {
      strays.erase(paths.volume(volume.number));
      if (volume.state != storage::VolumeState::kSealed) {
        strays.erase(paths.volume_journal(volume.number));
      }
    }
    std::erase_if(strays, [](const auto& path) {
      std::error_code missing;
      return !std::filesystem::exists(std::filesystem::symlink_status(path, missing));
    });
    if (!strays.empty()) {
      note({}, 0,
           std::to_string(strays.size()) + " files in the folder of volumes belong to no volume");
    }
    return {};
  }

  // A file that is missing or empty is damage only while a chunk names it: a new volume gets its
  // file a moment after its row, or its next filler makes it; a dropped one leaves the books a
  // moment later.
  Result<bool> is_unborn(std::uint32_t number) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(store_->catalog().paths().volume(number), missing);
    if (!missing && size != 0) {
      return false;
    }
    FHIRBIN_TRY_ASSIGN(const auto sums, store_->catalog().read([number](Connection& connection) {
      return storage::VolumeTable(connection).sums(number);
    }));
    return sums.chunks == 0;
  }

  // Numbers of versions and changes are gapless, so a record that vanished shows.
  Result<void> check_histories() {
    return store_->catalog().read([&](Connection& connection) -> Result<void> {
      FHIRBIN_TRY_ASSIGN(Statement broken,
                         connection.prepare(storage::sql::kSelectBrokenHistories));
      while (true) {
        FHIRBIN_TRY_ASSIGN(const bool found, broken.step());
        if (!found) {
          break;
        }
        note(std::string(broken.column_text(0)), 0,
             "the history has a gap or does not end at the head");
      }
      FHIRBIN_TRY_ASSIGN(Statement run, connection.prepare(storage::sql::kSelectChangeRun));
      FHIRBIN_TRY(run.step());
      if (run.column_u64(2) != 0 &&
          (run.column_u64(0) != 1 || run.column_u64(1) != run.column_u64(2))) {
        note({}, 0, "the sequence of changes has a gap");
      }
      return {};
    });
  }

  // Rows that do not go together, whether or not each of them is whole.
  Result<void> check_rows() {
    struct Check {
      const char* sql;
      const char* what;
    };
    constexpr Check kChecks[] = {
        {storage::sql::kCountStrayVersions, " version records belong to no Binary"},
        {storage::sql::kCountStrayChanges, " changes are of no Binary, version or known kind"},
        {storage::sql::kCountStepsBack, " version records do not follow the one before them"},
        {storage::sql::kCountStrayInline, " rows of inline content belong to no inline version"},
        {storage::sql::kCountStrayMaps, " segments of chunk maps belong to no chunked version"},
        {storage::sql::kCountMisfreedChunks, " chunks are freed while referenced, or neither"},
        {storage::sql::kCountStrangeVolumes, " volumes are in no known state"},
    };
    for (const Check& check : kChecks) {
      if (stop()) {
        return {};
      }
      FHIRBIN_TRY_ASSIGN(const auto wrong, store_->catalog().read([&](Connection& connection) {
        return connection.query_number(check.sql);
      }));
      if (wrong != 0) {
        note({}, 0, std::to_string(wrong) + check.what);
      }
    }
    return store_->catalog().read(
        [&](Connection& connection) { return check_changes(connection); });
  }

  Result<void> check_changes(Connection& connection) {
    FHIRBIN_TRY_ASSIGN(Statement purges, connection.prepare(storage::sql::kCountUnexplainedPurges));
    FHIRBIN_TRY(purges.bind(1, std::uint64_t{store_->settings().keep_history}).step());
    if (purges.column_u64(0) != 0) {
      note({}, 0, std::to_string(purges.column_u64(0)) + " versions are hidden by no purge");
    }
    FHIRBIN_TRY_ASSIGN(Statement unmatched,
                       connection.prepare(storage::sql::kSelectVersionsWithoutChange));
    while (true) {
      FHIRBIN_TRY_ASSIGN(const bool found, unmatched.step());
      if (!found) {
        return {};
      }
      note(std::string(unmatched.column_text(0)), unmatched.column_u64(1),
           "the change that made the version is missing or tells something else");
    }
  }

  // The record of every chunk; and the bytes of those that no version uses, decoded and compared
  // with their hash. Those that versions use are read with them.
  Result<void> check_chunks() {
    constexpr std::uint32_t kRowsPerLook = 64;
    ByteVector raw;
    while (!stop()) {
      FHIRBIN_TRY_ASSIGN(const auto rows, store_->catalog().read([&](Connection& connection) {
        return ChunkTable(connection).after(last_chunk_, kRowsPerLook);
      }));
      for (const ChunkRow& row : rows) {
        if (stop()) {
          return {};
        }
        last_chunk_ = row.id;
        FHIRBIN_TRY(check_chunk(row, raw));
      }
      tell_progress();
      if (rows.size() < kRowsPerLook) {
        return {};
      }
    }
    return {};
  }

  Result<void> check_chunk(const ChunkRow& row, ByteVector& raw) {
    if (!row.volume_known || row.raw_length > store_->settings().cut_max_bytes) {
      damaged_chunks_.insert(row.id);
      note({}, 0,
           "chunk " + std::to_string(row.id) +
               ": its record names no volume or an impossible length");
      return {};
    }
    ++report_.chunks;
    if (row.references != 0) {
      return {};
    }
    raw.resize(row.raw_length);
    auto fetched = fetcher_.fetch(row, raw);
    report_.bytes += row.raw_length;
    if (fetched || fetched.error().code == ErrorCode::kGone) {
      return {};  // gone: purged and collected since it was listed
    }
    if (!is_damage(fetched.error())) {
      return fetched;
    }
    damaged_chunks_.insert(row.id);
    note({}, 0, fetched.error().message);
    return {};
  }

  // Recounts the references of every chunk, one window of ids at a time, so that memory stays
  // bounded.
  Result<void> check_references() {
    constexpr std::uint64_t kWindow = 1U << 18;
    std::uint64_t after = 0;
    while (!stop()) {
      // Ids need not follow each other closely, so look where the next one is.
      FHIRBIN_TRY_ASSIGN(const auto next, store_->catalog().read([&](Connection& connection) {
        return ChunkTable(connection).after(after, 1);
      }));
      if (next.empty() || next.front().id > last_chunk_) {
        return {};
      }
      const std::uint64_t first = next.front().id;
      FHIRBIN_TRY(store_->catalog().read(
          [&](Connection& connection) { return recount(connection, first, first + kWindow); }));
      after = first + kWindow - 1;
    }
    return {};
  }

  Result<void> recount(Connection& connection, std::uint64_t first, std::uint64_t end) {
    std::vector<std::uint64_t> uses(static_cast<std::size_t>(end - first));
    FHIRBIN_TRY(for_each_kept(connection, [&](std::uint64_t sequence) -> Result<void> {
      auto map = map_of(connection, sequence);
      for (std::size_t i = 0; map && i < map->count(); ++i) {
        const std::uint64_t id = map->entry(i).chunk_id;
        if (id >= first && id < end) {
          ++uses[static_cast<std::size_t>(id - first)];
        }
      }
      return {};  // a map that cannot be read is told of by check_versions()
    }));
    std::uint64_t after = first - 1;
    while (true) {
      FHIRBIN_TRY_ASSIGN(const auto rows, ChunkTable(connection).after(after, 1000));
      for (const ChunkRow& row : rows) {
        after = row.id;
        if (row.id < end && row.references != uses[static_cast<std::size_t>(row.id - first)]) {
          note({}, 0, "chunk " + std::to_string(row.id) + ": its reference count is wrong");
        }
      }
      if (rows.empty() || after >= end) {
        return {};
      }
    }
  }

  Result<chunk::ChunkMap> map_of(Connection& connection, std::uint64_t sequence) {
    FHIRBIN_TRY_ASSIGN(const VersionRecord record, record_at(connection, sequence));
    if (record.placement != Placement::kChunks) {
      return chunk::ChunkMap();
    }
    return VersionTable(connection, store_->settings()).load_map(record);
  }

  Result<VersionRecord> record_at(Connection& connection, std::uint64_t sequence) {
    FHIRBIN_TRY_ASSIGN(Statement select,
                       connection.prepare(storage::sql::kSelectVersionAtSequence));
    select.bind(1, sequence);
    FHIRBIN_TRY_ASSIGN(auto record, VersionTable(connection, store_->settings()).first_of(select));
    if (!record) {
      return fail(ErrorCode::kGone, "the version was purged");
    }
    return *std::move(record);
  }

  template <class Visit>
  Result<void> for_each_kept(Connection& connection, Visit visit) {
    std::uint64_t after = 0;
    while (true) {
      FHIRBIN_TRY_ASSIGN(const auto sequences, kept_after(connection, after));
      for (const std::uint64_t sequence : sequences) {
        after = sequence;
        FHIRBIN_TRY(visit(sequence));
      }
      if (sequences.empty()) {
        return {};
      }
    }
  }

  static Result<std::vector<std::uint64_t>> kept_after(Connection& connection,
                                                       std::uint64_t after) {
    constexpr std::uint64_t kRowsPerLook = 256;
    FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(storage::sql::kSelectKeptAfter));
    select.bind(1, after).bind(2, kRowsPerLook);
    std::vector<std::uint64_t> sequences;
    while (true) {
      FHIRBIN_TRY_ASSIGN(const bool found, select.step());
      if (!found) {
        return sequences;
      }
      sequences.push_back(select.column_u64(0));
    }
  }

  // Every version record: its seal, its map, its inline content, and whether a damaged chunk is
  // part of it.
  Result<void> check_versions() {
    std::uint64_t after = 0;
    while (!stop()) {
      FHIRBIN_TRY_ASSIGN(const auto sequences, store_->catalog().read([&](Connection& connection) {
        return kept_after(connection, after);
      }));
      for (const std::uint64_t sequence : sequences) {
        after = sequence;
        FHIRBIN_TRY(check_version(sequence));
      }
      tell_progress();
      if (sequences.empty()) {
        return count_binaries();
      }
    }
    return {};
  }

  Result<void> check_version(std::uint64_t sequence) {
    ++report_.versions;
    auto whole = check_content(sequence);
    if (whole || whole.error().code == ErrorCode::kGone) {
      return {};
    }
    if (!is_damage(whole.error())) {
      return whole;
    }
    std::string id;
    std::uint64_t number = 0;
    FHIRBIN_TRY(store_->catalog().read([&](Connection& connection) -> Result<void> {
      FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(storage::sql::kSelectVersionName));
      FHIRBIN_TRY_ASSIGN(const bool found, select.bind(1, sequence).step());
      if (found) {
        id = select.column_text(0);
        number = select.column_u64(1);
      }
      return {};
    }));
    note(std::move(id), number, whole.error().message);
    return {};
  }

  Result<void> check_content(std::uint64_t sequence) {
    FHIRBIN_TRY_ASSIGN(const VersionRecord record,
                       store_->catalog().read([&](Connection& connection) {
                         return record_at(connection, sequence);
                       }));
    if (record.placement == Placement::kChunks) {
      FHIRBIN_TRY(store_->catalog().read(
          [&](Connection& connection) { return check_map(connection, record); }));
    }
    return check_bytes(record);
  }

  // All content, each chunk against its hash and the whole against its digest.
  Result<void> check_bytes(const VersionRecord& record) {
    FHIRBIN_TRY_ASSIGN(const auto reader, ContentReader::open(*store_, record));
    StreamingHash digest;
    std::uint64_t offset = 0;
    while (offset < record.size_bytes) {
      if (stop()) {
        return {};
      }
      FHIRBIN_TRY_ASSIGN(const ByteSpan piece, reader->piece_at(offset));
      digest.update(piece);
      offset += piece.size();
      report_.bytes += piece.size();
      tell_progress();
    }
    if (record.placement != Placement::kNone && digest.digest() != record.digest) {
      return fail(ErrorCode::kCorrupt, "the content fails its digest");
    }
    return {};
  }

  Result<void> check_map(Connection& connection, const VersionRecord& record) {
    FHIRBIN_TRY_ASSIGN(const auto map,
                       VersionTable(connection, store_->settings()).load_map(record));
    ChunkTable chunks(connection);
    for (std::size_t i = 0; i < map.count(); ++i) {
      const chunk::ChunkMapEntry& entry = map.entry(i);
      FHIRBIN_TRY_ASSIGN(const auto row, chunks.find(entry.chunk_id));
      if (!row || row->raw_length != entry.length || row->hash != entry.hash) {
        return fail(ErrorCode::kCorrupt, "chunk " + std::to_string(entry.chunk_id) +
                                             " is listed but not stored as listed");
      }
      if (damaged_chunks_.contains(entry.chunk_id)) {
        return fail(ErrorCode::kCorrupt, "chunk " + std::to_string(entry.chunk_id) + " is damaged");
      }
    }
    return {};
  }

  Result<void> count_binaries() {
    return store_->catalog().read([&](Connection& connection) -> Result<void> {
      FHIRBIN_TRY_ASSIGN(Statement count, connection.prepare(storage::sql::kCountBinaries));
      FHIRBIN_TRY(count.step());
      report_.binaries = count.column_u64(0) + count.column_u64(1);
      return {};
    });
  }

  StoreContext* store_;
  const CallControl* control_;
  PageFetcher fetcher_;
  VerifyReport report_;
  bool stopped_ = false;
  std::uint64_t last_chunk_ = 0;
  std::unordered_set<std::uint64_t> damaged_chunks_;
};

}  // namespace

Result<VerifyReport> verify_store(StoreContext& store, const CallControl& control) {
  return Verifier(store, control).run();
}

}  // namespace fhirbin::store
