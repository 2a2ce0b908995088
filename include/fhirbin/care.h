#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fhirbin {

// What purge_history() did.
struct PurgeReport {
  std::uint64_t versions_purged = 0;
  std::uint64_t chunks_freed = 0;  // chunks that no version needs any more
  std::uint64_t bytes_freed = 0;   // their stored bytes; collect_garbage() gives them back
};

// What collect_garbage() did.
struct CollectReport {
  std::uint64_t chunks_removed = 0;
  std::uint64_t volumes_dropped = 0;
  std::uint64_t volumes_compacted = 0;
  std::uint64_t bytes_returned = 0;  // to the file system, net of what compaction wrote anew
  bool pending = false;              // a live pin held some back; run it again later
};

// One thing that verify() found wrong. Never holds content.
struct Damage {
  std::string id;             // the Binary concerned, or empty where it cannot be named
  std::uint64_t version = 0;  // or 0
  std::string what;           // what failed: the file, SQLite page, chunk or record
};

// What verify() looked at and found. The store is whole when `damages` is empty.
struct VerifyReport {
  std::uint64_t binaries = 0;
  std::uint64_t versions = 0;
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;      // decoded and checked
  bool complete = false;        // false when a stop token ended it early
  std::vector<Damage> damages;  // at most 1,000 are listed; `damage_count` counts all
  std::uint64_t damage_count = 0;
};

}  // namespace fhirbin
