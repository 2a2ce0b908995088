#include "engine/rest/delete_interaction.h"

#include "engine/rest/operation_outcome.h"
#include "engine/rest/preconditions.h"
#include "engine/rest/preference.h"
#include "engine/rest/response.h"
#include "engine/util/try.h"

namespace fhirbin::rest {
namespace {

Response done(const Call& call, std::string_view what) {
  const auto prefer = call.headers().combined("Prefer");
  if (prefer && parse_prefer(*prefer) == ReturnPreference::kOperationOutcome) {
    return fhir_json_response(200, call.fhir_version(),
                              make_outcome("information", "informational", what));
  }
  Response response;
  response.status = 204;
  return response;
}

// If-None-Match: * lets a delete go on only where there is nothing to delete.
Result<Response> answer_delete_if_none(const Call& call) {
  auto head = call.store->head(call.route.id);
  if (!head && head.error().code != ErrorCode::kNotFound) {
    return pass_on(head);
  }
  if (head && !head->deleted) {
    return error_response(
        412, Error{.code = ErrorCode::kVersionConflict, .message = "the Binary exists"},
        call.fhir_version());
  }
  return done(call, "there was nothing to delete");
}

}  // namespace

Result<Response> answer_delete(const Call& call) {
  FHIRBIN_TRY_ASSIGN(const Preconditions preconditions, read_preconditions(call));
  if (preconditions.if_none_match) {
    return answer_delete_if_none(call);
  }
  FHIRBIN_TRY_ASSIGN(const auto deletion,
                     call.store->remove(call.route.id, {.if_match = preconditions.if_match,
                                                        .if_exists = preconditions.if_exists}));
  Response response = done(call, deletion ? "deleted" : "there was nothing to delete");
  if (deletion) {
    add_version_headers(response, *deletion);
  }
  return response;
}

Result<Response> answer_purge(const Call& call) {
  FHIRBIN_TRY(call.store->purge_history(call.route.id));
  return done(call, "historical versions were purged");
}

}  // namespace fhirbin::rest
