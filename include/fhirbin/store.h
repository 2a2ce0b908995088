#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "fhirbin/byte_range.h"
#include "fhirbin/care.h"
#include "fhirbin/error.h"
#include "fhirbin/export.h"
#include "fhirbin/export_macro.h"
#include "fhirbin/layout.h"
#include "fhirbin/options.h"
#include "fhirbin/progress.h"
#include "fhirbin/queries.h"
#include "fhirbin/reader.h"
#include "fhirbin/sink.h"
#include "fhirbin/source.h"
#include "fhirbin/stats.h"
#include "fhirbin/version_info.h"
#include "fhirbin/writer.h"

namespace fhirbin {

// How write_fhir_json() renders a version.
struct JsonOptions {
  // Leave the payload member out (_summary). Where there is content, meta.tag then holds SUBSETTED.
  bool summary = false;
  // Replace the data of larger Binaries as export views do; nullopt gives everything (read, vread).
  std::optional<InlinePolicy> view = {};
};

// A folder of FHIR Binary resources, each with every version it ever had.
//
// Every write is atomic and, once it returns success, survives power loss. Every byte read has been
// verified. Memory stays bounded whatever the size of the content.
// Thread-safe: any number of threads may share one Store, and any number of processes one folder.
// Not usable after fork() in the child: every call there fails with kInvalidArgument.
// Besides the errors named below every call can fail with kIo, kCorrupt, kBusy, kOutOfMemory and,
// after a failed sync, kIndeterminate; calls that write also with kNoSpace and kReadOnly.
// Writers must be destroyed before their Store; Readers may outlive it.
// Source: FHIR R4 Binary (hl7.org/fhir/R4/binary.html) and the Google Cloud Healthcare API's
// Binary-create, -read, -vread and -update methods.
class FHIRBIN_API Store {
 public:
  class Impl;
  explicit Store(std::shared_ptr<Impl> impl) noexcept;
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Makes a store at `path` (by convention NAME.fhirbin), whose parent must exist, and opens it.
  // Errors: kInvalidArgument when something is there already or an option is out of range, kIo,
  // kNoSpace.
  static Result<Store> create(const std::filesystem::path& path, const CreateOptions& create = {},
                              const OpenOptions& open = {}) noexcept;

  // Opens an existing store and recovers it after a crash.
  // Errors: kNotFound, kIncompatibleFormat (not a store, or a newer format; nothing is written),
  // kCorrupt, kReadOnly (needs recovery on a medium that cannot be written), kBusy, kIo.
  static Result<Store> open(const std::filesystem::path& path,
                            const OpenOptions& open = {}) noexcept;

  // open(), or create() where nothing is there. Of several racing callers one creates, all open.
  static Result<Store> open_or_create(const std::filesystem::path& path,
                                      const CreateOptions& create = {},
                                      const OpenOptions& open = {}) noexcept;

  FhirVersion fhir_version() const noexcept;
  // What the store was opened with.
  const OpenOptions& open_options() const noexcept;
  // Whether updates may create a Binary under an id of the caller's choice.
  bool update_may_create() const noexcept;
  // Whether every version is kept until it is purged.
  bool keeps_history() const noexcept;

  // Stores all of `source` as version 1 of a new Binary with a new id (FHIR create). A FHIR JSON
  // Binary's own id is ignored. Errors: those of Writer::commit(), kUnsupportedMediaType, and the
  // source's own.
  Result<VersionInfo> create(Source& source, const ContentInfo& content,
                             const WriteOptions& options = {}) noexcept;
  Result<VersionInfo> create(std::unique_ptr<Source> source, const ContentInfo& content,
                             const WriteOptions& options = {}) noexcept;

  // Stores all of `source` as the next version of Binary `id` (FHIR update); brings a deleted one
  // back. A FHIR JSON body must carry the same id. Errors: as create(), and kVersionConflict,
  // kMethodNotAllowed.
  Result<VersionInfo> update(std::string_view id, Source& source, const ContentInfo& content,
                             const WriteOptions& options = {}) noexcept;
  Result<VersionInfo> update(std::string_view id, std::unique_ptr<Source> source,
                             const ContentInfo& content, const WriteOptions& options = {}) noexcept;

  // The same two, for callers that push bytes.
  Result<Writer> begin_create(const ContentInfo& content,
                              const WriteOptions& options = {}) noexcept;
  Result<Writer> begin_update(std::string_view id, const ContentInfo& content,
                              const WriteOptions& options = {}) noexcept;

  // Adds a deletion version (FHIR delete). nullopt when there is nothing to delete: the id is
  // unknown or deleted already. Errors: kVersionConflict, kInvalidArgument.
  Result<std::optional<VersionInfo>> remove(std::string_view id,
                                            const RemoveOptions& options = {}) noexcept;

  // The current version, deletions included. Errors: kNotFound.
  Result<VersionInfo> head(std::string_view id) noexcept;

  // One version, deletions included. Errors: kNotFound for an unknown or purged version.
  Result<VersionInfo> version(std::string_view id, std::uint64_t version) noexcept;

  // Opens the content of the head, or of one version. Errors: kNotFound, kGone for a deletion.
  Result<Reader> open_reader(std::string_view id,
                             std::optional<std::uint64_t> version = {}) noexcept;

  // Writes the head, or one version, as FHIR JSON in one line without a line end; finishes `sink`.
  // Errors: as open_reader() and Reader::read_at(), and the sink's own.
  Result<void> write_fhir_json(std::string_view id, std::optional<std::uint64_t> version,
                               Sink& sink, const JsonOptions& options = {}) noexcept;

  // The same text to be pulled. size_hint() is its exact length; content is read as it is pulled,
  // so a read can fail as Reader::read_at() does. Holds no lock and no transaction between reads;
  // keeps the store's files open while alive, and the Store may go first.
  Result<std::unique_ptr<Source>> open_fhir_json(std::string_view id,
                                                 std::optional<std::uint64_t> version = {},
                                                 const JsonOptions& options = {}) noexcept;

  // Versions of one Binary, newest first, deletions included. Errors: kNotFound, kInvalidArgument.
  Result<HistoryPage> history(std::string_view id, const HistoryQuery& query = {}) noexcept;
  // Versions of all Binaries, newest change first.
  Result<HistoryPage> history(const HistoryQuery& query = {}) noexcept;

  // Heads of all Binaries in the order of their ids. Errors: kInvalidArgument.
  Result<ListPage> list(const ListQuery& query = {}) noexcept;

  // Drops all versions of `id` but the newest `keep` (at least 1). A deleted Binary stays gone.
  // Errors: kNotFound, kInvalidArgument.
  Result<PurgeReport> purge_history(std::string_view id, std::uint64_t keep = 1) noexcept;

  // Gives the bytes of purged content and of crashed uploads back to the file system: removes freed
  // chunks, drops dead volumes, compacts those that are mostly dead. Readers and writers go on.
  // Errors: kBusy while another collection runs past the time-out, kCancelled.
  Result<CollectReport> collect_garbage(const CallControl& control = {}) noexcept;

  // Writes one Binary per line; see ExportOptions. Finishes `sink`. Writers go on meanwhile.
  // Errors: kCancelled, kInvalidArgument for a bad filter, the sink's own; kGone in a read-only
  // store when others collected what it needs or, with history, may have needed.
  Result<ExportReport> export_ndjson(Sink& sink, const ExportOptions& options = {},
                                     const CallControl& control = {}) noexcept;
  Result<ExportReport> export_ndjson(std::unique_ptr<Sink> sink, const ExportOptions& options = {},
                                     const CallControl& control = {}) noexcept;

  // Changes with a sequence above `after`, ascending, at most `limit` (1 to 1,000).
  // Errors: kGone when changes after the cursor are missing, kInvalidArgument for a bad limit.
  Result<ChangePage> changes(std::uint64_t after, std::uint32_t limit = 100) noexcept;

  // Waits until there is a change after `after`, made by any process; false when the time is over
  // or `stop` was set. Polls the catalog every 20 ms.
  Result<bool> wait_for_change(std::uint64_t after, std::chrono::milliseconds timeout,
                               std::stop_token stop = {}) noexcept;

  // Writes `change` as a notification: one JSON object with `attributes` (action, lastUpdatedTime,
  // payloadType, resourceType, storeName) and, when payloadType is FullResource, `resource`.
  // Errors: kInvalidArgument for an id outside the grammar, the sink's own.
  Result<void> write_notification(const Change& change, Sink& sink,
                                  const NotificationOptions& options = {}) noexcept;
  // The same text to be pulled; see open_fhir_json().
  Result<std::unique_ptr<Source>> open_notification(
      const Change& change, const NotificationOptions& options = {}) noexcept;

  Result<StoreStats> stats() noexcept;

  // Reads and checks everything: SQLite pages, records, references, every byte of content. Damage
  // is reported, not an error.
  Result<VerifyReport> verify(const CallControl& control = {}) noexcept;

  // The physical structure, for inspection. Errors of the second: kNotFound.
  Result<StoreLayout> layout() noexcept;
  Result<VersionLayout> layout(std::string_view id,
                               std::optional<std::uint64_t> version = {}) noexcept;

  // Closes the store; the last process to leave empties the WAL. The destructor does the same and
  // ignores errors. Every later call fails with kInvalidArgument.
  Result<void> close() noexcept;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace fhirbin
