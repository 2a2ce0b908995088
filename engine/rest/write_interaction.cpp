#include "engine/rest/write_interaction.h"

#include <algorithm>
#include <utility>

#include "engine/rest/operation_outcome.h"
#include "engine/rest/preconditions.h"
#include "engine/rest/response.h"
#include "engine/util/ascii_text.h"
#include "engine/util/number_text.h"
#include "engine/util/try.h"

namespace fhirbin::rest {
namespace {

std::unexpected<Error> too_large(std::uint64_t limit) {
  return fail(ErrorCode::kTooLarge,
              "the body exceeds the limit of " + std::to_string(limit) + " bytes");
}

std::unexpected<Error> wrong_length(const char* what) {
  return fail(ErrorCode::kInvalidResource, what, IssueType::kStructure);
}

}  // namespace

WriteInteraction::WriteInteraction(const Call& call) : call_(&call) {}

void WriteInteraction::begin() {
  if (const auto prepared = prepare(); !prepared) {
    end_early(prepared.error());
  }
}

Result<void> WriteInteraction::prepare() {
  FHIRBIN_TRY(check_unsupported());
  FHIRBIN_TRY(check_preference());
  FHIRBIN_TRY(read_preconditions());
  FHIRBIN_TRY(check_preconditions_early());
  FHIRBIN_TRY(check_length());
  return start_writer();
}

// Conditions on what nobody can search for, and encodings that we would have to undo.
Result<void> WriteInteraction::check_unsupported() const {
  const auto encoding = call_->headers().combined("Content-Encoding");
  if (encoding && !equal_ignoring_case(*encoding, "identity")) {
    return fail(ErrorCode::kUnsupportedMediaType, "bodies with a Content-Encoding are not taken");
  }
  // A part would be stored as if it were the whole (RFC 9110 section 14.5).
  if (call_->headers().find("Content-Range")) {
    return fail(ErrorCode::kInvalidArgument, "a Binary cannot be written in parts");
  }
  for (const char* const name : {"Content-Type", "X-Security-Context"}) {
    if (call_->headers().count(name) > 1) {
      return fail(ErrorCode::kInvalidArgument, std::string(name) + " stands more than once",
                  IssueType::kValue);
    }
  }
  return {};
}

Result<void> WriteInteraction::check_preference() {
  if (const auto prefer = call_->headers().combined("Prefer")) {
    preference_ = parse_prefer(*prefer);
  }
  if (preference_ == ReturnPreference::kRepresentation && !call_->options->return_representation) {
    return fail(ErrorCode::kInvalidArgument,
                "a write of a Binary is not answered with the resource; read it at its Location");
  }
  return {};
}

Result<void> WriteInteraction::read_preconditions() {
  FHIRBIN_TRY_ASSIGN(const Preconditions preconditions, rest::read_preconditions(*call_));
  options_.if_match = preconditions.if_match;
  options_.if_exists = preconditions.if_exists;
  options_.if_none_match = preconditions.if_none_match;
  options_.accept_plain_json = call_->options->accept_plain_json;
  return {};
}

// What a gigabyte of body could not change is told before it is sent. The engine looks again when
// it commits.
Result<void> WriteInteraction::check_preconditions_early() const {
  if (!is_update()) {
    return {};
  }
  auto head = call_->store->head(call_->route.id);
  if (!head && head.error().code != ErrorCode::kNotFound) {
    return pass_on(head);
  }
  const bool exists = head && !head->deleted;
  if (!head && !call_->store->update_may_create()) {
    return fail(ErrorCode::kMethodNotAllowed,
                "there is no Binary with this id, and updates may not create one");
  }
  if (options_.if_none_match && exists) {
    return fail(ErrorCode::kVersionConflict, "the Binary exists already");
  }
  if ((options_.if_exists && !exists) ||
      (options_.if_match && (!head || head->version != *options_.if_match))) {
    return fail(ErrorCode::kVersionConflict,
                "the Binary's current version is not the one expected");
  }
  return {};
}

Result<void> WriteInteraction::check_length() {
  const HeaderList headers = call_->headers();
  const auto length = headers.find("Content-Length");
  if (!length || headers.find("Transfer-Encoding")) {
    return {};
  }
  if (headers.count("Content-Length") > 1) {
    return fail(ErrorCode::kInvalidArgument, "Content-Length stands twice", IssueType::kValue);
  }
  declared_bytes_ = parse_number(*length);
  if (!declared_bytes_) {
    return fail(ErrorCode::kInvalidArgument, "Content-Length is no number", IssueType::kValue);
  }
  const std::uint64_t limit = call_->store->open_options().max_ingest_bytes;
  return *declared_bytes_ > limit ? Result<void>(too_large(limit)) : Result<void>();
}

Result<void> WriteInteraction::start_writer() {
  const HeaderList headers = call_->headers();
  const ContentInfo content{
      .content_type = std::string(headers.find("Content-Type").value_or("")),
      .security_context = std::string(headers.find("X-Security-Context").value_or(""))};
  FHIRBIN_TRY_ASSIGN(Writer writer,
                     is_update() ? call_->store->begin_update(call_->route.id, content, options_)
                                 : call_->store->begin_create(content, options_));
  writer_.emplace(std::move(writer));
  return {};
}

void WriteInteraction::write(ByteSpan bytes) {
  if (!wants_body()) {
    return;
  }
  taken_bytes_ += bytes.size();
  Result<void> written = writer_->write(bytes);
  if (written && declared_bytes_ && taken_bytes_ > *declared_bytes_) {
    written = wrong_length("the body is longer than its Content-Length");
  }
  if (!written) {
    end_early(written.error());
  }
}

void WriteInteraction::end_early(const Error& error) {
  answer_ = refuse(error);
  answer_->close_connection = true;
  writer_.reset();  // gives back what was staged
}

Response WriteInteraction::finish() {
  if (answer_) {
    return std::move(*answer_);
  }
  auto response = publish();
  writer_.reset();
  return response ? std::move(*response) : refuse(response.error());
}

Result<Response> WriteInteraction::publish() {
  if (declared_bytes_ && taken_bytes_ != *declared_bytes_) {
    return wrong_length("the body is shorter than its Content-Length");
  }
  FHIRBIN_TRY_ASSIGN(const VersionInfo info, writer_->commit());
  return written_response(info);
}

Result<Response> WriteInteraction::written_response(const VersionInfo& info) const {
  const int status = info.created ? 201 : 200;
  Response response = empty_response(status);
  if (preference_ == ReturnPreference::kOperationOutcome) {
    response = fhir_json_response(status, call_->fhir_version(),
                                  make_outcome("information", "informational", "stored"));
  } else if (call_->options->return_representation && preference_ != ReturnPreference::kMinimal) {
    add_resource(response, info);
  }
  response.headers.push_back({"Location", call_->version_url(info)});
  add_version_headers(response, info);
  return response;
}

// The write is done whatever becomes of its answer: a resource that cannot be had (purged already,
// no memory) is left out, as an error would make the client write it again.
void WriteInteraction::add_resource(Response& response, const VersionInfo& info) const {
  auto json = call_->store->open_fhir_json(info.id, info.version);
  if (!json) {
    return;
  }
  response.headers.push_back({"Content-Type", std::string(fhir_json_type(call_->fhir_version()))});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.content_length = (*json)->size_hint();
  response.body = *std::move(json);
}

Response WriteInteraction::refuse(const Error& error) const {
  const FhirVersion version = call_->fhir_version();
  if (error.code == ErrorCode::kVersionConflict && options_.if_none_match) {
    return error_response(412, error, version);  // in every FHIR version (rule U16)
  }
  if (error.code == ErrorCode::kMethodNotAllowed) {
    Response response = error_response(error, version);
    response.headers.push_back({"Allow", "GET, HEAD, DELETE, OPTIONS"});
    return response;
  }
  return error_response(error, version);
}

}  // namespace fhirbin::rest
