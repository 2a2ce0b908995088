#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "tests/conformance/client.h"
#include "tests/support/fhir_versions.h"
#include "tests/support/json_document.h"

// The conformance suite: each rule of the semantics has tests named for its number, run over every
// transport for every FHIR version that it concerns. docs/conformance.md is made of their names.
namespace fhirbin::testing {

inline constexpr const char* kFhirType = "application/fhir+json";

inline Headers content_type(std::string type) { return {{"Content-Type", std::move(type)}}; }
inline Headers accept(std::string types) { return {{"Accept", std::move(types)}}; }

// A test with a store and a service of its own. Every reply goes through the checks of
// reply_check.h, and no error may tell what was sent or what other ids there are.
class Conformance : public ::testing::TestWithParam<std::tuple<Transport, FhirVersion>> {
 protected:
  Transport transport() const { return std::get<0>(GetParam()); }
  FhirVersion version() const { return std::get<1>(GetParam()); }
  bool is_before(FhirVersion other) const { return version() < other; }
  bool has_security_context() const { return version() >= FhirVersion::kStu3; }
  std::string payload() const { return payload_of(version()); }
  std::string hello_json(std::string_view more = {}) const { return hello_binary(version(), more); }

  // How the store and its service are made; to be said before the first request.
  void use(ServiceSetup setup);
  void use_in_process(const InProcessSettings& settings);
  Client& client();

  Reply send(std::string_view method, std::string_view target, const Headers& headers = {},
             std::optional<std::string_view> body = {});
  Reply get(std::string_view target, const Headers& headers = {});
  Reply post(std::string_view body, const Headers& headers);
  Reply put(std::string_view id, std::string_view body, const Headers& headers);

  // Posts and puts that must work. They give the id, and the version.
  std::string create(std::string_view body, const std::string& type = "text/plain");
  std::string create_json(std::string_view body);
  std::string update(std::string_view id, std::string_view body,
                     const std::string& type = "text/plain");
  void remove(std::string_view id);

  // The id or the version of a reply's Location.
  std::string id_of(const Reply& reply);
  std::string version_of(const Reply& reply);
  // The FHIR form of what is at `target`.
  JsonDocument resource(std::string_view target);
  // How many versions the whole store has.
  std::string total();
  // meta.lastUpdated of the current version, percent-encoded as a parameter takes it.
  std::string last_updated(std::string_view id);

  void expect_error(const Reply& reply, int status, std::string_view issue_code);
  // A refused write. When the test ends, the store must hold as many versions as writes succeeded.
  void expect_refused_write(const Reply& reply, int status, std::string_view issue_code);

  void TearDown() override;

 private:
  void count_write(const Reply& reply, std::string_view method, std::string_view target);
  void check(const Reply& reply, std::string_view method, std::string_view target);
  void check_discretion(const Reply& reply, std::string_view target);

  ServiceSetup setup_;
  std::optional<InProcessSettings> settings_;
  std::unique_ptr<Client> client_;
  unsigned stored_ = 0;            // versions that replies told of
  bool refused_ = false;           // a write was refused
  bool purged_ = false;            // versions went, so they cannot be counted
  std::vector<std::string> sent_;  // bodies that were sent
  std::vector<std::string> ids_;   // ids that were assigned
};

// Rules that do the same in every FHIR version: in process they run for each, over HTTP for one.
class ConformanceAnyVersion : public Conformance {};

// Rules that speak of some FHIR versions only, or that some transports cannot show.
class ConformanceDstu2 : public Conformance {};
class ConformanceFromStu3 : public Conformance {};
class ConformanceBeforeR4 : public Conformance {};
class ConformanceFromR4 : public Conformance {};
class ConformanceInProcess : public Conformance {};
class ConformanceHttpOnce : public Conformance {};  // too slow for more than one version

}  // namespace fhirbin::testing
