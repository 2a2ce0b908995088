#include <string>

#include <gmock/gmock.h>

#include "tests/serve/server_process.h"

namespace fhirbin {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kResource =
    R"({"resourceType":"Binary","contentType":"text/plain","data":"aGVsbG8="})";

TEST_F(ServeTest, TheLoopbackOfIpv6IsServed) {
  init();
  ServerProcess server(store(), {"--address", "::1"});
  EXPECT_THAT(server.url(), MatchesRegex(R"(http://\[::1\]:[0-9]+/fhir)"));
  RawClient client(server.port(), "::1");
  EXPECT_EQ(client.call("GET", "/fhir/metadata").status, 200);
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(ServeTest, TheBasePathIsWhereBinaryHangs) {
  init();
  const struct {
    const char* option;
    std::string base;
  } cases[] = {
      {"/", ""}, {"", ""}, {"/r4", "/r4"}, {"r4", "/r4"}, {"/clinic/fhir/", "/clinic/fhir"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.option);
    ServerProcess server(store(), {"--base-path", c.option});
    EXPECT_THAT(server.url(), MatchesRegex("http://127.0.0.1:[0-9]+" + c.base));
    RawClient client(server.port());
    const HttpAnswer created =
        client.call("POST", c.base + "/Binary", {"Content-Type: text/plain"}, "x");
    ASSERT_EQ(created.status, 201) << created.body;
    EXPECT_THAT(created.header("Location"), StartsWith("http://localhost" + c.base + "/Binary/"));
    EXPECT_EQ(client.call("GET", c.base + "/Binary/" + id_of(created)).body, "x");
    expect_outcome(client.call("GET", "/else" + c.base + "/Binary/" + id_of(created)), 404);
  }
}

TEST_F(ServeTest, TheLongPathLeadsHereToo) {
  init();
  ServerProcess server(store());
  RawClient client(server.port());
  const std::string base =
      "/v1beta1/projects/p/locations/europe-west4/datasets/d/fhirStores/s/fhir";
  const HttpAnswer created =
      client.call("POST", base + "/Binary", {"Content-Type: text/plain"}, "x");
  ASSERT_EQ(created.status, 201) << created.body;
  const std::string id = id_of(created);
  EXPECT_EQ(created.header("Location"),
            "http://localhost" + base + "/Binary/" + id + "/_history/1");
  EXPECT_EQ(client.call("GET", base + "/Binary/" + id).body, "x");
  EXPECT_EQ(client.call("GET", "/fhir/Binary/" + id).body, "x");
  EXPECT_EQ(client.call("GET", "/v1/" + base.substr(9) + "/Binary/" + id).body, "x");
  EXPECT_EQ(client.call("DELETE", base + "/Binary/" + id + "/$purge").status / 100, 2);
}

TEST_F(ServeTest, ReturnResourceAnswersWritesWithTheResource) {
  init();
  ServerProcess server(store(), {"--return-resource"});
  RawClient client(server.port());
  const HttpAnswer created =
      client.call("POST", "/fhir/Binary", {"Content-Type: application/fhir+json"}, kResource);
  ASSERT_EQ(created.status, 201);
  EXPECT_EQ(text(created.body, "id"), id_of(created));
  EXPECT_EQ(text(created.body, "data"), "aGVsbG8=");
  const HttpAnswer minimal =
      client.call("POST", "/fhir/Binary",
                  {"Content-Type: application/fhir+json", "Prefer: return=minimal"}, kResource);
  EXPECT_EQ(minimal.status, 201);
  EXPECT_THAT(minimal.body, IsEmpty());
}

TEST_F(ServeTest, JsonIsFhirOnlyWhenToldSo) {
  init();
  for (const bool told : {false, true}) {
    SCOPED_TRACE(told);
    ServerProcess server(
        store(), told ? std::vector<std::string>{"--json-is-fhir"} : std::vector<std::string>{});
    RawClient client(server.port());
    const std::string id = post(client, kResource, "application/json");
    EXPECT_EQ(client.call("GET", "/fhir/Binary/" + id).body, told ? "hello" : kResource);
    const std::string other = post(client, R"({"a":1})", "application/json");
    EXPECT_EQ(client.call("GET", "/fhir/Binary/" + other).body, R"({"a":1})");
  }
}

TEST_F(ServeTest, RequireIfMatchWantsItWithEveryChange) {
  init();
  ServerProcess server(store(), {"--require-if-match"});
  RawClient maker(server.port());
  const std::string path = "/fhir/Binary/" + post(maker, "one");
  RawClient client(server.port());
  expect_outcome(client.call("DELETE", path), 400);
  expect_outcome(client.call("PUT", path, {"Content-Type: text/plain"}, "two"), 400);
  EXPECT_EQ(
      maker.call("PUT", path, {"Content-Type: text/plain", "If-Match: W/\"1\""}, "two").status,
      200);
  EXPECT_EQ(maker.call("DELETE", path, {"If-Match: W/\"2\""}).status, 204);
}

TEST_F(ServeTest, TheUrlIsAlsoToldAsJson) {
  init();
  const StreamFile out;
  ToolProcess process({"serve", store(), "--port", "0", "--json"}, null_device(), out.descriptor(),
                      null_device());
  ASSERT_TRUE(eventually([&] { return out.text().ends_with('\n'); }));
  const std::string line = out.text();
  EXPECT_EQ(text(line, "url"),
            "http://127.0.0.1:" + std::to_string(number(line, "port")) + "/fhir");
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(), 0);
}

// ---- the access log

TEST_F(ServeTest, TheAccessLogHoldsNoHealthData) {
  init();
  ServerProcess server(store(), {"--access-log", file("log")});
  RawClient client(server.port());
  const std::string id = post(client, "PAYLOAD", "text/x-secret");
  client.call("GET", "/fhir/Binary/" + id + "?_format=json");
  client.call("GET", "/fhir/Binary/" + id + "/_history?_since=2026-01-01&maria=1&maria");
  client.call("GET", "/fhir/Patient/maria-smith?name=smith");
  client.call("GET", "/fhir/%42inary/" + id);
  client.call("GET", "/fhir/Binary/nobody", {"X-Security-Context: Patient/9"});
  RawClient broken(server.port());
  ASSERT_TRUE(broken.send(head_of("POST", "/fhir/Binary/" + id, {"Content-Length: maria"})));
  EXPECT_EQ(broken.read_answer().status, 400);
  RawClient cut(server.port());
  ASSERT_TRUE(cut.send(
      head_of("PUT", "/fhir/Binary/" + id, {"Content-Type: text/plain", "Content-Length: 100"}) +
      "PAYLOAD"));
  EXPECT_FALSE(cut.hears_within(std::chrono::milliseconds(300)));
  EXPECT_EQ(server.stop(), 0);

  const std::string log = testing::file_text(file("log"));
  for (const std::string& hidden :
       {id, std::string("PAYLOAD"), std::string("secret"), std::string("maria"),
        std::string("smith"), std::string("nobody"), std::string("2026-01-01"),
        std::string("Patient/9")}) {
    EXPECT_THAT(log, Not(HasSubstr("/" + hidden))) << hidden;
    EXPECT_THAT(log, Not(HasSubstr("=" + hidden))) << hidden;
    EXPECT_THAT(log, Not(HasSubstr("?" + hidden))) << hidden;
    EXPECT_THAT(log, Not(HasSubstr("&" + hidden))) << hidden;
  }
  EXPECT_THAT(log, HasSubstr(" POST /fhir/Binary 201 in=7 out=0 us="));
  EXPECT_THAT(log, HasSubstr(" GET /fhir/Binary/*?_format=* 200 in=0 out="));
  EXPECT_THAT(log, HasSubstr(" GET /fhir/Binary/*/_history?_since=*&*=*&* "));
  EXPECT_THAT(log, HasSubstr(" GET /fhir/*/*?*=* 404 "));
  EXPECT_THAT(log, HasSubstr(" PUT /fhir/Binary/* - in=7 out=0 us="));
  EXPECT_THAT(log, HasSubstr(" - /fhir/Binary/* 400 in=0 "));
}

TEST_F(ServeTest, TheAccessLogTellsTargetsWhenAsked) {
  init();
  ServerProcess server(store(), {"--access-log", file("log"), "--log-targets"});
  RawClient client(server.port());
  client.call("GET", "/fhir/Binary/nobody?_format=json");
  client.call("GET", "/fhir/Binary/\x1b[2J");
  EXPECT_EQ(server.stop(), 0);
  const std::string log = testing::file_text(file("log"));
  EXPECT_THAT(log, HasSubstr(" GET /fhir/Binary/nobody?_format=json 404 "));
  EXPECT_THAT(log, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace fhirbin
