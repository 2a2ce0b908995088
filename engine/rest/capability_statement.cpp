#include "engine/rest/capability_statement.h"

#include "engine/fhir/resource_writer.h"

namespace fhirbin::rest {
namespace {

std::string_view release_number(FhirVersion version) {
  switch (version) {
    case FhirVersion::kDstu2:
      return "1.0.2";
    case FhirVersion::kStu3:
      return "3.0.2";
    case FhirVersion::kR4:
      return "4.0.1";
    case FhirVersion::kR4B:
      return "4.3.0";
    case FhirVersion::kR5:
      return "5.0.0";
  }
  return "";
}

std::string interactions(const Call& call) {
  std::string text = R"([{"code":"read"},{"code":"vread"},{"code":"update"},{"code":"delete"})";
  if (call.store->keeps_history()) {
    text += R"(,{"code":"history-instance"},{"code":"history-type"})";
  }
  return text + R"(,{"code":"create"}])";
}

std::string binary_resource(const Call& call) {
  std::string text = R"({"type":"Binary",)";
  if (call.fhir_version() <= FhirVersion::kStu3) {
    text += R"("profile":{"reference":"http://hl7.org/fhir/StructureDefinition/Binary"},)";
  } else {
    text += R"("profile":"http://hl7.org/fhir/StructureDefinition/Binary",)";
  }
  text += R"("interaction":)" + interactions(call);
  text += R"(,"versioning":"versioned-update","readHistory":)";
  text += call.store->keeps_history() ? "true" : "false";
  text += R"(,"updateCreate":)";
  text += call.store->update_may_create() ? "true" : "false";
  text += R"(,"conditionalCreate":false)";
  if (call.fhir_version() >= FhirVersion::kStu3) {
    text += R"(,"conditionalRead":"full-support")";
  }
  return text + R"(,"conditionalUpdate":false,"conditionalDelete":"not-supported"})";
}

}  // namespace

std::string make_capability_statement(const Call& call, Instant since,
                                      std::string_view software_version) {
  const FhirVersion version = call.fhir_version();
  const bool is_old = version < FhirVersion::kR4;
  std::string text = R"({"resourceType":")";
  text += version == FhirVersion::kDstu2 ? "Conformance" : "CapabilityStatement";
  text += R"(","status":"active","date":")" + format_instant(since);
  text += R"(","kind":"instance","software":{"name":"fhirbin","version":)";
  fhir::append_json_string(text, software_version);
  text += R"(},"implementation":{"description":"A fhirbin store of FHIR Binary resources")";
  const std::string url = call.base_url();
  if (!url.empty() && url.front() != '/') {
    text += R"(,"url":)";
    fhir::append_json_string(text, url);
  }
  text += R"(},"fhirVersion":")" + std::string(release_number(version)) + '"';
  text += is_old ? R"(,"acceptUnknown":"no")" : "";
  text += R"(,"format":["json"],"rest":[{"mode":"server","resource":[)" + binary_resource(call);
  text += ']';
  if (call.store->keeps_history()) {
    text += R"(,"interaction":[{"code":"history-system"}])";
  }
  return text + "}]}";
}

}  // namespace fhirbin::rest
