#include <algorithm>
#include <fstream>

#include "engine/storage/lock_file.h"
#include "tests/conformance/conformance.h"
#include "tests/support/folder_image.h"
#include "tests/support/raw_catalog.h"
#include "tests/support/sample_bytes.h"

// The error table: X01 to X13 are its rows from the top.
namespace fhirbin::testing {
namespace {

TEST_P(ConformanceAnyVersion, X01_InvalidResourceIs400) {
  const struct {
    const char* issue_code;
    std::string body;
  } cases[] = {
      {"structure", "no JSON"},
      {"required", R"({"resourceType":"Binary",")" + payload() + R"(":"aGVsbG8="})"},
      {"value", R"({"resourceType":"Binary","contentType":"a/b",")" + payload() + R"(":"_"})"},
      {"structure", hello_json(R"("extension":[{"url":"u","valueCode":"c"}],)")},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.body);
    expect_refused_write(post(c.body, content_type(kFhirType)), 400, c.issue_code);
  }
}

TEST_P(ConformanceAnyVersion, X02_NotFoundIs404) {
  const std::string id = create("one");
  for (const std::string& target :
       {std::string("/Binary/nobody"), "/Binary/" + id + "/_history/2", std::string("/Patient/1"),
        std::string("/"), "/Binary/" + id + "/_history/1/more"}) {
    expect_error(get(target), 404, "not-found");
  }
}

TEST_P(ConformanceBeforeR4, X03_GoneIs410AndCalledNotFound) {
  const std::string id = create("one");
  remove(id);
  expect_error(get("/Binary/" + id), 410, "not-found");
  expect_error(get("/Binary/" + id + "/_history/2"), 410, "not-found");
}

TEST_P(ConformanceFromR4, X03_GoneIs410AndCalledDeleted) {
  const std::string id = create("one");
  remove(id);
  expect_error(get("/Binary/" + id), 410, "deleted");
  expect_error(get("/Binary/" + id + "/_history/2"), 410, "deleted");
}

TEST_P(ConformanceBeforeR4, X04_VersionConflictIs409) {
  const std::string id = create("one");
  const Headers headers = {{"Content-Type", "text/plain"}, {"If-Match", "W/\"7\""}};
  expect_refused_write(put(id, "two", headers), 409, "conflict");
}

TEST_P(ConformanceFromR4, X04_VersionConflictIs412) {
  const std::string id = create("one");
  const Headers headers = {{"Content-Type", "text/plain"}, {"If-Match", "W/\"7\""}};
  expect_refused_write(put(id, "two", headers), 412, "conflict");
}

TEST_P(ConformanceBeforeR4, X05_PreconditionMissingIs412) {
  use({.require_if_match = true});
  const std::string id = create("one");
  expect_refused_write(put(id, "two", content_type("text/plain")), 412, "required");
  expect_refused_write(send("DELETE", "/Binary/" + id), 412, "required");
}

TEST_P(ConformanceFromR4, X05_PreconditionMissingIs400) {
  use({.require_if_match = true});
  const std::string id = create("one");
  expect_refused_write(put(id, "two", content_type("text/plain")), 400, "required");
  expect_refused_write(send("DELETE", "/Binary/" + id), 400, "required");
}

TEST_P(ConformanceAnyVersion, X06_MethodNotAllowedIs405WithWhatIsAllowed) {
  const struct {
    const char* method;
    const char* target;
    const char* allow;
  } cases[] = {
      {"DELETE", "/Binary", "POST, OPTIONS"},
      {"GET", "/Binary", "POST, OPTIONS"},
      {"PATCH", "/Binary/x", "GET, HEAD, PUT, DELETE, OPTIONS"},
      {"POST", "/Binary/x", "GET, HEAD, PUT, DELETE, OPTIONS"},
      {"POST", "/metadata", "GET, HEAD, OPTIONS"},
      {"PUT", "/Binary/x", "GET, HEAD, DELETE, OPTIONS"},  // would create
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.method) + " " + c.target);
    const Reply reply = send(c.method, c.target, content_type("text/plain"), "hello");
    expect_error(reply, 405, "not-supported");
    EXPECT_EQ(reply.header("Allow"), c.allow);
  }
}

TEST_P(ConformanceAnyVersion, X07_NotAcceptableIs406) {
  const std::string id = create("one");
  for (const std::string& target :
       {"/Binary/" + id, "/Binary/" + id + "/_history", std::string("/metadata")}) {
    expect_error(get(target, accept("image/png")), 406, "not-supported");
    expect_error(get(target + "?_format=xml"), 406, "not-supported");
  }
}

TEST_P(Conformance, X08_UnsupportedMediaTypeIs415) {
  const std::string other = version() == FhirVersion::kR4 ? "3.0" : "4.0";
  for (const std::string& parameter : {std::string("charset=iso-8859-1"), "fhirVersion=" + other}) {
    const Headers headers = content_type(std::string(kFhirType) + "; " + parameter);
    expect_refused_write(post(hello_json(), headers), 415, "not-supported");
  }
  expect_refused_write(post("hello", content_type("no media type")), 415, "value");
  const Headers packed = {{"Content-Type", "text/plain"}, {"Content-Encoding", "gzip"}};
  expect_refused_write(post("hello", packed), 415, "not-supported");
}

TEST_P(Conformance, X08_FhirVersionOfTheStoreIsTaken) {
  constexpr const char* kVersions[] = {"1.0", "3.0", "4.0", "4.3", "5.0"};
  const std::string own = kVersions[static_cast<std::size_t>(
      std::ranges::find(kAllVersions, version()) - std::begin(kAllVersions))];
  create(hello_json(), std::string(kFhirType) + "; fhirVersion=" + own + "; charset=utf-8");
}

TEST_P(ConformanceAnyVersion, X09_TooLargeIs413) {
  const Headers headers = {{"Content-Type", "text/plain"}, {"Content-Length", "5000000000"}};
  expect_refused_write(post("hello", headers), 413, "too-long");
}

TEST_P(ConformanceAnyVersion, X10_BusinessRuleIs422) {
  const std::string subsetted = hello_json(
      R"("meta":{"tag":[{"system":"http://hl7.org/fhir/v3/ObservationValue","code":"SUBSETTED"}]},)");
  expect_refused_write(post(subsetted, content_type(kFhirType)), 422, "business-rule");
}

TEST_P(ConformanceAnyVersion, X11_RangeNotSatisfiableIs416) {
  const std::string id = create("hello");
  expect_error(get("/Binary/" + id, {{"Range", "bytes=5-"}}), 416, "value");
}

TEST_P(ConformanceInProcess, X12_BusyIs503) {
  use_in_process({.open = {.busy_timeout_ms = 20}});
  const std::string id = create("one");
  auto lock = storage::LockFile::open(client().store_path() / "lock", false).value();
  ASSERT_TRUE(
      lock.try_lock(storage::LockByte::catalog_writer(), storage::LockKind::kExclusive).value());
  const Reply reply = put(id, "two", content_type("text/plain"));
  expect_error(reply, 503, "lock-error");
  EXPECT_EQ(reply.header("Retry-After"), "1");
}

TEST_P(ConformanceHttpOnce, X12_BusyIs503) {
  const std::string id = create("one");
  auto lock = storage::LockFile::open(client().store_path() / "lock", false).value();
  ASSERT_TRUE(
      lock.try_lock(storage::LockByte::catalog_writer(), storage::LockKind::kExclusive).value());
  const Reply reply = put(id, "two", content_type("text/plain"));
  expect_error(reply, 503, "lock-error");
  EXPECT_EQ(reply.header("Retry-After"), "1");
}

TEST_P(ConformanceAnyVersion, X13_DamageThatIsSeenAtOnceIs500) {
  const std::string id = create("hello");
  client().restart([](const std::filesystem::path& store) {
    execute_raw(store, "UPDATE version SET size = 4");
  });
  expect_error(get("/Binary/" + id), 500, "exception");
  expect_error(get("/Binary/" + id, accept(kFhirType)), 500, "exception");
}

// Turns one byte of every page of every volume: whatever content lies there cannot be read.
void damage_volumes(const std::filesystem::path& store) {
  for (const auto& entry : std::filesystem::directory_iterator(store / "volumes")) {
    std::string bytes = file_text(entry.path());
    for (std::size_t at = 16 * 1024 + 8000; at < bytes.size(); at += 16 * 1024) {
      bytes[at] = static_cast<char>(bytes[at] ^ 1);
    }
    std::ofstream(entry.path(), std::ios::binary) << bytes;
  }
}

TEST_P(ConformanceAnyVersion, X13_DamageThatIsSeenOnTheWayBreaksTheAnswerOff) {
  const std::string content(as_text(random_bytes(300'000, 3)));
  const std::string id = create(content, "image/png");
  client().restart(damage_volumes);
  for (const char* type : {"*/*", kFhirType}) {
    const Reply reply = get("/Binary/" + id, accept(type));
    if (reply.complete) {
      expect_error(reply, 500, "exception");
    } else if (std::string_view(type) == "*/*") {
      EXPECT_TRUE(content.starts_with(reply.body)) << "wrong bytes were given";
    }
  }
}

TEST_P(ConformanceAnyVersion, X00_EveryPathThatLeadsNowhereHasAnOutcome) {
  for (const char* target : {"/Binary/..", "/Binary/%2e%2e", "/Binary/a%2Fb", "/Binary/a%00b",
                             "//Binary", "/Binary/x/%zz", "/Binary//_history"}) {
    const Reply reply = get(target);
    EXPECT_TRUE(reply.status == 400 || reply.status == 404) << target << ": " << reply.status;
  }
}

TEST_P(ConformanceAnyVersion, X00_ATargetTooLongIs414) {
  expect_error(get("/Binary/" + std::string(9000, 'a')), 414, "too-long");
}

TEST_P(ConformanceHttpOnce, X00_ForeignNamesAndPagesAreRefusedWithAnOutcome) {
  expect_error(get("/metadata", {{"Host", "elsewhere.example"}}), 403, "forbidden");
  expect_error(get("/metadata", {{"Origin", "http://elsewhere.example"}}), 403, "forbidden");
}

TEST_P(ConformanceAnyVersion, M01_CapabilitiesNameEveryInteraction) {
  const std::string kept = get("/metadata").body;
  for (const char* code : {"read", "vread", "update", "delete", "create", "history-instance",
                           "history-type", "history-system"}) {
    EXPECT_TRUE(kept.contains(R"("code":")" + std::string(code) + '"')) << code;
  }
}

TEST_P(Conformance, M01_CapabilitiesTellTheFhirVersionAndTheRules) {
  const JsonDocument statement = resource("/metadata");
  EXPECT_EQ(statement.text("/resourceType"),
            is_before(FhirVersion::kStu3) ? "Conformance" : "CapabilityStatement");
  EXPECT_EQ(statement.json("/rest/0/resource/0/updateCreate"), "false");
  EXPECT_EQ(statement.json("/rest/0/resource/0/readHistory"), "true");
}

}  // namespace
}  // namespace fhirbin::testing
