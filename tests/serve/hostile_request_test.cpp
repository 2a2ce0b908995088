#include <string>

#include <gmock/gmock.h>

#include "tests/serve/server_process.h"

namespace fhirbin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ServeTest, TargetsThatAreTooLongAreRefusedWithAnOutcome) {
  init();
  ServerProcess server(store());
  const struct {
    std::size_t length;
    int status;
  } cases[] = {{8'000, 400}, {8'193, 414}, {65'536, 414}, {100'000, 414}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.length);
    RawClient client(server.port());
    const std::string start = "/fhir/Binary/";
    const HttpAnswer answer = client.call("GET", start + std::string(c.length - start.size(), 'a'));
    expect_outcome(answer, c.status);
    EXPECT_THAT(answer.body, Not(HasSubstr("aaa")));
  }
}

TEST_F(ServeTest, HeadersBeyondTheLimitAreRefused) {
  init();
  ServerProcess server(store());
  {
    RawClient client(server.port());
    (void)client.send("GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\nX-Filler: " +
                      std::string(300'000, 'x') + "\r\n\r\n");
    expect_outcome(client.read_answer(), 431);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
  {
    RawClient client(server.port());
    std::string head = "GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\n";
    for (int i = 0; i < 20'000; ++i) {
      head += "X-Filler-" + std::to_string(i) + ": x\r\n";
    }
    (void)client.send(head + "\r\n");
    expect_outcome(client.read_answer(), 431);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
  RawClient client(server.port());  // what fits is taken
  EXPECT_EQ(client.call("GET", "/fhir/metadata", {"X-Filler: " + std::string(30'000, 'x')}).status,
            200);
}

// These come before the library tells which connection they are about, so they have a page of its
// own as their body. What counts: they are refused, and the connection ends.
TEST_F(ServeTest, LinesThatAreNoRequestAreRefused) {
  init();
  ServerProcess server(store());
  const struct {
    std::string line;
    int status;
  } cases[] = {
      {"GET\r\n\r\n", 0},
      {"GET /fhir/metadata\r\n\r\n", 400},
      {"GET /fhir/metadata HTTP/9\r\n\r\n", 400},
      {"GET /fhir/metadata HTTP/2.0\r\n\r\n", 505},
      {"GET /fhir/metadata HTTP/0.9\r\n\r\n", 505},
      {"\x16\x03\x01\x02 hello over TLS\r\n\r\n", 400},
      {"GET /" + std::string(300'000, 'a') + " HTTP/1.1\r\n\r\n", 414},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.line.substr(0, 40));
    RawClient client(server.port());
    (void)client.send(c.line);
    EXPECT_EQ(client.read_answer().status, c.status);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
}

TEST_F(ServeTest, ALineThatIsNoRequestIsRefusedWithAnOutcomeBehindOneThatIs) {
  init();
  ServerProcess server(store());
  const struct {
    const char* line;
    int status;
  } cases[] = {{"GET /fhir/metadata\r\n\r\n", 400}, {"GET /fhir/metadata HTTP/2.0\r\n\r\n", 505}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.line);
    RawClient client(server.port());
    EXPECT_EQ(client.call("GET", "/fhir/metadata").status, 200);
    ASSERT_TRUE(client.send(c.line));
    expect_outcome(client.read_answer(), c.status);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
}

TEST_F(ServeTest, ALineThatIsNoHeaderIsRefused) {
  init();
  ServerProcess server(store());
  RawClient client(server.port());
  ASSERT_TRUE(client.send(head_of("GET", "/fhir/metadata", {"without a colon"})));
  expect_outcome(client.read_answer(), 400);
  EXPECT_TRUE(client.is_closed_by_peer());
}

// A condition that is overlooked lets a write go on that was not to be.
TEST_F(ServeTest, AConditionOverTwoLinesIsRefusedRatherThanOverlooked) {
  init();
  ServerProcess server(store());
  RawClient writer(server.port());
  const std::string id = post(writer, "kept");
  for (const std::string condition : {"If-Match: W/\"7\"\r\n x", "If-Match:\r\n W/\"7\"",
                                      "If-Match : W/\"7\"", "If-None-Match:\r\n *"}) {
    SCOPED_TRACE(condition);
    RawClient client(server.port());
    ASSERT_TRUE(client.send(head_of("DELETE", "/fhir/Binary/" + id, {condition})));
    expect_outcome(client.read_answer(), 400);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
  EXPECT_EQ(writer.call("GET", "/fhir/Binary/" + id).body, "kept");
}

TEST_F(ServeTest, AMissingOrDoubleHostIsRefused) {
  init();
  ServerProcess server(store());
  for (const std::string head : {"GET /fhir/metadata HTTP/1.1\r\n\r\n",
                                 "GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\n"
                                 "Host: localhost\r\n\r\n"}) {
    RawClient client(server.port());
    ASSERT_TRUE(client.send(head));
    expect_outcome(client.read_answer(), 400);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
}

TEST_F(ServeTest, OptionsOfTheServerAsAWholeAreAnswered) {
  init();
  ServerProcess server(store());
  RawClient client(server.port());
  const HttpAnswer answer = client.call("OPTIONS", "*");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("Allow"), "GET, HEAD, POST, PUT, DELETE, OPTIONS");
}

TEST_F(ServeTest, PathTricksFindNothing) {
  init();
  ServerProcess server(store());
  RawClient client(server.port());
  const std::string id = post(client, "secret");
  for (const std::string& target :
       {"/fhir/../fhir/Binary/" + id, "/fhir/Binary/../Binary/" + id, "/fhir/Binary%2f" + id,
        "/fhir/Binary/%2e%2e/Binary/" + id, "/fhir/Binary/" + id + "%00", "/fhir/Binary/%00" + id,
        "/fhir//Binary/" + id, "/fhir/Binary/" + id + "%0d%0aX-Injected:%20yes",
        "/fhir/Binary/" + id + "%2", "/fhir/Binary/" + id + "%zz", "/fhir\\Binary\\" + id,
        "/fhir/Binary/" + id + " x", std::string("*"), std::string("fhir/metadata"),
        std::string("/"), "/fhir/binary/" + id, "/Binary/" + id}) {
    SCOPED_TRACE(target);
    const HttpAnswer answer = client.call("GET", target);
    EXPECT_TRUE(answer.status == 400 || answer.status == 404) << answer.status;
    expect_outcome(answer, answer.status);
    EXPECT_FALSE(answer.has("X-Injected"));
    EXPECT_THAT(answer.body, Not(HasSubstr(id)));
  }
}

// The library takes a NUL as the end of a line's text; what follows must not reach the store.
TEST_F(ServeTest, ControlBytesReachNeitherTheStoreNorAnAnswer) {
  init();
  ServerProcess server(store());
  const struct {
    const char* name;
    std::string header;
    int status;
  } cases[] = {
      {"a tab in the type", "Content-Type: text/plain;\ta=b", 415},
      {"a bell in the type", "Content-Type: text/\x07plain", 415},
      {"an escape in the type", "Content-Type: text/plain; a=\"\x1b[2J\"", 415},
      {"a delete in the type", "Content-Type: text/plain\x7f", 415},
      {"a bare CR in the type", "Content-Type: text/plain; a=\"\rX-Injected: yes\"", 400},
      {"a bell in the reference", "Content-Type: text/plain\r\nX-Security-Context: Patient/\x07",
       400},
      {"a bare CR in the reference",
       "Content-Type: text/plain\r\nX-Security-Context: Patient/1\rX-Injected: yes", 400},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    RawClient client(server.port());
    const HttpAnswer answer = client.call("POST", "/fhir/Binary", {c.header}, "x");
    expect_outcome(answer, c.status);
    EXPECT_THAT(answer.body, Not(HasSubstr("Injected")));
  }
  EXPECT_EQ(figures().binaries, 0U);
  RawClient client(server.port());
  const HttpAnswer cut = client.call("POST", "/fhir/Binary",
                                     {std::string("Content-Type: text/plain\0; a=b", 30)}, "x");
  ASSERT_TRUE(cut.status == 201 || cut.status == 400);
  if (cut.status == 201) {
    EXPECT_EQ(client.call("GET", "/fhir/Binary/" + id_of(cut)).header("Content-Type"),
              "text/plain");
  }
}

// A resource may carry what a header field may not.
TEST_F(ServeTest, NothingStoredCanAddAHeader) {
  init();
  ServerProcess server(store());
  for (const std::string body :
       {R"({"resourceType":"Binary","contentType":"text/plain\r\nX-Injected: yes","data":"YQ=="})",
        R"({"resourceType":"Binary","contentType":"text/plain\n","data":"YQ=="})",
        R"({"resourceType":"Binary","contentType":"text/plain","securityContext":{"reference":)"
        R"("Patient/1\r\nX-Injected: yes"},"data":"YQ=="})",
        R"({"resourceType":"Binary","contentType":"text/plain","securityContext":{"reference":)"
        R"("Patient/1\u0000"},"data":"YQ=="})"}) {
    SCOPED_TRACE(body);
    RawClient client(server.port());
    const HttpAnswer answer =
        client.call("POST", "/fhir/Binary", {"Content-Type: application/fhir+json"}, body);
    expect_outcome(answer, 400);
  }
}

TEST_F(ServeTest, AHostThatIsNoneIsNotRepeated) {
  init({"--update-may-create"});
  ServerProcess server(store());
  RawClient client(server.port());
  ASSERT_TRUE(
      client.send("PUT /fhir/Binary/mine HTTP/1.1\r\nHost: 127.0.0.1:1<script>\r\n"
                  "Content-Type: a/b\r\nContent-Length: 1\r\n\r\nx"));
  expect_outcome(client.read_answer(), 403);
}

TEST_F(ServeTest, AWriteWithoutAContentTypeIsRefused) {
  init();
  ServerProcess server(store());
  RawClient client(server.port());
  expect_outcome(client.call("POST", "/fhir/Binary", {}, "x"), 400);
  RawClient chunked(server.port());
  ASSERT_TRUE(chunked.send(head_of("POST", "/fhir/Binary", {"Transfer-Encoding: chunked"})));
  expect_outcome(chunked.read_answer(), 400);
  EXPECT_EQ(figures().binaries, 0U);
}

}  // namespace
}  // namespace fhirbin
