#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "fhirbin/fhir_version.h"

namespace fhirbin {

// What is fixed when a store is created and kept in it.
struct CreateOptions {
  FhirVersion fhir_version = FhirVersion::kR4;
  // Keep every version until it is purged; without it an update replaces the former version.
  bool keep_history = true;
  // Let update() create a Binary under an id the caller chooses (enableUpdateCreate).
  bool update_may_create = false;
  // Content up to this many bytes lies in the catalog, with no page of its own. 0 to 1 MiB.
  std::uint32_t inline_limit_bytes = 128U << 10;
};

// How one process uses a store.
struct OpenOptions {
  // Never write, not even to recover; on a medium that cannot be written only a clean store opens.
  bool read_only = false;
  // How long a call waits for another writer or reader before kBusy, in milliseconds.
  std::uint32_t busy_timeout_ms = 5000;
  // Most bytes one write call may take in (raw bytes, or bytes of the JSON document), inclusive.
  // 1 to 2^36.
  std::uint64_t max_ingest_bytes = std::uint64_t{1} << 30;
  // zstd level of new pages, 1 to 19. 1 to 3 keep up with a fast disk.
  int compression_level = 1;
  // Threads that hash and compress chunks of one large write (up to five more wait for its commits),
  // and that fetch chunks ahead of one large read in order, the reader's own among them; 0 means
  // one per core, at most 8.
  unsigned worker_threads = 0;
};

// What the caller says of a body: the HTTP headers of the same names.
struct ContentInfo {
  // Content-Type. application/fhir+json and application/json+fhir are read as FHIR JSON, all else
  // is raw content of that type. Required; media-type grammar, at most 255 bytes.
  std::string content_type = {};
  // X-Security-Context: becomes securityContext.reference of a raw body. At most 1,024 bytes, no
  // controls; a FHIR JSON Binary's own securityContext wins; ignored in DSTU2.
  std::string security_context = {};
};

// Preconditions and choices of a write.
struct WriteOptions {
  // Only if the head is this version (If-Match); otherwise kVersionConflict and nothing changes.
  std::optional<std::uint64_t> if_match = {};
  // Only if the Binary exists and is not deleted (If-Match: *); otherwise kVersionConflict.
  bool if_exists = false;
  // Only if the Binary does not exist or is deleted (If-None-Match: *).
  bool if_none_match = false;
  // Return the current version instead of making a new one when content and metadata are equal.
  // Large content that two overlapping uploads stored twice may go unrecognised.
  bool skip_noop_update = false;
  // Store a FHIR-JSON-typed body that is no JSON at all as raw content instead of refusing it.
  bool store_malformed_json_as_raw = false;
  // Read application/json, too, as FHIR JSON where the body is a Binary; any other body of that
  // type stays raw content, well formed or not.
  bool accept_plain_json = false;
};

// What removing needs.
struct RemoveOptions {
  // Only if the head is this version (If-Match); otherwise kVersionConflict and nothing changes.
  std::optional<std::uint64_t> if_match = {};
  // Only if the Binary exists and is not deleted (If-Match: *); otherwise kVersionConflict.
  bool if_exists = false;
};

// When the data of a Binary is left out of a view (export, history Bundle, notification).
struct InlinePolicy {
  enum class Measure : std::uint8_t {
    kPayload,     // decoded content bytes
    kSerialized,  // bytes of the resource's FHIR JSON with its data
  };
  // Strictly more than this is left out and marked with data-absent-reason `unsupported`.
  std::uint64_t inline_limit_bytes = 10U << 20;
  Measure measure = Measure::kPayload;
};

// How a change is rendered as a notification.
struct NotificationOptions : InlinePolicy {
  // Only name the resource (payloadType NameOnly), never carry it.
  bool name_only = false;
};

}  // namespace fhirbin
