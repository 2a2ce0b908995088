#pragma once

#include <string_view>

#include "fhirbin/store.h"
#include "tests/model/model.h"

// Everything that can be asked of a store, held against the model.
namespace fhirbin::testing {

void check_head(Store& store, const Model& model, std::string_view id);
void check_version(Store& store, const Model& model, std::string_view id, std::uint64_t number);
// Page by page, so that tokens and totals are checked too.
void check_history(Store& store, const Model& model, std::string_view id, HistoryQuery query);
void check_store_history(Store& store, const Model& model, HistoryQuery query);
void check_list(Store& store, const Model& model, ListQuery query);
void check_changes(Store& store, const Model& model, std::uint64_t after, std::uint32_t limit);
void check_json(Store& store, const Model& model, std::string_view id,
                std::optional<std::uint64_t> number, const JsonOptions& options);
void check_export(Store& store, const Model& model, const ExportOptions& options);
void check_stats(Store& store, const Model& model);
void check_verify(Store& store, const Model& model);

// All of the above and the content of every kept version.
void check_everything(Store& store, const Model& model);
// What must hold once nothing is open and the garbage is collected.
void check_collected(Store& store, const Model& model);

}  // namespace fhirbin::testing
