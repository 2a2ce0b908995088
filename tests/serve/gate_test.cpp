#include <string>

#include <gmock/gmock.h>

#include "tests/serve/server_process.h"

namespace fhirbin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A request of this Host, with other headers.
HttpAnswer call_as(RawClient& client, const std::string& host,
                   const std::vector<std::string>& headers = {},
                   const std::string& method = "GET") {
  std::string head = method + " /fhir/metadata HTTP/1.1\r\nHost: " + host + "\r\n";
  for (const std::string& header : headers) {
    head += header + "\r\n";
  }
  (void)client.send(head + "\r\n");
  return client.read_answer(method == "HEAD");
}

TEST_F(ServeTest, OnlyNamesOfTheLoopbackAreAnswered) {
  init();
  ServerProcess server(store());
  for (const std::string host : {"localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:1",
                                 "127.1.2.3", "[::1]", "[::1]:80"}) {
    SCOPED_TRACE(host);
    RawClient client(server.port());
    EXPECT_EQ(call_as(client, host).status, 200);
  }
  for (const std::string host :
       {"example.com", "127.0.0.1.example.com", "127.evil", "localhost.example.com",
        "localhost:80.example.com", "[::1].example.com", "[::2]", "0.0.0.0", "192.168.0.1", "",
        "localhost@example.com", "127.0.0.1:x", "localhost,example.com"}) {
    SCOPED_TRACE(host);
    RawClient client(server.port());
    const HttpAnswer answer = call_as(client, host);
    expect_outcome(answer, 403);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
}

TEST_F(ServeTest, WebPagesAreRefusedUnlessTheirOriginIsAllowed) {
  init();
  ServerProcess server(store());
  for (const std::string origin :
       {"http://localhost:3000", "https://example.com", "null", "http://127.0.0.1"}) {
    SCOPED_TRACE(origin);
    RawClient client(server.port());
    const HttpAnswer answer = call_as(client, "localhost", {"Origin: " + origin});
    expect_outcome(answer, 403);
    EXPECT_FALSE(answer.has("Access-Control-Allow-Origin"));
    RawClient writer(server.port());
    expect_outcome(
        writer.call("POST", "/fhir/Binary", {"Content-Type: text/plain", "Origin: " + origin}, "x"),
        403);
  }
  EXPECT_EQ(figures().binaries, 0U);
}

TEST_F(ServeTest, AnAllowedOriginMayCall) {
  init();
  ServerProcess server(store(), {"--allow-origin", "https://app.example"});
  RawClient client(server.port());
  const HttpAnswer preflight =
      call_as(client, "localhost",
              {"Origin: https://app.example", "Access-Control-Request-Method: PUT",
               "Access-Control-Request-Headers: if-match,content-type"},
              "OPTIONS");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_THAT(preflight.header("Access-Control-Allow-Methods"), HasSubstr("PUT"));
  EXPECT_THAT(preflight.header("Access-Control-Allow-Headers"), HasSubstr("If-Match"));
  const HttpAnswer read = call_as(client, "localhost", {"Origin: https://app.example"});
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_THAT(read.header("Access-Control-Expose-Headers"), HasSubstr("ETag"));

  const HttpAnswer other = call_as(client, "localhost", {"Origin: https://app.example.evil"});
  expect_outcome(other, 403);
  EXPECT_FALSE(other.has("Access-Control-Allow-Origin"));
}

TEST_F(ServeTest, ABearerTokenOpensTheDoor) {
  init();
  testing::write_file(file("token"), "  s3cret-token \nsecond line\n");
  ServerProcess server(store(), {"--token-file", file("token"), "--allow-origin", "*"});
  for (const std::string& header :
       {std::string("X-None: 1"), std::string("Authorization: Bearer wrong"),
        std::string("Authorization: Bearer s3cret-toke"), std::string("Authorization: Bearer"),
        std::string("Authorization: Bearer s3cret-tokens"),
        std::string("Authorization: Basic s3cret-token"),
        std::string("Authorization: s3cret-token"),
        std::string("Authorization: Bearer second line")}) {
    SCOPED_TRACE(header);
    RawClient client(server.port());
    const HttpAnswer answer = client.call("GET", "/fhir/metadata", {header});
    expect_outcome(answer, 401);
    EXPECT_EQ(answer.header("WWW-Authenticate"), "Bearer");
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "*");
    EXPECT_THAT(answer.body, Not(HasSubstr("s3cret")));
    RawClient writer(server.port());
    ASSERT_TRUE(writer.send(head_of(
        "POST", "/fhir/Binary",
        {header, "Content-Type: text/plain", "Content-Length: 1000000", "Expect: 100-continue"})));
    expect_outcome(writer.read_answer(), 401);
  }
  RawClient client(server.port());
  for (const std::string value : {"Bearer s3cret-token", "bearer s3cret-token "}) {
    EXPECT_EQ(client.call("GET", "/fhir/metadata", {"Authorization: " + value}).status, 200);
  }
  EXPECT_EQ(call_as(client, "localhost",
                    {"Origin: https://a.example", "Access-Control-Request-Method: GET"}, "OPTIONS")
                .status,
            204);
  EXPECT_EQ(figures().binaries, 0U);
}

TEST_F(ServeTest, AServerThatCannotBeStartedAsToldSaysWhy) {
  init();
  testing::write_file(file("empty"), "");
  testing::write_file(file("blank"), " \t\n token");
  ServerProcess running(store());
  const struct {
    std::vector<std::string> options;
    int status;
    const char* in_error;
  } cases[] = {
      {{"--port", "0", "--token-file", file("missing")}, 1, "token file"},
      {{"--port", "0", "--token-file", folder_.path().string()}, 1, "token file"},
      {{"--port", "0", "--token-file", file("empty")}, 1, "token"},
      {{"--port", "0", "--token-file", file("blank")}, 6, "token"},
      {{"--port", std::to_string(running.port())}, 1, "in use"},
      {{"--port", "65536"}, 2, "--port"},
      {{"--port", "-1"}, 2, "--port"},
      {{"--port", "0", "--address", "0.0.0.0"}, 2, "--token-file"},
      {{"--port", "0", "--address", "::"}, 2, "--token-file"},
      {{"--port", "0", "--address", "127.0.0.1.example.com"}, 6, "address"},
      {{"--port", "0", "--max-connections", "0"}, 2, "--max-connections"},
      {{"--port", "0", "--idle-timeout", "0"}, 2, "time-outs"},
      {{"--port", "0", "--header-timeout", "86401"}, 2, "time-outs"},
      {{"--port", "0", "--base-path", "/a?b"}, 2, "--base-path"},
      {{"--port", "0", "--base-path", "/a\r\nb"}, 2, "--base-path"},
      {{"--port", "0", "--access-log", folder_.path().string()}, 1, "access log"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(::testing::PrintToString(c.options));
    const ToolRun run = on_store("serve", c.options);
    EXPECT_EQ(run.status, c.status) << run.err;
    EXPECT_THAT(run.err, HasSubstr(c.in_error));
    EXPECT_EQ(run.out, "");
  }
  EXPECT_EQ(run_tool({"serve", file("nothing"), "--port", "0"}).status, 3);
}

}  // namespace
}  // namespace fhirbin
