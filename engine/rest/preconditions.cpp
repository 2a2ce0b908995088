#include "engine/rest/preconditions.h"

#include "engine/rest/entity_tag.h"
#include "engine/rest/read_interaction.h"
#include "engine/util/try.h"

namespace fhirbin::rest {
namespace {

// The one version that If-Match can be held against. Of several tags it is the one of the head of
// the moment, if any; the engine compares again when it commits.
Result<std::uint64_t> wanted_version(const Call& call, const EntityTags& tags) {
  if (tags.versions.size() > 1) {
    auto head = call.store->head(call.route.id);
    if (!head && head.error().code != ErrorCode::kNotFound) {
      return pass_on(head);
    }
    if (head && tags.contains(head->version)) {
      return head->version;
    }
  } else if (auto version = parse_version_id(tags.versions.front())) {
    return version;
  }
  return fail(ErrorCode::kVersionConflict, "the Binary's current version is not the one expected");
}

}  // namespace

Result<Preconditions> read_preconditions(const Call& call) {
  Preconditions preconditions;
  if (const auto value = call.headers().combined("If-None-Match")) {
    FHIRBIN_TRY_ASSIGN(const EntityTags tags, parse_entity_tags(*value, "If-None-Match"));
    if (!tags.any) {
      return fail(ErrorCode::kInvalidArgument, "If-None-Match of a write can only be *",
                  IssueType::kValue);
    }
    preconditions.if_none_match = true;
  }
  const auto value = call.headers().combined("If-Match");
  if (!value) {
    const bool creates = call.route.place == Place::kType;  // there is nothing to match yet
    return call.options->require_if_match && !creates && !preconditions.if_none_match
               ? Result<Preconditions>(fail(ErrorCode::kPreconditionMissing,
                                            "this service wants If-Match with every change"))
               : preconditions;
  }
  FHIRBIN_TRY_ASSIGN(const EntityTags tags, parse_entity_tags(*value, "If-Match"));
  preconditions.if_exists = tags.any;
  if (!tags.any) {
    FHIRBIN_TRY_ASSIGN(preconditions.if_match, wanted_version(call, tags));
  }
  return preconditions;
}

}  // namespace fhirbin::rest
