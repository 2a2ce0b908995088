#pragma once

#include <chrono>
#include <stop_token>

#include "engine/store/json_stream.h"
#include "engine/store/store_context.h"
#include "fhirbin/options.h"
#include "fhirbin/queries.h"
#include "fhirbin/sink.h"

namespace fhirbin::store {

// See Store::changes(), Store::wait_for_change(), Store::open_notification() and
// write_notification().
Result<ChangePage> read_changes(StoreContext& store, std::uint64_t after, std::uint32_t limit);
Result<bool> wait_for_change(StoreContext& store, std::uint64_t after,
                             std::chrono::milliseconds timeout, const std::stop_token& stop);
Result<JsonStream> open_notification(StoreContext& store, const Change& change,
                                     const NotificationOptions& options);
Result<void> write_notification(StoreContext& store, const Change& change, Sink& sink,
                                const NotificationOptions& options);

}  // namespace fhirbin::store
