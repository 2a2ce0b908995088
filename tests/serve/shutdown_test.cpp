#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/serve/server_process.h"
#include "tests/support/sanitized.h"

namespace fhirbin {
namespace {

// All that a server can be in the middle of.
class ShutdownTest : public ServeTest {
 protected:
  void begin_everything(const ServerProcess& server, const std::string& large_id) {
    const auto connect = [&](const std::string& request) {
      clients_.emplace_back(server.port());
      ASSERT_TRUE(clients_.back().send(request));
    };
    const std::string part = noise(1'500'000);
    for (int i = 0; i < 3; ++i) {
      connect(head_of("POST", "/fhir/Binary", {"Content-Type: a/b", "Content-Length: 9000000"}) +
              part);
      connect(head_of("POST", "/fhir/Binary", {"Content-Type: a/b", "Transfer-Encoding: chunked"}) +
              chunk_of(part));
      connect(head_of("PUT", "/fhir/Binary/" + large_id,
                      {"Content-Type: application/fhir+json", "Content-Length: 9000000"}) +
              R"({"resourceType":"Binary","id":")" + large_id +
              R"(","contentType":"a/b","data":")" + std::string(1'500'000, 'A'));
      connect(head_of("GET", "/fhir/Binary/" + large_id));  // more than the sockets hold
      connect(head_of("GET", "/fhir/Binary/" + large_id + "?_format=json"));
      connect(head_of("GET", "/fhir/$changes?timeout=60&after=1"));
      connect("GET /fhir/met");
      connect("");
      // Refused, while the client goes on sending.
      connect(head_of("POST", "/fhir/Patient", {"Content-Length: 9000000"}) + part);
    }
  }

  std::vector<RawClient> clients_;
};

TEST_F(ShutdownTest, SigtermEndsAtOnceWhateverIsGoingOn) {
  init();
  const std::string content = noise(30'000'000);
  const std::string id = put(content, "application/octet-stream");
  ServerProcess server(store());
  const Figures before = figures();
  begin_everything(server, id);
  EXPECT_TRUE(eventually([&] { return figures().pins >= 6; }));  // the large uploads have begun
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(server.stop(), 0);
  if (!testing::kIsSanitized) {
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  }
  EXPECT_EQ(figures(), before);
  EXPECT_EQ(figures().pins, 0U);
  EXPECT_EQ(on_store("verify").status, 0);
  EXPECT_TRUE(on_store("get", {id}).out == content);
}

TEST_F(ShutdownTest, AKillLeavesNothingButDeadWeight) {
  init();
  const std::string content = noise(30'000'000);
  const std::string id = put(content, "application/octet-stream");
  Figures before;
  {
    ServerProcess server(store());
    before = figures();
    begin_everything(server, id);
    EXPECT_TRUE(eventually([&] { return figures().pins >= 6; }));
  }
  EXPECT_EQ(figures(), before);
  EXPECT_EQ(on_store("verify").status, 0);
  EXPECT_TRUE(on_store("get", {id}).out == content);
}

TEST_F(ShutdownTest, ASecondServerMayServeTheSameStore) {
  init();
  ServerProcess first(store());
  ServerProcess second(store());
  RawClient one(first.port());
  RawClient two(second.port());
  const std::string id = post(one, "shared");
  EXPECT_EQ(two.call("GET", "/fhir/Binary/" + id).body, "shared");
  EXPECT_EQ(first.stop(), 0);
  EXPECT_EQ(two.call("DELETE", "/fhir/Binary/" + id).status, 204);
  EXPECT_EQ(second.stop(), 0);
}

}  // namespace
}  // namespace fhirbin
