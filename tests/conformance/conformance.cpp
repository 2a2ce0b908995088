#include "tests/conformance/conformance.h"

#include <algorithm>

#include "tests/conformance/reply_check.h"

namespace fhirbin::testing {
namespace {

using ::testing::Combine;
using ::testing::Values;
using ::testing::ValuesIn;

std::string parameter_name(const ::testing::TestParamInfo<Conformance::ParamType>& info) {
  constexpr const char* kTransports[] = {"Pulled", "Pushed", "Http"};
  return std::string(kTransports[static_cast<std::size_t>(std::get<0>(info.param))]) + "_" +
         std::string(fhir_version_name(std::get<1>(info.param)));
}

const auto kAllTransports = Values(Transport::kPulled, Transport::kPushed, Transport::kHttp);
const auto kInProcess = Values(Transport::kPulled, Transport::kPushed);

// HTTP for R4 alone: a server and a curl for each of the others would tell nothing more.
std::vector<Conformance::ParamType> http_once() {
  std::vector<Conformance::ParamType> all{{Transport::kHttp, FhirVersion::kR4}};
  for (const FhirVersion version : kAllVersions) {
    all.emplace_back(Transport::kPulled, version);
    all.emplace_back(Transport::kPushed, version);
  }
  return all;
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Rest, Conformance, Combine(kAllTransports, ValuesIn(kAllVersions)),
                         parameter_name);
INSTANTIATE_TEST_SUITE_P(Rest, ConformanceAnyVersion, ValuesIn(http_once()), parameter_name);
INSTANTIATE_TEST_SUITE_P(Rest, ConformanceDstu2,
                         Combine(kAllTransports, Values(FhirVersion::kDstu2)), parameter_name);
INSTANTIATE_TEST_SUITE_P(Rest, ConformanceFromStu3,
                         Combine(kAllTransports, Values(FhirVersion::kStu3, FhirVersion::kR4,
                                                        FhirVersion::kR4B, FhirVersion::kR5)),
                         parameter_name);
INSTANTIATE_TEST_SUITE_P(Rest, ConformanceBeforeR4,
                         Combine(kAllTransports, Values(FhirVersion::kDstu2, FhirVersion::kStu3)),
                         parameter_name);
INSTANTIATE_TEST_SUITE_P(Rest, ConformanceFromR4,
                         Combine(kAllTransports,
                                 Values(FhirVersion::kR4, FhirVersion::kR4B, FhirVersion::kR5)),
                         parameter_name);
INSTANTIATE_TEST_SUITE_P(Rest, ConformanceInProcess, Combine(kInProcess, ValuesIn(kAllVersions)),
                         parameter_name);
INSTANTIATE_TEST_SUITE_P(Rest, ConformanceHttpOnce,
                         Combine(Values(Transport::kHttp), Values(FhirVersion::kR4)),
                         parameter_name);

void Conformance::use(ServiceSetup setup) {
  ASSERT_EQ(client_, nullptr);
  setup_ = setup;
}

void Conformance::use_in_process(const InProcessSettings& settings) {
  ASSERT_FALSE(is_http(transport()));
  settings_ = settings;
}

Client& Conformance::client() {
  if (client_ == nullptr) {
    setup_.store.fhir_version = version();
    client_ = settings_ ? make_in_process_client(transport(), setup_, *settings_)
                        : make_client(transport(), setup_);
  }
  return *client_;
}

Reply Conformance::send(std::string_view method, std::string_view target, const Headers& headers,
                        std::optional<std::string_view> body) {
  if (body && body->size() >= 5 && body->size() <= 4096) {
    sent_.emplace_back(*body);
  }
  Reply reply = client().send(method, target, headers, body);
  check(reply, method, target);
  count_write(reply, method, target);
  return reply;
}

Reply Conformance::get(std::string_view target, const Headers& headers) {
  return send("GET", target, headers);
}

Reply Conformance::post(std::string_view body, const Headers& headers) {
  return send("POST", "/Binary", headers, body);
}

Reply Conformance::put(std::string_view id, std::string_view body, const Headers& headers) {
  return send("PUT", "/Binary/" + std::string(id), headers, body);
}

std::string Conformance::create(std::string_view body, const std::string& type) {
  const Reply reply = post(body, content_type(type));
  EXPECT_EQ(reply.status, 201) << reply.body;
  return id_of(reply);
}

std::string Conformance::create_json(std::string_view body) { return create(body, kFhirType); }

std::string Conformance::update(std::string_view id, std::string_view body,
                                const std::string& type) {
  const Reply reply = put(id, body, content_type(type));
  EXPECT_TRUE(reply.status == 200 || reply.status == 201) << reply.status << reply.body;
  EXPECT_EQ(id_of(reply), id);
  return version_of(reply);
}

void Conformance::remove(std::string_view id) {
  EXPECT_EQ(send("DELETE", "/Binary/" + std::string(id)).status, 204);
}

std::string Conformance::id_of(const Reply& reply) {
  const std::string location = reply.header("Location").value_or("");
  const std::string before = client().base_url() + "/Binary/";
  EXPECT_TRUE(location.starts_with(before)) << location;
  const std::size_t end = location.find("/_history/");
  if (!location.starts_with(before) || end == std::string::npos) {
    return "none";
  }
  ids_.push_back(location.substr(before.size(), end - before.size()));
  return ids_.back();
}

std::string Conformance::version_of(const Reply& reply) {
  const std::string location = reply.header("Location").value_or("");
  return location.substr(location.rfind('/') + 1);
}

JsonDocument Conformance::resource(std::string_view target) {
  const Reply reply = get(target, accept(kFhirType));
  EXPECT_EQ(reply.status, 200) << target << ": " << reply.body;
  return JsonDocument(reply.body);
}

std::string Conformance::total() { return resource("/_history?_count=0").json("/total"); }

std::string Conformance::last_updated(std::string_view id) {
  return resource("/Binary/" + std::string(id)).text("/meta/lastUpdated").value_or("");
}

void Conformance::expect_error(const Reply& reply, int status, std::string_view issue_code) {
  EXPECT_EQ(reply.status, status) << reply.body;
  EXPECT_EQ(JsonDocument(reply.body).text("/issue/0/code"), issue_code) << reply.body;
}

void Conformance::expect_refused_write(const Reply& reply, int status,
                                       std::string_view issue_code) {
  expect_error(reply, status, issue_code);
  EXPECT_FALSE(reply.header("Location"));
  refused_ = true;
}

void Conformance::TearDown() {
  if (client_ != nullptr && refused_ && !purged_ && setup_.store.keep_history) {
    EXPECT_EQ(total(), std::to_string(stored_)) << "a refused write left something";
  }
}

void Conformance::count_write(const Reply& reply, std::string_view method,
                              std::string_view target) {
  const bool is_write = method == "POST" || method == "PUT" || method == "DELETE";
  purged_ = purged_ || target.contains("$purge");
  if (is_write && reply.status < 300 && reply.header("ETag")) {
    ++stored_;
  }
}

void Conformance::check(const Reply& reply, std::string_view method, std::string_view target) {
  for (const std::string& problem : problems_of_reply(reply, method, version())) {
    ADD_FAILURE() << method << ' ' << target << " gave " << reply.status << ": " << problem << '\n'
                  << reply.body.substr(0, 2000);
  }
  if (reply.status >= 400) {
    check_discretion(reply, target);
  }
}

// An error tells nothing of what was sent, and names no id that its reader did not name.
void Conformance::check_discretion(const Reply& reply, std::string_view target) {
  for (const std::string& body : sent_) {
    EXPECT_FALSE(reply.body.contains(body)) << target << " tells a payload: " << reply.body;
  }
  for (const std::string& id : ids_) {
    EXPECT_FALSE(reply.body.contains(id)) << target << " tells an id: " << reply.body;
  }
}

}  // namespace fhirbin::testing
