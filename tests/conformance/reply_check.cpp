#include "tests/conformance/reply_check.h"

#include <regex>

#include "tests/conformance/resource_check.h"

namespace fhirbin::testing {
namespace {

bool matches(const std::string& text, const char* pattern) {
  return std::regex_match(text, std::regex(pattern));
}

std::string fhir_type_of(FhirVersion version) {
  return version == FhirVersion::kDstu2 ? "application/json+fhir" : "application/fhir+json";
}

class ReplyCheck {
 public:
  ReplyCheck(const Reply& reply, std::string_view method, FhirVersion version)
      : reply_(reply), method_(method), version_(version) {}

  std::vector<std::string> run() {
    check_headers();
    if (method_ == "HEAD" || reply_.status == 204 || reply_.status == 304) {
      expect(reply_.body.empty(), "a body where there can be none");
    } else if (reply_.complete) {
      check_body();
    }
    return std::move(problems_);
  }

 private:
  void expect(bool holds, const std::string& problem) {
    if (!holds) {
      problems_.push_back(problem);
    }
  }

  void check_headers() {
    for (const rest::Header& header : reply_.headers) {
      expect(matches(header.name, "[A-Za-z0-9-]+"), "a field without a proper name");
      expect(header.value.find_first_of("\r\n") == std::string::npos, "a field of two lines");
    }
    for (const char* name : {"Content-Type", "ETag", "Last-Modified", "Location", "Content-Range",
                             "Content-Length", "X-Security-Context", "Allow"}) {
      expect(reply_.count(name) <= 1, std::string(name) + " stands twice");
    }
    check_validators();
    if (reply_.status == 201) {
      expect(reply_.header("Location").has_value(), "201 without Location");
    }
    if (reply_.status == 405) {
      expect(reply_.header("Allow").has_value(), "405 without Allow");
    }
    if (reply_.status == 206) {
      expect(matches(reply_.header("Content-Range").value_or(""), "bytes \\d+-\\d+/\\d+"),
             "206 without a good Content-Range");
    }
    if (reply_.status == 416) {
      expect(matches(reply_.header("Content-Range").value_or(""), "bytes \\*/\\d+"),
             "416 without a good Content-Range");
    }
  }

  void check_validators() {
    const auto tag = reply_.header("ETag");
    expect(!tag || matches(*tag, "W/\"[1-9][0-9]*\""), "an ETag that is no weak version id");
    const auto date = reply_.header("Last-Modified");
    expect(!date || matches(*date,
                            "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d "
                            "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
                            "\\d{4} \\d\\d:\\d\\d:\\d\\d GMT"),
           "a Last-Modified that is no HTTP date");
  }

  void check_body() {
    const std::string type = reply_.header("Content-Type").value_or("");
    const bool is_fhir = type.starts_with(fhir_type_of(version_) + ";");
    if (reply_.status >= 400) {
      expect(is_fhir, "an error whose Content-Type is not that of FHIR JSON");
      const auto wrong = problems_of_outcome(reply_.body, version_);
      problems_.insert(problems_.end(), wrong.begin(), wrong.end());
      expect(reply_.body.find(R"("severity":"error")") != std::string::npos ||
                 reply_.body.find(R"("severity":"fatal")") != std::string::npos,
             "an error whose OperationOutcome tells of none");
    } else if (is_fhir && type.ends_with("charset=utf-8") && !reply_.header("Accept-Ranges")) {
      // Native content of a FHIR type has Accept-Ranges and is the client's own business.
      const auto wrong = problems_of_resource(reply_.body, version_);
      problems_.insert(problems_.end(), wrong.begin(), wrong.end());
    }
    const auto length = reply_.header("Content-Length");
    expect(!length || *length == std::to_string(reply_.body.size()), "a wrong Content-Length");
  }

  const Reply& reply_;
  std::string_view method_;
  FhirVersion version_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> problems_of_reply(const Reply& reply, std::string_view method,
                                           FhirVersion version) {
  return ReplyCheck(reply, method, version).run();
}

}  // namespace fhirbin::testing
