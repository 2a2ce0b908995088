#include "engine/store/exporter.h"

#include <deque>
#include <limits>
#include <utility>

#include "engine/fhir/media_type.h"
#include "engine/storage/binary_table.h"
#include "engine/storage/change_table.h"
#include "engine/storage/version_table.h"
#include "engine/store/json_stream.h"
#include "engine/store/json_view.h"
#include "engine/store/pin.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;
using storage::VersionRecord;
using storage::VersionTable;

// One export: a pin and a fixed sequence stand for the snapshot, so that no read transaction lasts.
class Exporter {
 public:
  Exporter(StoreContext& store, Sink& sink, const ExportOptions& options,
           const CallControl& control)
      : store_(&store), sink_(&sink), options_(&options), control_(&control) {}

  Result<ExportReport> run(std::uint64_t snapshot) {
    report_.sequence = snapshot;
    while (true) {
      FHIRBIN_TRY_ASSIGN(const bool more, fill_queue());
      while (!queue_.empty()) {
        FHIRBIN_TRY(write_line(queue_.front()));
        queue_.pop_front();
      }
      queued_bytes_ = 0;
      if (!more) {
        break;
      }
    }
    if (store_->catalog().read_only() && options_->history) {
      FHIRBIN_TRY(check_nothing_was_erased());
    }
    FHIRBIN_TRY(sink_->finish());
    return report_;
  }

 private:
  // Looks at the next few Binaries in one short transaction; false at the end.
  Result<bool> fill_queue() {
    constexpr std::uint32_t kBinariesPerLook = 64;
    return store_->catalog().read([&](Connection& connection) -> Result<bool> {
      VersionTable versions(connection, store_->settings());
      if (unfinished_) {
        return continue_history(versions);
      }
      FHIRBIN_TRY_ASSIGN(const auto rows,
                         storage::BinaryTable(connection).after(after_, kBinariesPerLook));
      for (const storage::BinaryRow& row : rows) {
        after_ = row.id;
        below_ = kNewest;
        FHIRBIN_TRY(queue_versions(versions, row));
        if (unfinished_ || queue_is_full()) {
          return true;
        }
      }
      return rows.size() == kBinariesPerLook;
    });
  }

  Result<bool> continue_history(VersionTable& versions) {
    const storage::BinaryRow binary = unfinished_binary_;
    FHIRBIN_TRY(queue_versions(versions, binary));
    return true;
  }

  // The head as of the snapshot, or with history every version of it, some hundred at a time.
  Result<void> queue_versions(VersionTable& versions, const storage::BinaryRow& binary) {
    unfinished_ = false;
    do {
      FHIRBIN_TRY_ASSIGN(auto record,
                         versions.newest_in_snapshot(binary, below_, report_.sequence));
      if (!record) {
        return check_had_no_head(binary);
      }
      below_ = record->number;
      if (wanted(*record)) {
        queued_bytes_ += record->elements.size();
        queue_.push_back(*std::move(record));
      }
      if (options_->history && queue_is_full()) {
        unfinished_ = true;
        unfinished_binary_ = binary;
        return {};
      }
    } while (options_->history);
    return {};
  }

  // Where no version was found at all: a Binary that was there at the snapshot had a head then, and
  // only a collection can have taken it.
  Result<void> check_had_no_head(const storage::BinaryRow& binary) const {
    if (below_ == kNewest && binary.key <= report_.sequence) {
      return fail(ErrorCode::kGone, "a version that the export needs was collected");
    }
    return {};
  }

  // That a history ended early cannot be seen in it; that something as old was erased can.
  Result<void> check_nothing_was_erased() {
    FHIRBIN_TRY_ASSIGN(const bool erased, store_->catalog().read([&](Connection& connection) {
      return VersionTable(connection, store_->settings()).erased_since(report_.sequence);
    }));
    return erased ? Result<void>(fail(ErrorCode::kGone, "versions were collected meanwhile"))
                  : Result<void>();
  }

  // Elements may be 1 MiB each, so it is not only their number that counts.
  bool queue_is_full() const {
    constexpr std::size_t kVersionsPerLook = 256;
    constexpr std::size_t kBytesPerLook = std::size_t{1} << 20;
    return queue_.size() >= kVersionsPerLook || queued_bytes_ >= kBytesPerLook;
  }

  bool wanted(const VersionRecord& record) const {
    if (record.action == ChangeAction::kDelete) {
      return false;
    }
    if (options_->since && record.last_updated_ms < options_->since->time_since_epoch().count()) {
      return false;
    }
    return options_->content_type.empty() ||
           fhir::matches_media_filter(record.content_type, options_->content_type);
  }

  Result<void> write_line(const VersionRecord& record) {
    if (control_->stop.stop_requested()) {
      return fail(ErrorCode::kCancelled, "the export was stopped");
    }
    FHIRBIN_TRY_ASSIGN(JsonView view, make_json_view(store_->settings().fhir_version, record, false,
                                                     static_cast<const InlinePolicy&>(*options_)));
    const fhir::PayloadForm form = view.form;
    FHIRBIN_TRY_ASSIGN(JsonStream line, JsonStream::open(*store_, record, std::move(view)));
    FHIRBIN_TRY(write_json_stream(line, *sink_));
    FHIRBIN_TRY(sink_->write(as_bytes("\n")));
    ++report_.lines;
    report_.bytes += line.size_bytes() + 1;
    if (form == fhir::PayloadForm::kAbsent) {
      ++report_.substituted;
    } else {
      ++report_.inlined;
    }
    if (control_->on_progress) {
      control_->on_progress({.items_done = report_.lines, .bytes_done = report_.bytes});
    }
    return {};
  }

  static constexpr std::uint64_t kNewest = std::numeric_limits<std::int64_t>::max();

  StoreContext* store_;
  Sink* sink_;
  const ExportOptions* options_;
  const CallControl* control_;
  ExportReport report_;
  std::deque<VersionRecord> queue_;
  std::size_t queued_bytes_ = 0;   // of their elements
  std::string after_;              // the id that was looked at last
  std::uint64_t below_ = kNewest;  // of its versions
  bool unfinished_ = false;        // that id has older versions to come
  storage::BinaryRow unfinished_binary_;
};

}  // namespace

Result<ExportReport> export_ndjson(StoreContext& store, Sink& sink, const ExportOptions& options,
                                   const CallControl& control) {
  FHIRBIN_TRY(fhir::check_media_filter(options.content_type));
  if (store.catalog().read_only()) {
    // Without a pin the snapshot still is one: a version collected meanwhile ends the export with
    // kGone.
    FHIRBIN_TRY_ASSIGN(const std::uint64_t sequence,
                       store.catalog().read([](Connection& connection) {
                         return storage::ChangeTable(connection).last_sequence();
                       }));
    return Exporter(store, sink, options, control).run(sequence);
  }
  FHIRBIN_TRY_ASSIGN(const Pin pin, Pin::take(store.catalog()));
  return Exporter(store, sink, options, control).run(pin.sequence());
}

}  // namespace fhirbin::store
