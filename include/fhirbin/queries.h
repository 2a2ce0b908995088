#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fhirbin/instant.h"
#include "fhirbin/version_info.h"

namespace fhirbin {

// Which versions history() returns, newest first.
struct HistoryQuery {
  std::uint32_t count = 100;          // page size, 1 to 1,000
  std::optional<Instant> since = {};  // only versions created at or after this instant (_since)
  std::optional<Instant> at = {};     // only the version current at this instant, per Binary (_at)
  // With `at`: every version current at some moment from `at` up to, not including, this one.
  std::optional<Instant> at_end = {};
  std::string page_token = {};  // next_page_token of the page before; empty for the first
};

// One page of a history. An empty next_page_token means that it was the last.
struct HistoryPage {
  std::vector<VersionInfo> versions;
  std::string next_page_token;
  std::uint64_t total = 0;  // versions that match, over all pages
};

// Which Binaries list() returns, in the order of their ids.
struct ListQuery {
  std::uint32_t count = 100;  // page size, 1 to 1,000
  std::string content_type =
      {};  // media type without parameters, any case; "image/*" too; empty: all
  std::optional<Instant> since = {};  // only heads updated at or after this instant
  std::uint64_t min_size_bytes = 0;   // only content of at least this size
  bool include_deleted = false;       // also Binaries whose head is a deletion
  std::string page_token = {};        // next_page_token of the page before; empty for the first
};

// One page of a listing: the head of each Binary.
struct ListPage {
  std::vector<VersionInfo> heads;
  std::string next_page_token;
};

// What a change did.
enum class ChangeAction : std::uint8_t {
  kCreate = 1,
  kUpdate = 2,
  kDelete = 3,
  kPurge = 4,  // old versions went; the head stayed
};

// One change of the store, in commit order. Sequences rise by one from 1.
struct Change {
  std::uint64_t sequence = 0;
  ChangeAction action = ChangeAction::kCreate;
  std::string id;
  std::uint64_t version = 0;  // the version made, or the head that stayed
  Instant last_updated{};     // when
};

// One page of the change feed, ascending. Ask again after `last_sequence`.
struct ChangePage {
  std::vector<Change> changes;
  std::uint64_t last_sequence = 0;  // of the last change here, or the cursor that was asked after
};

}  // namespace fhirbin
