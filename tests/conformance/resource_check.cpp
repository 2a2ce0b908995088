#include "tests/conformance/resource_check.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <regex>
#include <set>

#include <simdjson.h>

namespace fhirbin::testing {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;
using Words = std::set<std::string, std::less<>>;

Words operator+(Words words, const Words& more) {
  words.insert(more.begin(), more.end());
  return words;
}

// OperationOutcome.issue.code is bound to this list (required).
Words issue_codes(FhirVersion version) {
  const Words since_dstu2 = {
      "invalid",       "structure",     "required",  "value",      "invariant",    "security",
      "login",         "unknown",       "expired",   "forbidden",  "suppressed",   "processing",
      "not-supported", "duplicate",     "not-found", "too-long",   "code-invalid", "extension",
      "too-costly",    "business-rule", "conflict",  "incomplete", "transient",    "lock-error",
      "no-store",      "exception",     "timeout",   "throttled",  "informational"};
  if (version < FhirVersion::kR4) {
    return since_dstu2;
  }
  const Words since_r4 = since_dstu2 + Words{"multiple-matches", "deleted"};
  return version < FhirVersion::kR5 ? since_r4 : since_r4 + Words{"limited-filter", "success"};
}

class ResourceCheck {
 public:
  explicit ResourceCheck(FhirVersion version) : version_(version) {}

  std::vector<std::string> run(std::string_view json, std::string_view wanted_type) {
    element root;
    object resource;
    if (parser_.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS ||
        root.get(resource) != simdjson::SUCCESS) {
      return {"a body that is no JSON object"};
    }
    check_json(root, "");
    const std::string type = text(resource, "resourceType");
    if (!wanted_type.empty()) {
      expect(type == wanted_type, "a " + type + " instead of a " + std::string(wanted_type));
    }
    check_resource(resource, type);
    return std::move(problems_);
  }

 private:
  bool at_least(FhirVersion version) const { return version_ >= version; }

  void expect(bool holds, const std::string& problem) {
    if (!holds) {
      problems_.push_back(problem);
    }
  }

  static bool has(const object& from, std::string_view name) {
    return from[name].error() == simdjson::SUCCESS;
  }

  static std::string text(const object& from, std::string_view name) {
    std::string_view value;
    return from[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  }

  void expect_text(const object& from, const char* name, const char* where) {
    expect(!text(from, name).empty(), std::string(where) + "." + name + " is missing");
  }

  void expect_code(const object& from, const char* name, const Words& codes, const char* where) {
    const std::string code = text(from, name);
    expect(codes.contains(code), std::string(where) + "." + name + " is '" + code + "'");
  }

  void expect_instant(const std::string& value, const std::string& where) {
    static const std::regex kInstant(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))");
    expect(std::regex_match(value, kInstant), where + " is no instant: " + value);
  }

  void expect_flag(const object& from, const char* name, const char* where) {
    bool flag = false;
    expect(!has(from, name) || from[name].get(flag) == simdjson::SUCCESS,
           std::string(where) + "." + name + " is no boolean");
  }

  // FHIR JSON knows no empty objects, arrays or strings, no null outside of primitive arrays, and
  // no member twice.
  void check_json(const element& value, const std::string& where) {
    object fields;
    array items;
    std::string_view string;
    if (value.get(fields) == simdjson::SUCCESS) {
      expect(fields.size() > 0, where + " is an empty object");
      Words names;
      for (const auto field : fields) {
        expect(names.emplace(field.key).second, where + " has a member twice");
        check_json(field.value, where + "." + std::string(field.key));
      }
    } else if (value.get(items) == simdjson::SUCCESS) {
      expect(items.size() > 0, where + " is an empty array");
      for (const element item : items) {
        check_json(item, where);
      }
    } else if (value.get(string) == simdjson::SUCCESS) {
      expect(!string.empty(), where + " is an empty string");
    } else {
      expect(!value.is_null(), where + " is null");
    }
  }

  void expect_members(const object& from, const Words& allowed, const char* where) {
    for (const auto field : from) {
      std::string_view name = field.key;
      name.remove_prefix(name.starts_with('_') ? 1 : 0);
      expect(allowed.contains(name), std::string(where) + " has no element " + std::string(name));
    }
  }

  // The objects of the array `name`, which must have at least `least` of them.
  std::vector<object> objects(const object& from, const char* name, std::size_t least,
                              const char* where) {
    std::vector<object> all;
    array items;
    if (from[name].get(items) == simdjson::SUCCESS) {
      for (const element item : items) {
        object each;
        if (item.get(each) == simdjson::SUCCESS) {
          all.push_back(each);
        } else {
          expect(false, std::string(name) + " holds something else than objects");
        }
      }
    } else {
      expect(!has(from, name), std::string(where) + "." + name + " is no array");
    }
    expect(all.size() >= least, std::string(where) + "." + name + " is too short");
    return all;
  }

  void check_resource(const object& resource, const std::string& type) {
    if (type == "OperationOutcome") {
      check_outcome(resource);
    } else if (type == "Bundle") {
      check_bundle(resource);
    } else if (type == "Binary") {
      check_binary(resource);
    } else if (type == (version_ == FhirVersion::kDstu2 ? "Conformance" : "CapabilityStatement")) {
      check_capabilities(resource);
    } else {
      expect(false, "a resource of type '" + type + "'");
    }
  }

  // ---- OperationOutcome

  void check_outcome(const object& outcome) {
    expect_members(outcome, kResource + kDomain + Words{"issue"}, "OperationOutcome");
    for (const object& issue : objects(outcome, "issue", 1, "OperationOutcome")) {
      Words members = {"id",   "extension", "modifierExtension", "severity",
                       "code", "details",   "diagnostics",       "location"};
      if (at_least(FhirVersion::kStu3)) {
        members.insert("expression");
      }
      expect_members(issue, members, "issue");
      Words severities = {"fatal", "error", "warning", "information"};
      if (at_least(FhirVersion::kR5)) {
        severities.insert("success");
      }
      expect_code(issue, "severity", severities, "issue");
      expect_code(issue, "code", issue_codes(version_), "issue");
      expect(!has(issue, "diagnostics") || !text(issue, "diagnostics").empty(),
             "issue.diagnostics is no text");
    }
  }

  // ---- Bundle

  void check_bundle(const object& bundle) {
    expect_members(bundle, kResource + Words{"type", "total", "link", "entry"}, "Bundle");
    expect(text(bundle, "type") == "history", "Bundle.type is not history");
    std::uint64_t total = 0;
    expect(bundle["total"].get(total) == simdjson::SUCCESS, "Bundle.total is no number");
    const std::vector<object> entries = objects(bundle, "entry", 0, "Bundle");
    expect(entries.size() <= total, "Bundle.total is less than its entries");
    check_links(bundle);
    std::map<std::string, Words> versions;
    for (const object& entry : entries) {
      check_entry(entry, versions[text(entry, "fullUrl")]);
    }
  }

  void check_links(const object& bundle) {
    Words relations;
    for (const object& link : objects(bundle, "link", 1, "Bundle")) {
      expect_members(link, {"relation", "url"}, "link");
      expect_text(link, "url", "link");
      expect(relations.insert(text(link, "relation")).second, "a link stands twice");
    }
    expect(relations.contains("self"), "Bundle has no link to itself");
  }

  // bdl-3, bdl-4, bdl-7, bdl-8: request always, response from R4 on, fullUrl of no version and once
  // for each version.
  void check_entry(const object& entry, Words& versions) {
    expect_members(entry, {"fullUrl", "resource", "request", "response"}, "entry");
    const std::string full_url = text(entry, "fullUrl");
    expect(full_url.starts_with("http://") && !full_url.contains("_history"),
           "fullUrl is relative or names a version: " + full_url);
    object request;
    const bool has_request = entry["request"].get(request) == simdjson::SUCCESS;
    expect(has_request, "an entry of a history has no request");
    if (has_request) {
      check_request(entry, request);
    }
    check_response(entry);
    object resource;
    if (entry["resource"].get(resource) == simdjson::SUCCESS) {
      expect(text(resource, "resourceType") == "Binary", "an entry is no Binary");
      expect(full_url.ends_with("/Binary/" + text(resource, "id")), "fullUrl and id differ");
      const std::string version = check_binary(resource);
      expect(versions.insert(version).second, "a version stands twice");
    }
  }

  void check_request(const object& entry, const object& request) {
    expect_members(request, {"method", "url"}, "request");
    expect_code(request, "method", {"POST", "PUT", "DELETE"}, "request");
    const std::string url = text(request, "url");
    const bool creates = text(request, "method") == "POST";
    expect(creates ? url == "Binary" : url.starts_with("Binary/"), "request.url is " + url);
    expect(has(entry, "resource") == (text(request, "method") != "DELETE"),
           "an entry has a resource for a deletion, or none for another change");
  }

  void check_response(const object& entry) {
    object response;
    if (!at_least(FhirVersion::kR4)) {
      expect(!has(entry, "response"), "response is prohibited in a history before R4");
      return;
    }
    if (entry["response"].get(response) != simdjson::SUCCESS) {
      expect(false, "an entry of a history has no response");
      return;
    }
    expect_members(response, {"status", "location", "etag", "lastModified"}, "response");
    static const std::regex kStatus("(200|201|204)( .+)?");
    expect(std::regex_match(text(response, "status"), kStatus), "response.status is no success");
    static const std::regex kTag("W/\"[1-9][0-9]*\"");
    expect(std::regex_match(text(response, "etag"), kTag), "response.etag is none");
    expect_instant(text(response, "lastModified"), "response.lastModified");
  }

  // ---- Binary

  // Gives meta.versionId.
  std::string check_binary(const object& binary) {
    const std::string payload = at_least(FhirVersion::kR4) ? "data" : "content";
    Words members = kResource + Words{"contentType", payload};
    if (at_least(FhirVersion::kStu3)) {
      members.insert("securityContext");
    }
    expect_members(binary, members, "Binary");
    static const std::regex kId("[A-Za-z0-9.-]{1,64}");
    expect(std::regex_match(text(binary, "id"), kId), "Binary.id is none");
    expect_text(binary, "contentType", "Binary");
    check_base64(text(binary, payload));
    expect(!has(binary, payload) || !has(binary, "_" + payload),
           "Binary has both its payload and a reason for its absence");
    object meta;
    if (binary["meta"].get(meta) != simdjson::SUCCESS) {
      expect(false, "Binary has no meta");
      return {};
    }
    expect_text(meta, "versionId", "meta");
    expect_instant(text(meta, "lastUpdated"), "meta.lastUpdated");
    return text(meta, "versionId");
  }

  void check_base64(const std::string& encoded) {
    const auto is_digit = [](char c) {
      return ('A' <= c && c <= 'Z') || ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') ||
             c == '+' || c == '/';
    };
    const std::size_t padding = encoded.ends_with("==") ? 2 : encoded.ends_with('=') ? 1 : 0;
    expect(encoded.size() % 4 == 0 &&
               std::all_of(encoded.begin(), encoded.end() - static_cast<long>(padding), is_digit),
           "the payload is no base64");
  }

  // ---- Conformance, CapabilityStatement

  void check_capabilities(const object& statement) {
    expect_code(statement, "status", {"active"}, "statement");
    expect_code(statement, "kind", {"instance"}, "statement");
    static const std::regex kDateTime(
        R"(\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?)");
    expect(std::regex_match(text(statement, "date"), kDateTime), "statement.date is none");
    const std::map<FhirVersion, std::string> releases = {{FhirVersion::kDstu2, "1.0.2"},
                                                         {FhirVersion::kStu3, "3.0.2"},
                                                         {FhirVersion::kR4, "4.0.1"},
                                                         {FhirVersion::kR4B, "4.3.0"},
                                                         {FhirVersion::kR5, "5.0.0"}};
    expect_code(statement, "fhirVersion", {releases.at(version_)}, "statement");
    array formats;
    expect(statement["format"].get(formats) == simdjson::SUCCESS, "statement.format is missing");
    Words members = kResource + kDomain +
                    Words{"status", "kind", "date", "software", "implementation", "fhirVersion",
                          "format", "rest", "name", "title",    "description"};
    if (!at_least(FhirVersion::kR4)) {
      expect_code(statement, "acceptUnknown", {"no", "extensions", "elements", "both"},
                  "statement");
      members.insert("acceptUnknown");  // left the resource in R4
    }
    expect_members(statement, members, "statement");
    check_software(statement);
    for (const object& rest : objects(statement, "rest", 1, "statement")) {
      check_rest(rest);
    }
  }

  // cpb-15: a statement of kind instance tells of its implementation.
  void check_software(const object& statement) {
    const std::pair<const char*, const char*> parts[] = {{"implementation", "description"},
                                                         {"software", "name"}};
    for (const auto& [name, member] : parts) {
      object part;
      if (statement[name].get(part) == simdjson::SUCCESS) {
        expect_text(part, member, name);
      } else {
        expect(false, std::string("statement.") + name + " is missing");
      }
    }
  }

  void check_rest(const object& rest) {
    expect_members(rest, {"mode", "documentation", "security", "resource", "interaction"}, "rest");
    expect_code(rest, "mode", {"server"}, "rest");
    for (const object& interaction : objects(rest, "interaction", 0, "rest")) {
      expect_code(interaction, "code", {"transaction", "batch", "search-system", "history-system"},
                  "interaction");
    }
    for (const object& resource : objects(rest, "resource", 1, "rest")) {
      check_rest_resource(resource);
    }
  }

  void check_rest_resource(const object& resource) {
    Words members = {"type",
                     "profile",
                     "documentation",
                     "interaction",
                     "versioning",
                     "readHistory",
                     "updateCreate",
                     "conditionalCreate",
                     "conditionalUpdate",
                     "conditionalDelete",
                     "searchInclude",
                     "searchParam"};
    if (at_least(FhirVersion::kStu3)) {
      members.insert("conditionalRead");
      if (has(resource, "conditionalRead")) {
        expect_code(resource, "conditionalRead",
                    {"not-supported", "modified-since", "not-match", "full-support"}, "resource");
      }
    }
    expect_members(resource, members, "resource");
    expect_code(resource, "type", {"Binary"}, "resource");
    const bool refers = has(resource, "profile") && resource["profile"].is_object();
    expect(!has(resource, "profile") || refers == !at_least(FhirVersion::kR4),
           "resource.profile is a Reference before R4 and a canonical from then on");
    for (const object& interaction : objects(resource, "interaction", 1, "resource")) {
      expect_members(interaction, {"code", "documentation"}, "interaction");
      Words codes = {"read",         "vread",      "update", "delete", "create", "history-instance",
                     "history-type", "search-type"};
      codes.insert(at_least(FhirVersion::kStu3) ? "patch" : "validate");
      expect_code(interaction, "code", codes, "interaction");
    }
    expect_code(resource, "versioning", {"no-version", "versioned", "versioned-update"},
                "resource");
    expect_code(resource, "conditionalDelete", {"not-supported", "single", "multiple"}, "resource");
    for (const char* flag :
         {"readHistory", "updateCreate", "conditionalCreate", "conditionalUpdate"}) {
      expect_flag(resource, flag, "resource");
    }
  }

  inline static const Words kResource = {"resourceType", "id", "meta", "implicitRules", "language"};
  inline static const Words kDomain = {"text", "contained", "extension", "modifierExtension"};

  FhirVersion version_;
  simdjson::dom::parser parser_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> problems_of_outcome(std::string_view json, FhirVersion version) {
  return ResourceCheck(version).run(json, "OperationOutcome");
}

std::vector<std::string> problems_of_resource(std::string_view json, FhirVersion version) {
  return ResourceCheck(version).run(json, "");
}

}  // namespace fhirbin::testing
