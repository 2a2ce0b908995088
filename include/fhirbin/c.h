#pragma once

// The C interface: the same store for C and for every language that can call C. Compiles as C17 and
// as C++.
//
// Calls return FHIRBIN_OK or a status; statuses are the values of fhirbin::ErrorCode, whose header
// (fhirbin/error.h) tells when each is returned. No exception crosses the interface.
// Handles are opaque. Store handles are thread-safe; writers and readers belong to one thread at a
// time. Text is UTF-8 and ends in a zero byte. Instants are milliseconds since
// 1970-01-01T00:00:00Z. Booleans are int32_t, 0 or 1.
//
// Every struct starts with its size in bytes, so that it can grow without breaking callers that
// were compiled against an older header. The caller fills it in where the caller owns the struct
// (the ..._init functions do); the library reads and writes no more than that, takes defaults for
// fields that are missing, and refuses one that is larger than it knows unless the rest is zeros.
// Where the library owns the struct, the size tells which fields are there.
//
// What a call returns through a pointer to a pointer belongs to the caller and is given back to the
// matching ..._free function, which takes a null pointer too. After a failure such a pointer is
// null.

#include <stddef.h>
#include <stdint.h>

#include "fhirbin/export_macro.h"

#ifdef __cplusplus
extern "C" {
#endif

// C has no namespaces, so names carry a prefix; nor does it have most of what the checks ask for.
// NOLINTBEGIN(modernize-*,readability-identifier-naming,performance-enum-size)

// ---- Statuses

typedef int32_t fhirbin_status;
enum {
  FHIRBIN_OK = 0,
  FHIRBIN_INVALID_ARGUMENT = 1,
  FHIRBIN_INVALID_RESOURCE = 2,
  FHIRBIN_NOT_FOUND = 3,
  FHIRBIN_GONE = 4,
  FHIRBIN_VERSION_CONFLICT = 5,
  FHIRBIN_PRECONDITION_MISSING = 6,
  FHIRBIN_METHOD_NOT_ALLOWED = 7,
  FHIRBIN_NOT_ACCEPTABLE = 8,
  FHIRBIN_UNSUPPORTED_MEDIA_TYPE = 9,
  FHIRBIN_TOO_LARGE = 10,
  FHIRBIN_BUSINESS_RULE = 11,
  FHIRBIN_RANGE_NOT_SATISFIABLE = 12,
  FHIRBIN_BUSY = 13,
  FHIRBIN_CORRUPT = 14,
  FHIRBIN_IO = 15,
  FHIRBIN_OUT_OF_MEMORY = 16,
  FHIRBIN_NO_SPACE = 17,
  FHIRBIN_READ_ONLY = 18,
  FHIRBIN_CANCELLED = 19,
  FHIRBIN_INDETERMINATE = 20,
  FHIRBIN_INCOMPATIBLE_FORMAT = 21
};

// Why one call failed. Pass a pointer to one (or null) as the last argument of a call; after a
// failure it holds the reason, after a success it is untouched. Never holds content.
typedef struct fhirbin_error {
  size_t struct_size;     // set by the caller: sizeof(fhirbin_error)
  fhirbin_status status;  // what the call returned
  int32_t issue;          // fhirbin::IssueType
  char message[496];      // for people; cut at a whole character where it would be longer
} fhirbin_error;

// "VersionConflict" and so on; "Ok" for FHIRBIN_OK, "Unknown" for other numbers. Never freed.
FHIRBIN_API const char* fhirbin_status_name(fhirbin_status status);

// The version of the library, such as "0.1.0". Never freed.
FHIRBIN_API const char* fhirbin_library_version(void);

// ---- Streams

// Fills the front of `buffer` and sets `*size` to how many bytes that were; 0 means the end. A
// status other than FHIRBIN_OK ends the call that reads, stores nothing and is returned from it.
typedef fhirbin_status (*fhirbin_read_function)(void* context, void* buffer, size_t capacity,
                                                size_t* size);
// Takes all of `bytes`. A status other than FHIRBIN_OK ends the call that writes and is returned
// from it.
typedef fhirbin_status (*fhirbin_write_function)(void* context, const void* bytes, size_t size);
// Called once after the last byte of a call that succeeded.
typedef fhirbin_status (*fhirbin_finish_function)(void* context);
// How far a call has come; totals are 0 where they are not known. Return 0 to go on, anything else
// to end the call with FHIRBIN_CANCELLED.
typedef int32_t (*fhirbin_progress_function)(void* context, uint64_t items_done,
                                             uint64_t items_total, uint64_t bytes_done,
                                             uint64_t bytes_total);

// Callbacks run on the thread that made the call, under no engine lock, and may not throw.
typedef struct fhirbin_source {
  size_t struct_size;
  void* context;  // passed to the function as it is
  fhirbin_read_function read;
} fhirbin_source;

typedef struct fhirbin_sink {
  size_t struct_size;
  void* context;
  fhirbin_write_function write;
  fhirbin_finish_function finish;  // may be null
} fhirbin_sink;

typedef struct fhirbin_control {
  size_t struct_size;
  void* context;
  fhirbin_progress_function on_progress;
} fhirbin_control;

// ---- Stores

typedef struct fhirbin_store fhirbin_store;

// What is fixed when a store is created. See fhirbin::CreateOptions.
typedef struct fhirbin_create_options {
  size_t struct_size;
  int32_t fhir_version;  // 1 DSTU2, 2 STU3, 3 R4 (the default), 4 R4B, 5 R5
  int32_t keep_history;
  int32_t update_may_create;
  uint32_t inline_limit_bytes;
} fhirbin_create_options;
FHIRBIN_API void fhirbin_create_options_init(fhirbin_create_options* options, size_t struct_size);

// How this process uses a store. See fhirbin::OpenOptions.
typedef struct fhirbin_open_options {
  size_t struct_size;
  int32_t read_only;
  uint32_t busy_timeout_ms;
  uint64_t max_ingest_bytes;
  int32_t compression_level;
  uint32_t worker_threads;
} fhirbin_open_options;
FHIRBIN_API void fhirbin_open_options_init(fhirbin_open_options* options, size_t struct_size);

// Null options mean the defaults. See fhirbin::Store::create(), open() and open_or_create().
FHIRBIN_API fhirbin_status fhirbin_store_create(const char* path,
                                                const fhirbin_create_options* create,
                                                const fhirbin_open_options* open,
                                                fhirbin_store** store, fhirbin_error* error);
FHIRBIN_API fhirbin_status fhirbin_store_open(const char* path, const fhirbin_open_options* open,
                                              fhirbin_store** store, fhirbin_error* error);
FHIRBIN_API fhirbin_status fhirbin_store_open_or_create(const char* path,
                                                        const fhirbin_create_options* create,
                                                        const fhirbin_open_options* open,
                                                        fhirbin_store** store,
                                                        fhirbin_error* error);

// Closes the store and frees the handle, whatever the status. Its writers must be gone, and no
// other thread may use it any more; readers may live on.
FHIRBIN_API fhirbin_status fhirbin_store_close(fhirbin_store* store, fhirbin_error* error);

// As in fhirbin_create_options.
FHIRBIN_API int32_t fhirbin_store_fhir_version(const fhirbin_store* store);

// ---- Versions

// See fhirbin::VersionInfo. Owned by the library; its strings live as long as it does.
typedef struct fhirbin_version_info {
  size_t struct_size;
  const char* id;
  uint64_t version;
  uint64_t sequence;
  int64_t last_updated_ms;
  int32_t deleted;
  int32_t created;
  const char* content_type;      // "" for a deletion
  const char* security_context;  // "" without one
  uint64_t size_bytes;
  uint8_t digest[16];  // XXH3-128 of the content
} fhirbin_version_info;
FHIRBIN_API void fhirbin_version_info_free(fhirbin_version_info* info);

// One page of a listing or a history.
typedef struct fhirbin_version_page {
  size_t struct_size;
  size_t count;
  const fhirbin_version_info* const* versions;  // `count` pointers, owned by the page
  const char* next_page_token;                  // "" when this was the last page
  uint64_t total;                               // of a history: versions over all its pages
} fhirbin_version_page;
FHIRBIN_API void fhirbin_version_page_free(fhirbin_version_page* page);

// Version `version` of the Binary, or its head when that is 0; deletions included.
FHIRBIN_API fhirbin_status fhirbin_find_version(fhirbin_store* store, const char* id,
                                                uint64_t version, fhirbin_version_info** found,
                                                fhirbin_error* error);

// Stands for "no instant" in queries.
#define FHIRBIN_NO_INSTANT INT64_MIN

// See fhirbin::HistoryQuery.
typedef struct fhirbin_history_query {
  size_t struct_size;
  uint32_t count;
  uint32_t reserved;
  int64_t since_ms;
  int64_t at_ms;
  const char* page_token;  // null or "" for the first page
} fhirbin_history_query;
FHIRBIN_API void fhirbin_history_query_init(fhirbin_history_query* query, size_t struct_size);

// Versions of one Binary, or of all when `id` is null; newest first.
FHIRBIN_API fhirbin_status fhirbin_history(fhirbin_store* store, const char* id,
                                           const fhirbin_history_query* query,
                                           fhirbin_version_page** page, fhirbin_error* error);

// See fhirbin::ListQuery.
typedef struct fhirbin_list_query {
  size_t struct_size;
  uint32_t count;
  int32_t include_deleted;
  const char* content_type;  // null or "" for all
  int64_t since_ms;
  uint64_t min_size_bytes;
  const char* page_token;
} fhirbin_list_query;
FHIRBIN_API void fhirbin_list_query_init(fhirbin_list_query* query, size_t struct_size);

// Heads of all Binaries, in the order of their ids.
FHIRBIN_API fhirbin_status fhirbin_list(fhirbin_store* store, const fhirbin_list_query* query,
                                        fhirbin_version_page** page, fhirbin_error* error);

// ---- Writing

typedef struct fhirbin_writer fhirbin_writer;

// What is to be written, and under which preconditions. See fhirbin::ContentInfo and
// fhirbin::WriteOptions.
typedef struct fhirbin_write_options {
  size_t struct_size;
  const char* id;            // the Binary to update; null creates one with a new id
  const char* content_type;  // required
  const char* security_context;
  uint64_t if_match;  // 0 for no such precondition
  int32_t if_none_match;
  int32_t skip_noop_update;
  int32_t store_malformed_json_as_raw;
  int32_t reserved;
} fhirbin_write_options;
FHIRBIN_API void fhirbin_write_options_init(fhirbin_write_options* options, size_t struct_size);

// Pulls all of `source` and makes it a version. `made` may be null.
FHIRBIN_API fhirbin_status fhirbin_put(fhirbin_store* store, const fhirbin_write_options* options,
                                       const fhirbin_source* source, fhirbin_version_info** made,
                                       fhirbin_error* error);

// The same for callers that push: nothing is visible until fhirbin_writer_commit(), and a writer
// freed without it leaves no trace. After a failure a writer can only be freed.
FHIRBIN_API fhirbin_status fhirbin_writer_open(fhirbin_store* store,
                                               const fhirbin_write_options* options,
                                               fhirbin_writer** writer, fhirbin_error* error);
FHIRBIN_API fhirbin_status fhirbin_writer_write(fhirbin_writer* writer, const void* bytes,
                                                size_t size, fhirbin_error* error);
// `made` may be null. The writer must still be freed.
FHIRBIN_API fhirbin_status fhirbin_writer_commit(fhirbin_writer* writer,
                                                 fhirbin_version_info** made, fhirbin_error* error);
FHIRBIN_API void fhirbin_writer_free(fhirbin_writer* writer);

// Adds a deletion version; `if_match` as in fhirbin_write_options. `*made` is null when there was
// nothing to delete; `made` may be null itself.
FHIRBIN_API fhirbin_status fhirbin_remove(fhirbin_store* store, const char* id, uint64_t if_match,
                                          fhirbin_version_info** made, fhirbin_error* error);

// ---- Reading

typedef struct fhirbin_reader fhirbin_reader;

// Opens the content of version `version`, or of the head when that is 0.
FHIRBIN_API fhirbin_status fhirbin_reader_open(fhirbin_store* store, const char* id,
                                               uint64_t version, fhirbin_reader** reader,
                                               fhirbin_error* error);
// The version being read; lives as long as the reader.
FHIRBIN_API const fhirbin_version_info* fhirbin_reader_info(const fhirbin_reader* reader);
// Copies content starting at byte `offset` into `buffer`; `*copied` is `size`, or less only where
// the content ends. See fhirbin::Reader::read_at().
FHIRBIN_API fhirbin_status fhirbin_reader_read_at(fhirbin_reader* reader, uint64_t offset,
                                                  void* buffer, size_t size, size_t* copied,
                                                  fhirbin_error* error);
// The same for the next bytes in order; the first call starts at byte 0.
FHIRBIN_API fhirbin_status fhirbin_reader_read(fhirbin_reader* reader, void* buffer, size_t size,
                                               size_t* copied, fhirbin_error* error);
// Lends the next bytes in order without a copy, 1 byte to 2 MiB: the reader owns `*bytes`, until
// the next call that reads, or until it is freed; `*size` is 0 at the end. See
// fhirbin::Reader::next().
FHIRBIN_API fhirbin_status fhirbin_reader_next(fhirbin_reader* reader, const void** bytes,
                                               size_t* size, fhirbin_error* error);
FHIRBIN_API void fhirbin_reader_free(fhirbin_reader* reader);

// When the data of a Binary is left out of a view. See fhirbin::InlinePolicy.
typedef struct fhirbin_inline_policy {
  size_t struct_size;
  uint64_t inline_limit_bytes;
  int32_t measure;  // 0 decoded content bytes, 1 bytes of the FHIR JSON
  int32_t reserved;
} fhirbin_inline_policy;
FHIRBIN_API void fhirbin_inline_policy_init(fhirbin_inline_policy* policy, size_t struct_size);

// See fhirbin::JsonOptions.
typedef struct fhirbin_json_options {
  size_t struct_size;
  const fhirbin_inline_policy* view;  // null gives everything
  int32_t summary;
  int32_t reserved;
} fhirbin_json_options;
FHIRBIN_API void fhirbin_json_options_init(fhirbin_json_options* options, size_t struct_size);

// Writes version `version`, or the head when that is 0, as FHIR JSON in one line.
FHIRBIN_API fhirbin_status fhirbin_write_fhir_json(fhirbin_store* store, const char* id,
                                                   uint64_t version,
                                                   const fhirbin_json_options* options,
                                                   const fhirbin_sink* sink, fhirbin_error* error);

// See fhirbin::ExportOptions.
typedef struct fhirbin_export_options {
  size_t struct_size;
  const fhirbin_inline_policy* policy;  // null for the default
  int64_t since_ms;
  const char* content_type;
  int32_t history;
  int32_t reserved;
} fhirbin_export_options;
FHIRBIN_API void fhirbin_export_options_init(fhirbin_export_options* options, size_t struct_size);

typedef struct fhirbin_export_report {
  size_t struct_size;  // set by the caller
  uint64_t lines;
  uint64_t inlined;
  uint64_t substituted;
  uint64_t bytes;
  uint64_t sequence;
} fhirbin_export_report;

// Writes one Binary per line. `control` and `report` may be null.
FHIRBIN_API fhirbin_status fhirbin_export_ndjson(
    fhirbin_store* store, const fhirbin_export_options* options, const fhirbin_sink* sink,
    const fhirbin_control* control, fhirbin_export_report* report, fhirbin_error* error);

// ---- Changes

// See fhirbin::Change.
typedef struct fhirbin_change {
  size_t struct_size;
  uint64_t sequence;
  const char* id;
  uint64_t version;
  int64_t last_updated_ms;
  int32_t action;  // 1 create, 2 update, 3 delete, 4 purge
  int32_t reserved;
} fhirbin_change;

typedef struct fhirbin_change_page {
  size_t struct_size;
  size_t count;
  const fhirbin_change* const* changes;  // `count` pointers, owned by the page
  uint64_t last_sequence;                // ask again after this one
} fhirbin_change_page;
FHIRBIN_API void fhirbin_change_page_free(fhirbin_change_page* page);

// Changes with a sequence above `after`, ascending, at most `limit` (1 to 1,000).
FHIRBIN_API fhirbin_status fhirbin_changes(fhirbin_store* store, uint64_t after, uint32_t limit,
                                           fhirbin_change_page** page, fhirbin_error* error);
// `*changed` is 1 when there is a change after `after`, 0 when the time is over.
FHIRBIN_API fhirbin_status fhirbin_wait_for_change(fhirbin_store* store, uint64_t after,
                                                   uint32_t timeout_ms, int32_t* changed,
                                                   fhirbin_error* error);
// Writes a change as a notification; `policy` null for the default.
FHIRBIN_API fhirbin_status fhirbin_write_notification(fhirbin_store* store,
                                                      const fhirbin_change* change,
                                                      const fhirbin_inline_policy* policy,
                                                      const fhirbin_sink* sink,
                                                      fhirbin_error* error);

// ---- Care

typedef struct fhirbin_purge_report {
  size_t struct_size;  // set by the caller
  uint64_t versions_purged;
  uint64_t chunks_freed;
  uint64_t bytes_freed;
} fhirbin_purge_report;

// Drops all versions but the newest `keep` (at least 1). `report` may be null.
FHIRBIN_API fhirbin_status fhirbin_purge_history(fhirbin_store* store, const char* id,
                                                 uint64_t keep, fhirbin_purge_report* report,
                                                 fhirbin_error* error);

typedef struct fhirbin_collect_report {
  size_t struct_size;  // set by the caller
  uint64_t chunks_removed;
  uint64_t volumes_dropped;
  uint64_t volumes_compacted;
  uint64_t bytes_returned;
  int32_t pending;
  int32_t reserved;
} fhirbin_collect_report;

// Gives the space of purged content back. `control` and `report` may be null.
FHIRBIN_API fhirbin_status fhirbin_collect_garbage(fhirbin_store* store,
                                                   const fhirbin_control* control,
                                                   fhirbin_collect_report* report,
                                                   fhirbin_error* error);

typedef struct fhirbin_media_type_stats {
  size_t struct_size;
  const char* content_type;
  uint64_t versions;
  uint64_t logical_bytes;
} fhirbin_media_type_stats;

// See fhirbin::StoreStats.
typedef struct fhirbin_store_stats {
  size_t struct_size;
  int32_t fhir_version;
  int32_t sqlite_has_wal_reset_bug;
  uint64_t format_version;
  uint64_t sequence;
  uint64_t binaries;
  uint64_t deleted;
  uint64_t versions;
  uint64_t logical_bytes;
  uint64_t inline_bytes;
  uint64_t chunks;
  uint64_t chunk_raw_bytes;
  uint64_t chunk_stored_bytes;
  uint64_t shared_bytes;
  uint64_t reclaimable_bytes;
  uint64_t volumes;
  uint64_t filling_volumes;
  uint64_t volume_file_bytes;
  uint64_t catalog_file_bytes;
  uint64_t wal_bytes;
  uint64_t pins;
  const char* sqlite_version;
  size_t media_type_count;
  const fhirbin_media_type_stats* const* media_types;  // largest first
} fhirbin_store_stats;
FHIRBIN_API fhirbin_status fhirbin_stats(fhirbin_store* store, fhirbin_store_stats** stats,
                                         fhirbin_error* error);
FHIRBIN_API void fhirbin_store_stats_free(fhirbin_store_stats* stats);

// One thing that a verification found wrong. See fhirbin::Damage.
typedef struct fhirbin_damage {
  size_t struct_size;
  const char* id;    // "" where no Binary can be named
  uint64_t version;  // or 0
  const char* what;
} fhirbin_damage;

// See fhirbin::VerifyReport. The store is whole when `damage_count` is 0.
typedef struct fhirbin_verify_report {
  size_t struct_size;
  uint64_t binaries;
  uint64_t versions;
  uint64_t chunks;
  uint64_t bytes;
  uint64_t damage_count;  // all that was found
  size_t listed_count;    // how many of them are listed
  const fhirbin_damage* const* damages;
  int32_t complete;  // 0 when the progress function ended it early
  int32_t reserved;
} fhirbin_verify_report;

// Reads and checks everything. Damage is reported, not an error. `control` may be null.
FHIRBIN_API fhirbin_status fhirbin_verify(fhirbin_store* store, const fhirbin_control* control,
                                          fhirbin_verify_report** report, fhirbin_error* error);
FHIRBIN_API void fhirbin_verify_report_free(fhirbin_verify_report* report);

// NOLINTEND(modernize-*,readability-identifier-naming,performance-enum-size)

#ifdef __cplusplus
}  // extern "C"
#endif
