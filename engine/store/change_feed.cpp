#include "engine/store/change_feed.h"

#include <algorithm>
#include <limits>
#include <thread>

#include "engine/fhir/resource_id.h"
#include "engine/fhir/resource_writer.h"
#include "engine/fhir/utf8.h"
#include "engine/storage/change_table.h"
#include "engine/store/json_view.h"
#include "engine/store/page_token.h"
#include "engine/store/version_view.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

std::string_view action_name(ChangeAction action) {
  switch (action) {
    case ChangeAction::kCreate:
      return "CreateResource";
    case ChangeAction::kUpdate:
      return "UpdateResource";
    case ChangeAction::kDelete:
      return "DeleteResource";
    case ChangeAction::kPurge:
      return "PurgeResource";
  }
  return "";
}

std::string notification_head(StoreContext& store, const Change& change, bool full) {
  std::string text = R"({"attributes":{"action":")";
  text += action_name(change.action);
  text += R"(","lastUpdatedTime":")";
  text += format_instant(change.last_updated);
  text += R"(","payloadType":")";
  text += full ? "FullResource" : "NameOnly";
  text += R"(","resourceType":"Binary","storeName":)";
  // A folder may be named by any bytes, JSON may not.
  fhir::append_json_string(
      text, fhir::replace_invalid_utf8(store.catalog().paths().folder.filename().string()));
  text += R"(},"sequence":)";
  text += std::to_string(change.sequence);
  text += R"(,"name":"Binary/)";
  text += change.id;
  text += "/_history/";
  text += std::to_string(change.version);
  text += '"';
  return text;
}

// The version that a change made, if it has content and is still kept.
Result<std::optional<storage::VersionRecord>> full_resource(StoreContext& store,
                                                            const Change& change) {
  if (change.action != ChangeAction::kCreate && change.action != ChangeAction::kUpdate) {
    return std::optional<storage::VersionRecord>();
  }
  auto record = find_content_record(store, change.id, change.version);
  if (record) {
    return std::optional<storage::VersionRecord>(*std::move(record));
  }
  if (record.error().code == ErrorCode::kNotFound || record.error().code == ErrorCode::kGone) {
    return std::optional<storage::VersionRecord>();
  }
  return pass_on(record);
}

}  // namespace

Result<ChangePage> read_changes(StoreContext& store, std::uint64_t after, std::uint32_t limit) {
  FHIRBIN_TRY(check_count(limit));
  if (after > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return fail(ErrorCode::kInvalidArgument, "a sequence is smaller than 2^63");
  }
  ChangePage page;
  FHIRBIN_TRY_ASSIGN(page.changes, store.catalog().read([&](storage::Connection& connection) {
    return storage::ChangeTable(connection).after(after, limit);
  }));
  page.last_sequence = page.changes.empty() ? after : page.changes.back().sequence;
  return page;
}

Result<bool> wait_for_change(StoreContext& store, std::uint64_t after,
                             std::chrono::milliseconds timeout, const std::stop_token& stop) {
  // Other processes change the store too, so there is nobody to wake us: look again every so often.
  constexpr std::chrono::milliseconds kLookAgain{20};
  // A later end than this could not be told in nanoseconds.
  constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365 * 10);
  const auto deadline = std::chrono::steady_clock::now() +
                        std::clamp(timeout, std::chrono::milliseconds(0), kLongest);
  while (true) {
    FHIRBIN_TRY_ASSIGN(const std::uint64_t sequence,
                       store.catalog().read([](storage::Connection& connection) {
                         return storage::ChangeTable(connection).last_sequence();
                       }));
    if (sequence > after) {
      return true;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline || stop.stop_requested()) {
      return false;
    }
    std::this_thread::sleep_for(
        std::min<std::chrono::steady_clock::duration>(kLookAgain, deadline - now));
  }
}

Result<JsonStream> open_notification(StoreContext& store, const Change& change,
                                     const NotificationOptions& options) {
  FHIRBIN_TRY(fhir::check_resource_id(change.id));  // it comes from the caller, and goes into JSON
  std::optional<storage::VersionRecord> record;
  if (!options.name_only) {
    FHIRBIN_TRY_ASSIGN(record, full_resource(store, change));
  }
  JsonView view{.form = fhir::PayloadForm::kNone, .frame = {}};
  if (record) {
    FHIRBIN_TRY_ASSIGN(view, make_json_view(store.settings().fhir_version, *record, false,
                                            static_cast<const InlinePolicy&>(options)));
    view.frame.head.insert(0, R"(,"resource":)");
  }
  view.frame.head.insert(0, notification_head(store, change, record.has_value()));
  view.frame.tail += '}';
  return JsonStream::open(store, record.value_or(storage::VersionRecord()), std::move(view));
}

Result<void> write_notification(StoreContext& store, const Change& change, Sink& sink,
                                const NotificationOptions& options) {
  FHIRBIN_TRY_ASSIGN(JsonStream notification, open_notification(store, change, options));
  FHIRBIN_TRY(write_json_stream(notification, sink));
  return sink.finish();
}

}  // namespace fhirbin::store
