#include <chrono>
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "tests/serve/server_process.h"

namespace fhirbin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Sends one byte of `text` each 50 ms until the peer has had enough; false when it takes them all.
bool is_cut_off(RawClient& client, const std::string& text) {
  for (const char byte : text) {
    if (client.hears_within(milliseconds(50)) || !client.send({&byte, 1})) {
      return true;
    }
  }
  return false;
}

TEST_F(ServeTest, HeadersThatNeverEndAreCutOff) {
  init();
  ServerProcess server(store(), {"--header-timeout", "1", "--idle-timeout", "1"});
  RawClient client(server.port());
  EXPECT_TRUE(
      is_cut_off(client, "GET /fhir/metadata HTTP/1.1\r\nX-Slow: " + std::string(1200, 'x')));
  RawClient other(server.port());
  EXPECT_EQ(other.call("GET", "/fhir/metadata").status, 200);
}

TEST_F(ServeTest, ABodyThatTricklesIsCutOffAndLeavesNothing) {
  init();
  ServerProcess server(store(), {"--header-timeout", "1", "--idle-timeout", "2"});
  const Figures before = figures();
  RawClient client(server.port());
  ASSERT_TRUE(client.send(
      head_of("POST", "/fhir/Binary", {"Content-Type: text/plain", "Content-Length: 1200"})));
  EXPECT_TRUE(is_cut_off(client, std::string(1200, 'x')));
  EXPECT_TRUE(returns_to(before));
}

TEST_F(ServeTest, TheLowestRateOfABodyCanBeSet) {
  init();
  ServerProcess server(store(),
                       {"--header-timeout", "1", "--idle-timeout", "5", "--min-rate", "2"});
  RawClient client(server.port());
  ASSERT_TRUE(client.send(
      head_of("POST", "/fhir/Binary", {"Content-Type: text/plain", "Content-Length: 60"})));
  EXPECT_FALSE(is_cut_off(client, std::string(60, 'x')));  // 20 bytes a second, for three
  EXPECT_EQ(client.read_answer().status, 201);
}

TEST_F(ServeTest, ASilentBodyIsCutOff) {
  init();
  ServerProcess server(store(), {"--idle-timeout", "1"});
  const Figures before = figures();
  RawClient client(server.port());
  ASSERT_TRUE(client.send(
      head_of("POST", "/fhir/Binary", {"Content-Type: text/plain", "Content-Length: 10"}) +
      "12345"));
  EXPECT_EQ(client.read_answer().status, 0);
  EXPECT_TRUE(returns_to(before));
}

TEST_F(ServeTest, ADownloadThatNobodyReadsIsCutOff) {
  init();
  const std::string id = put(noise(30'000'000), "application/octet-stream");
  ServerProcess server(store(), {"--idle-timeout", "1", "--access-log", file("log")});
  RawClient client(server.port());
  ASSERT_TRUE(client.send(head_of("GET", "/fhir/Binary/" + id)));
  EXPECT_TRUE(
      eventually([&] { return testing::file_text(file("log")).ends_with('\n'); }));  // it has ended
  EXPECT_FALSE(client.read_answer().complete);
}

TEST_F(ServeTest, AnIdleConnectionEnds) {
  init();
  ServerProcess server(store(), {"--idle-timeout", "1"});
  RawClient never(server.port());
  RawClient after(server.port());
  EXPECT_EQ(after.call("GET", "/fhir/metadata").status, 200);
  EXPECT_TRUE(never.is_closed_by_peer());
  EXPECT_TRUE(after.is_closed_by_peer());
}

// A long poll is neither idle nor slow: it is the server that waits.
TEST_F(ServeTest, AWaitLongerThanAllTimeoutsIsAnswered) {
  init();
  ServerProcess server(store(), {"--idle-timeout", "1", "--header-timeout", "1"});
  RawClient client(server.port());
  const HttpAnswer answer = client.call("GET", "/fhir/$changes?timeout=4");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(client.call("GET", "/fhir/metadata").status, 200);
}

TEST_F(ServeTest, ALongPollEndsWithTheChange) {
  init();
  ServerProcess server(store());
  RawClient poller(server.port());
  ASSERT_TRUE(poller.send(head_of("GET", "/fhir/$changes?after=0&timeout=60")));
  EXPECT_FALSE(poller.hears_within(milliseconds(200)));
  RawClient writer(server.port());
  const std::string id = post(writer, "news");
  const HttpAnswer answer = poller.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("X-Last-Sequence"), "1");
  EXPECT_THAT(answer.body, ::testing::HasSubstr(id));
}

TEST_F(ServeTest, ConnectionsBeyondTheLimitAreToldToComeBack) {
  init();
  ServerProcess server(store(), {"--max-connections", "2"});
  RawClient first(server.port());
  RawClient second(server.port());
  EXPECT_EQ(first.call("GET", "/fhir/metadata").status, 200);
  EXPECT_EQ(second.call("GET", "/fhir/metadata").status, 200);
  {
    RawClient third(server.port());
    const HttpAnswer answer = third.call("GET", "/fhir/metadata");
    expect_outcome(answer, 503);
    EXPECT_EQ(answer.header("Retry-After"), "1");
    EXPECT_TRUE(third.is_closed_by_peer());
  }
  EXPECT_EQ(second.call("GET", "/fhir/metadata").status, 200);
  first.close();
  EXPECT_TRUE(eventually([&] {
    RawClient next(server.port());
    return next.call("GET", "/fhir/metadata").status == 200;
  }));
}

}  // namespace
}  // namespace fhirbin
