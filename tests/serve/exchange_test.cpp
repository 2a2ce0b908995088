#include <string>

#include <gmock/gmock.h>

#include "tests/serve/server_process.h"
#include "tests/support/sanitized.h"

namespace fhirbin {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST_F(ServeTest, OneConnectionCarriesTheLifeOfABinary) {
  init();
  ServerProcess server(store());
  RawClient client(server.port());
  const HttpAnswer created = client.call(
      "POST", "/fhir/Binary", {"Content-Type: text/plain", "X-Security-Context: Patient/1"}, "one");
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_THAT(created.body, IsEmpty());
  EXPECT_EQ(created.header("ETag"), "W/\"1\"");
  EXPECT_TRUE(created.has("Last-Modified"));
  EXPECT_TRUE(created.has("Date"));
  const std::string path = "/fhir/Binary/" + id_of(created);
  EXPECT_EQ(created.header("Location"), "http://localhost" + path + "/_history/1");

  const HttpAnswer read = client.call("GET", path);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, "one");
  EXPECT_EQ(read.header("Content-Type"), "text/plain");
  EXPECT_EQ(read.header("X-Security-Context"), "Patient/1");
  EXPECT_EQ(read.header("Content-Length"), "3");

  const HttpAnswer head = client.call("HEAD", path);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "3");

  const HttpAnswer updated = client.call(
      "PUT", path, {"Content-Type: text/plain", "If-Match: W/\"1\""}, std::string("second"));
  EXPECT_EQ(updated.status, 200) << updated.body;
  EXPECT_EQ(client.call("GET", path).body, "second");
  EXPECT_EQ(client.call("GET", path + "/_history/1").body, "one");
  const HttpAnswer unchanged = client.call("GET", path, {"If-None-Match: W/\"2\""});
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.header("Content-Length"), "6");
  EXPECT_EQ(client.call("OPTIONS", "*").status, 204);

  const HttpAnswer part = client.call("GET", path, {"Range: bytes=1-3"});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "eco");
  EXPECT_EQ(part.header("Content-Range"), "bytes 1-3/6");
  expect_outcome(client.call("GET", path, {"Range: bytes=9-"}), 416);

  EXPECT_EQ(client.call("DELETE", path).status, 204);
  expect_outcome(client.call("GET", path), 410);
  const HttpAnswer history = client.call("GET", path + "/_history");
  EXPECT_EQ(history.status, 200);
  EXPECT_TRUE(history.complete);
  EXPECT_EQ(number(history.body, "total"), 3U);
  EXPECT_EQ(client.call("GET", "/fhir/metadata").status, 200);
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(on_store("verify").status, 0);
}

TEST_F(ServeTest, RequestsMayBeSentAheadOfTheirAnswers) {
  init();
  ServerProcess server(store());
  RawClient client(server.port());
  const std::string head =
      head_of("POST", "/fhir/Binary", {"Content-Type: text/plain", "Content-Length: 3"});
  std::string all;
  for (int i = 0; i < 10; ++i) {
    all += head + "abc" + head_of("GET", "/fhir/nothing");
  }
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(client.read_answer().status, 201);
    expect_outcome(client.read_answer(), 404);
  }
}

TEST_F(ServeTest, HeadToldAsGetWithoutABody) {
  init();
  ServerProcess server(store());
  RawClient first(server.port());
  const std::string path = "/fhir/Binary/" + post(first, noise(100'000));
  const struct {
    std::string target;
    int status;
  } cases[] = {{path, 200},
               {path + "?_format=json", 200},
               {path + "/_history", 200},
               {"/fhir/Binary/_history", 200},
               {"/fhir/$changes", 200},
               {"/fhir/metadata", 200},
               {"/fhir/Binary/nobody", 404}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.target);
    RawClient client(server.port());
    const HttpAnswer get = client.call("GET", c.target);
    const HttpAnswer head = client.call("HEAD", c.target);
    EXPECT_EQ(get.status, c.status);
    EXPECT_EQ(head.status, c.status);
    EXPECT_EQ(head.header("Content-Type"), get.header("Content-Type"));
    EXPECT_EQ(head.header("Content-Length"), get.header("Content-Length"));
    if (get.has("Content-Length")) {  // the connection is still in step
      EXPECT_EQ(client.call("GET", "/fhir/metadata").status, 200);
    } else {  // not even the end of a body stands behind the headers
      EXPECT_TRUE(client.is_closed_by_peer());
    }
  }
}

// Some clients send one with every method. What is read may be a gigabyte, so it must be streamed
// as ever, not gathered for an answer that ends the connection.
TEST_F(ServeTest, ABodyThatNobodyAskedForChangesNothing) {
  init();
  ServerProcess server(store());
  RawClient client(server.port());
  const std::string content = noise(1'000'000);
  const std::string path = "/fhir/Binary/" + post(client, content);
  const HttpAnswer read = client.call("GET", path, {}, "{}");
  EXPECT_EQ(read.status, 200);
  EXPECT_TRUE(read.body == content);
  EXPECT_FALSE(read.has("Connection"));
  const HttpAnswer head = client.call("HEAD", path, {}, "{}");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "1000000");
  const HttpAnswer unchanged = client.call("GET", path, {"If-None-Match: W/\"1\""}, "{}");
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_NE(unchanged.header("Content-Length"), "0");
  ASSERT_TRUE(
      client.send(head_of("GET", path, {"Transfer-Encoding: chunked"}) + "2\r\n{}\r\n0\r\n\r\n"));
  EXPECT_TRUE(client.read_answer().body == content);
  EXPECT_EQ(client.call("DELETE", path, {}, "{}").status, 204);
  EXPECT_EQ(client.call("GET", path).status, 410);

  ASSERT_TRUE(client.send(head_of("HEAD", path, {"Content-Length: 2"}) + "{}"));
  EXPECT_EQ(client.read_answer(true).status, 410);
  EXPECT_TRUE(client.is_closed_by_peer());  // and no outcome behind the headers
}

TEST_F(ServeTest, ABodyMayComeInChunks) {
  init();
  ServerProcess server(store());
  RawClient client(server.port());
  const std::string content = noise(3'000'000);
  ASSERT_TRUE(client.send(
      head_of("POST", "/fhir/Binary", {"Content-Type: image/png", "Transfer-Encoding: chunked"})));
  for (std::size_t start = 0; start < content.size(); start += 70'001) {
    ASSERT_TRUE(client.send(chunk_of(std::string_view(content).substr(start, 70'001))));
  }
  ASSERT_TRUE(client.send("0\r\nX-Trailer: ignored\r\n\r\n"));
  const HttpAnswer created = client.read_answer();
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_TRUE(client.call("GET", "/fhir/Binary/" + id_of(created)).body == content);
}

TEST_F(ServeTest, ContinueIsSentOnlyWhereTheBodyIsWanted) {
  init();
  ServerProcess server(store());
  RawClient client(server.port());
  const auto head = [](const std::string& method, const std::string& target,
                       const std::string& length) {
    return head_of(
        method, target,
        {"Content-Type: text/plain", "Content-Length: " + length, "Expect: 100-continue"});
  };
  ASSERT_TRUE(client.send(head("POST", "/fhir/Binary", "5")));
  EXPECT_EQ(client.read_answer().status, 100);
  ASSERT_TRUE(client.send("hello"));
  const HttpAnswer created = client.read_answer();
  EXPECT_EQ(created.status, 201);

  const struct {
    std::string method;
    std::string target;
    std::string length;
    int status;
  } refused[] = {
      {"POST", "/fhir/Binary", "1073741825", 413},
      {"POST", "/fhir/Patient", "5", 404},
      {"PUT", "/fhir/Binary/nobody", "5", 405},
      {"PATCH", "/fhir/Binary/" + id_of(created), "5", 405},
      {"DELETE", "/fhir/Binary", "5", 405},
  };
  const Figures before = figures();
  for (const auto& c : refused) {
    SCOPED_TRACE(c.method + ' ' + c.target);
    RawClient other(server.port());
    ASSERT_TRUE(other.send(head(c.method, c.target, c.length)));
    const HttpAnswer answer = other.read_answer();
    expect_outcome(answer, c.status);
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(other.is_closed_by_peer());
  }
  EXPECT_EQ(figures(), before);
}

TEST_F(ServeTest, ARefusalIsReadableThoughTheClientSendsItsWholeBodyFirst) {
  init();
  ServerProcess server(store());
  const std::string body = noise(8'000'000);
  for (const std::string& target : {std::string("/fhir/Patient"), std::string("/fhir/Binary")}) {
    SCOPED_TRACE(target);
    RawClient client(server.port());  // without a Content-Type the second is refused, too
    EXPECT_TRUE(client.send(
        head_of("POST", target, {"Content-Length: " + std::to_string(body.size())}) + body));
    expect_outcome(client.read_answer(), target == "/fhir/Patient" ? 404 : 400);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
  EXPECT_EQ(figures().binaries, 0U);
}

TEST_F(ServeTest, WhatIsWrongInMidBodyIsToldAtOnce) {
  init();
  ServerProcess server(store());
  const Figures before = figures();
  RawClient client(server.port());
  // Chunked, so that nothing is known of its size; wrong at its start, with no end in sight.
  ASSERT_TRUE(
      client.send(head_of("POST", "/fhir/Binary",
                          {"Content-Type: application/fhir+json", "Transfer-Encoding: chunked"}) +
                  chunk_of(R"({"resourceType":"Binary","contentType":"text/plain","data":"!)")));
  const std::string more = chunk_of(std::string(100'000, 'A'));
  bool accepted = true;
  for (int i = 0; i < 400 && accepted && !client.hears_within(std::chrono::milliseconds(0)); ++i) {
    accepted = client.send(more);
  }
  const HttpAnswer answer = client.read_answer();
  expect_outcome(answer, 400);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_TRUE(returns_to(before));
}

TEST_F(ServeTest, ALengthBeyondTheLimitIsRefusedBeforeTheBody) {
  init();
  ServerProcess server(store());
  for (const std::string length : {"1073741825", "18446744073709551615", "18446744073709551616",
                                   "99999999999999999999999999"}) {
    SCOPED_TRACE(length);
    RawClient client(server.port());
    ASSERT_TRUE(client.send(head_of("POST", "/fhir/Binary",
                                    {"Content-Type: text/plain", "Content-Length: " + length})));
    expect_outcome(client.read_answer(), 413);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
  EXPECT_EQ(figures().binaries, 0U);
}

TEST_F(ServeTest, MoreThanTheLimitInChunksIsCutOffInMidBody) {
  if (testing::kIsSanitized) {
    GTEST_SKIP() << "a gigabyte takes too long here";
  }
  init();
  ServerProcess server(store());
  const Figures before = figures();
  RawClient client(server.port());
  ASSERT_TRUE(client.send(
      head_of("POST", "/fhir/Binary", {"Content-Type: text/plain", "Transfer-Encoding: chunked"})));
  const std::string mebibyte = chunk_of(std::string(1 << 20, 'x'));
  for (int i = 0; i < 1024; ++i) {
    ASSERT_TRUE(client.send(mebibyte));
  }
  EXPECT_FALSE(client.hears_within(std::chrono::milliseconds(100)));
  (void)client.send(chunk_of("x"));  // and neither an end nor more
  const HttpAnswer answer = client.read_answer();
  expect_outcome(answer, 413);
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_TRUE(returns_to(before));
}

TEST_F(ServeTest, ABodyThatBreaksOffLeavesNothing) {
  init();
  ServerProcess server(store());
  RawClient keeper(server.port());
  const std::string path = "/fhir/Binary/" + post(keeper, "kept");
  const Figures before = figures();
  const std::string content = noise(5'000'000);
  for (const std::string& request :
       {head_of("POST", "/fhir/Binary", {"Content-Type: a/b", "Content-Length: 9000000"}),
        head_of("PUT", path, {"Content-Type: a/b", "Content-Length: 9000000"}),
        head_of("POST", "/fhir/Binary", {"Content-Type: a/b", "Transfer-Encoding: chunked"}) +
            "500000\r\n",
        head_of("POST", "/fhir/Binary",
                {"Content-Type: application/fhir+json", "Content-Length: 9000000"}) +
            R"({"resourceType":"Binary","contentType":"a/b","data":")"}) {
    for (const bool resets : {false, true}) {
      SCOPED_TRACE(request + (resets ? "reset" : "ended"));
      RawClient client(server.port());
      ASSERT_TRUE(client.send(request + content));
      if (resets) {
        client.reset();
      } else {
        client.finish_sending();
        const HttpAnswer answer = client.read_answer();
        EXPECT_TRUE(answer.status == 0 || answer.status >= 400) << answer.status;
      }
    }
  }
  EXPECT_TRUE(returns_to(before));
  EXPECT_EQ(figures().pins, 0U);
  EXPECT_EQ(keeper.call("GET", path).body, "kept");
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(on_store("verify").status, 0);
}

TEST_F(ServeTest, ADownloadThatIsBrokenOffDisturbsNobody) {
  init();
  const std::string id = put(noise(20'000'000), "application/octet-stream");
  ServerProcess server(store());
  for (int i = 0; i < 20; ++i) {
    RawClient client(server.port());
    ASSERT_TRUE(client.send(head_of("GET", "/fhir/Binary/" + id)));
    EXPECT_TRUE(client.hears_within(std::chrono::minutes(1)));
    client.reset();
  }
  RawClient client(server.port());
  EXPECT_EQ(client.call("GET", "/fhir/Binary/" + id).body.size(), 20'000'000U);
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(ServeTest, LengthsThatContradictAreRefused) {
  init();
  ServerProcess server(store());
  const struct {
    const char* name;
    std::vector<std::string> headers;
    int status;
  } cases[] = {
      {"not a number", {"Content-Length: five"}, 400},
      {"negative", {"Content-Length: -5"}, 400},
      {"with a sign", {"Content-Length: +5"}, 400},
      {"hexadecimal", {"Content-Length: 0x5"}, 400},
      {"a fraction", {"Content-Length: 5.0"}, 400},
      {"empty", {"Content-Length:"}, 400},
      {"a list", {"Content-Length: 5, 5"}, 400},
      {"twice the same", {"Content-Length: 5", "Content-Length: 5"}, 400},
      {"twice", {"Content-Length: 5", "Content-Length: 6"}, 400},
      {"beside chunks", {"Content-Length: 5", "Transfer-Encoding: chunked"}, 400},
      {"unknown coding", {"Transfer-Encoding: gzip"}, 400},
      {"two codings", {"Transfer-Encoding: gzip, chunked"}, 400},
      {"coding twice", {"Transfer-Encoding: chunked", "Transfer-Encoding: identity"}, 400},
      {"a length before a blank", {"Content-Length : 5"}, 400},
      {"a length before a tab", {"Content-Length\t: 5"}, 400},
      {"a length in the next line", {"Content-Length:\r\n 5"}, 400},
      {"a length over two lines", {"Content-Length: 5\r\n 6"}, 400},
      {"a coding before a blank", {"Transfer-Encoding : chunked"}, 400},
      {"a coding with a blank behind", {"Transfer-Encoding: chunked "}, 400},
      {"a coding in the next line", {"Transfer-Encoding:\r\n\tchunked"}, 400},
      {"a coding behind a bare CR", {"X-Filler: x\rTransfer-Encoding: chunked"}, 400},
  };
  for (const auto& c : cases) {
    for (const char* method : {"POST", "GET", "DELETE"}) {
      SCOPED_TRACE(std::string(c.name) + ' ' + method);
      RawClient client(server.port());
      std::vector<std::string> headers = c.headers;
      headers.emplace_back("Content-Type: text/plain");
      ASSERT_TRUE(client.send(head_of(method, "/fhir/Binary", headers)));
      expect_outcome(client.read_answer(), c.status);
      EXPECT_TRUE(client.is_closed_by_peer());
    }
  }
  EXPECT_EQ(figures().binaries, 0U);
}

TEST_F(ServeTest, BrokenChunksAreRefused) {
  init();
  ServerProcess server(store());
  const Figures before = figures();
  for (const std::string body : {"x\r\nhello\r\n", "-5\r\nhello\r\n", "5\r\nhelloworld\r\n",
                                 "\r\nhello\r\n", "fffffffffffffffff\r\n", "5 \r\nhello\r\n"}) {
    SCOPED_TRACE(body);
    RawClient client(server.port());
    ASSERT_TRUE(client.send(
        head_of("POST", "/fhir/Binary", {"Content-Type: a/b", "Transfer-Encoding: chunked"}) +
        body));
    const HttpAnswer answer = client.read_answer();
    expect_outcome(answer, body.starts_with("fff") ? 413 : 400);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
  EXPECT_TRUE(returns_to(before));
}

TEST_F(ServeTest, HttpOneDotZeroIsAnswered) {
  init();
  ServerProcess server(store());
  RawClient maker(server.port());
  const std::string id = post(maker, "old");
  RawClient client(server.port());
  ASSERT_TRUE(client.send("GET /fhir/Binary/" + id + "/_history HTTP/1.0\r\n\r\n"));
  const HttpAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.has("Transfer-Encoding"));
  EXPECT_EQ(number(answer.body, "total"), 1U);
}

}  // namespace
}  // namespace fhirbin
