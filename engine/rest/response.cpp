#include "engine/rest/response.h"

#include "engine/rest/entity_tag.h"
#include "engine/rest/http_date.h"
#include "engine/rest/operation_outcome.h"
#include "engine/util/bytes.h"

namespace fhirbin::rest {

Response text_response(int status, std::string_view content_type, std::string_view text) {
  Response response;
  response.status = status;
  response.headers.push_back({"Content-Type", std::string(content_type)});
  response.content_length = text.size();
  const ByteSpan bytes = as_bytes(text);
  response.body = bytes_source(ByteVector(bytes.begin(), bytes.end()));
  return response;
}

Response empty_response(int status) {
  Response response;
  response.status = status;
  response.content_length = 0;
  return response;
}

std::string_view fhir_json_type(FhirVersion version) noexcept {
  return version == FhirVersion::kDstu2 ? "application/json+fhir; charset=utf-8"
                                        : "application/fhir+json; charset=utf-8";
}

Response fhir_json_response(int status, FhirVersion version, std::string_view text) {
  Response response = text_response(status, fhir_json_type(version), text);
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  return response;
}

Response error_response(const Error& error, FhirVersion version) {
  return error_response(status_of(error.code, version), error, version);
}

Response error_response(int status, const Error& error, FhirVersion version) {
  Response response = fhir_json_response(
      status, version, make_outcome("error", issue_code_of(error, version), error.message));
  if (status == 503) {
    response.headers.push_back({"Retry-After", "1"});
  }
  return response;
}

void add_version_headers(Response& response, const VersionInfo& info) {
  response.headers.push_back({"ETag", format_entity_tag(info.version)});
  response.headers.push_back({"Last-Modified", format_http_date(to_http_date(info.last_updated))});
}

}  // namespace fhirbin::rest
