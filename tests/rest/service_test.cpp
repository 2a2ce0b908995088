#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rest/service_calls.h"
#include "tests/support/fhir_versions.h"
#include "tests/support/json_document.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_sources.h"

namespace fhirbin::testing {
namespace {

const rest::Header kText = {"Content-Type", "text/plain"};

// Ids and times differ from create to create; all else is to be equal.
void expect_same(const Answer& a, const Answer& b) {
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(a.content_length, b.content_length);
  EXPECT_EQ(a.body_failed, b.body_failed);
  ASSERT_EQ(a.headers.size(), b.headers.size());
  for (std::size_t i = 0; i < a.headers.size(); ++i) {
    EXPECT_EQ(a.headers[i].name, b.headers[i].name);
    if (a.headers[i].name != "Location" && a.headers[i].name != "Last-Modified") {
      EXPECT_EQ(a.headers[i].value, b.headers[i].value);
    }
  }
}

TEST(ServiceTest, PushedAndPulledBodiesGetTheSameAnswers) {
  TemporaryStore store({}, {.max_ingest_bytes = 3000});
  rest::Service service(*store);
  const std::string binary = hello_binary(FhirVersion::kR4);
  const rest::Header json = {"Content-Type", kFhirJson};
  const struct {
    const char* name;
    std::string method;
    std::string target;
    std::vector<rest::Header> headers;
    std::string body;
  } cases[] = {
      {"raw", "POST", "/Binary", {kText}, std::string(2500, 'a')},
      {"empty", "POST", "/Binary", {kText}, ""},
      {"FHIR JSON", "POST", "/Binary", {json}, binary},
      {"outcome", "POST", "/Binary", {kText, {"Prefer", "return=OperationOutcome"}}, "x"},
      {"representation", "POST", "/Binary", {kText, {"Prefer", "return=representation"}}, "x"},
      {"cut off", "POST", "/Binary", {json}, binary.substr(0, 40)},
      {"not base64", "POST", "/Binary", {json}, hello_binary(FhirVersion::kR4, R"("data":"!",)")},
      {"too long", "POST", "/Binary", {kText}, std::string(3001, 'a')},
      {"declared too long", "POST", "/Binary", {kText, {"Content-Length", "3001"}}, "x"},
      {"shorter than declared", "POST", "/Binary", {kText, {"Content-Length", "4"}}, "abc"},
      {"longer than declared", "POST", "/Binary", {kText, {"Content-Length", "4"}}, "abcde"},
      {"as declared", "POST", "/Binary", {kText, {"Content-Length", "4"}}, "abcd"},
      {"no type", "POST", "/Binary", {}, "x"},
      {"no media type", "POST", "/Binary", {{"Content-Type", "text"}}, "x"},
      {"encoded", "POST", "/Binary", {kText, {"Content-Encoding", "gzip"}}, "x"},
      {"conditional", "POST", "/Binary", {kText, {"If-None-Exist", "a=b"}}, "x"},
      {"unknown", "PUT", "/Binary/unknown", {kText}, "x"},
      {"bad tag", "PUT", "/Binary/unknown", {kText, {"If-Match", "1"}}, "x"},
      {"nowhere", "POST", "/Patient", {json}, "{}"},
      {"no method", "PATCH", "/Binary/a", {json}, "{}"},
      {"no target", "POST", "Binary", {kText}, "x"},
      {"read", "GET", "/Binary/unknown", {}, ""},
      {"capabilities", "GET", "/metadata", {}, ""},
      {"capabilities' head", "HEAD", "/metadata", {}, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Answer pulled = call(service, c.method, c.target, c.headers, c.body);
    for (const std::size_t piece : {1U, 7U, 10'000U}) {
      SCOPED_TRACE(piece);
      expect_same(push(service, c.method, c.target, c.headers, c.body, piece), pulled);
    }
  }
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

TEST(ServiceTest, ABodyThatBreaksOffStoresNothing) {
  TemporaryStore store;
  rest::Service service(*store);
  AwkwardSource body(as_bytes("half of it"), {.fails_after = 4});
  rest::Request request;
  request.method = "POST";
  request.target = "/Binary";
  request.headers = {kText};
  request.body = &body;
  const Answer answer = read_answer(service.handle(request));
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(answer.close_connection);
  EXPECT_EQ(store->stats()->versions, 0U);
}

TEST(ServiceTest, AnExchangeThatIsDroppedStoresNothing) {
  TemporaryStore store;
  rest::Service service(*store);
  {
    rest::Exchange exchange =
        service.begin({.method = "POST", .target = "/Binary", .headers = {kText}});
    ASSERT_TRUE(exchange.wants_body());
    exchange.write(as_bytes("never finished"));
  }
  EXPECT_EQ(store->stats()->versions, 0U);
}

TEST(ServiceTest, AnExchangeAnswersOnce) {
  TemporaryStore store;
  rest::Service service(*store);
  rest::Exchange exchange =
      service.begin({.method = "POST", .target = "/Binary", .headers = {kText}});
  exchange.write(as_bytes("x"));
  EXPECT_EQ(exchange.finish().status, 201);
  EXPECT_FALSE(exchange.wants_body());
  exchange.write(as_bytes("y"));
  EXPECT_EQ(exchange.finish().status, 500);
  EXPECT_EQ(store->stats()->versions, 1U);
}

TEST(ServiceTest, BodiesOutliveExchangeAndService) {
  TemporaryStore store;
  const auto info = put(*store, as_bytes("content")).value();
  for (const std::string& target :
       {"/Binary/" + info.id, "/Binary/" + info.id + "?_format=json", std::string("/metadata"),
        std::string("/_history?_count=1"), std::string("/$changes?timeout=0"),
        std::string("/Binary/unknown")}) {
    SCOPED_TRACE(target);
    auto service = std::make_unique<rest::Service>(
        *store, rest::ServiceOptions{.origin = std::string(100, 'o')});
    const std::string wanted = call(*service, "GET", target).body;
    rest::Response response =
        service->begin({.method = "GET", .target = target, .headers = {}}).finish();
    service.reset();
    EXPECT_EQ(read_answer(std::move(response), 3).body, wanted);
    EXPECT_FALSE(wanted.empty());
  }
}

TEST(ServiceTest, EveryAnswerThatLooksAtAcceptSaysSo) {
  TemporaryStore store;
  rest::Service service(*store);
  const auto info = put(*store, as_bytes("content")).value();
  const auto gone = put(*store, as_bytes("gone")).value();
  ASSERT_THAT(store->remove(gone.id), is_ok());
  const std::string head = "/Binary/" + info.id;
  const struct {
    int status;
    std::string target;
    std::vector<rest::Header> headers;
  } cases[] = {
      {200, head, {}},
      {200, head, {{"Accept", kFhirJson}}},
      {200, head + "/_history/1", {}},
      {206, head, {{"Range", "bytes=0-1"}}},
      {304, head, {{"If-None-Match", "W/\"1\""}}},
      {406, head, {{"Accept", "image/png"}}},
      {406, head + "?_format=xml", {}},
      {412, head, {{"If-Match", "W/\"2\""}}},
      {416, head, {{"Range", "bytes=90-"}}},
      {200, head + "/_history", {}},
      {406, head + "/_history", {{"Accept", "text/html"}}},
      {200, "/_history", {}},
      {200, "/metadata", {}},
      {406, "/metadata", {{"Accept", "text/html"}}},
  };
  for (const auto& c : cases) {
    for (const char* const method : {"GET", "HEAD"}) {
      SCOPED_TRACE(method + c.target + std::to_string(c.status));
      const Answer answer = call(service, method, c.target, c.headers);
      if (c.status != 206 && c.status != 416) {  // ranges are for GET alone
        EXPECT_EQ(answer.status, c.status);
      }
      EXPECT_EQ(answer.header("Vary"), "Accept");
      EXPECT_EQ(answer.header("Cache-Control"), "private, no-cache");
      EXPECT_EQ(answer.status == 304, answer.header("Content-Type") == "(none)");
    }
  }
  EXPECT_EQ(call(service, "GET", head, {{"If-None-Match", "W/\"1\""}}).header("ETag"), "W/\"1\"");
  EXPECT_EQ(call(service, "GET", "/Binary/" + gone.id).status, 410);
}

TEST(ServiceTest, AHeadIsAGetWithoutItsBody) {
  TemporaryStore store;
  rest::Service service(*store);
  const auto info = put(*store, as_bytes("content")).value();
  const std::string head = "/Binary/" + info.id;
  for (const std::string& target :
       {head, head + "?_format=json", head + "/_history/1", head + "?_format=xml",
        std::string("/Binary/unknown"), std::string("/metadata"), std::string("/Binary/no_id")}) {
    SCOPED_TRACE(target);
    const Answer got = call(service, "GET", target);
    const Answer asked = call(service, "HEAD", target);
    EXPECT_EQ(asked.body, "");
    EXPECT_EQ(asked.status, got.status);
    EXPECT_EQ(asked.content_length, got.content_length);
    ASSERT_EQ(asked.headers.size(), got.headers.size());
    for (std::size_t i = 0; i < got.headers.size(); ++i) {
      EXPECT_EQ(asked.headers[i].name, got.headers[i].name);
      EXPECT_EQ(asked.headers[i].value, got.headers[i].value);
    }
  }
}

TEST(ServiceTest, MethodsThatAreNotAllowedSayWhichAre) {
  TemporaryStore store;
  rest::Service service(*store);
  for (const char* const target :
       {"/metadata", "/$changes", "/_history", "/Binary", "/Binary/a", "/Binary/a/_history",
        "/Binary/a/_history/1", "/Binary/a/$purge"}) {
    for (const char* const method : {"PATCH", "TRACE", "CONNECT", "get", ""}) {
      const Answer answer = call(service, method, target);
      EXPECT_EQ(answer.status, 405) << method << target;
      EXPECT_EQ(answer.header("Allow"), call(service, "OPTIONS", target).header("Allow"));
      EXPECT_NE(answer.header("Allow"), "(none)");
    }
  }
}

TEST(ServiceTest, OptionsOfTheServerAsAWholeNameEveryMethod) {
  TemporaryStore store;
  rest::Service service(*store, {.base_path = "/fhir"});
  const Answer answer = call(service, "OPTIONS", "*");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("Allow"), "GET, HEAD, POST, PUT, DELETE, OPTIONS");
  EXPECT_EQ(call(service, "GET", "*").status, 400);
}

// RFC 9110 section 8.6 wants this length or none.
TEST(ServiceTest, AnUnchangedBinaryTellsTheLengthThatGetWouldHave) {
  TemporaryStore store;
  rest::Service service(*store);
  for (const std::string_view content : {"", "content"}) {
    const std::string head = "/Binary/" + put(*store, as_bytes(content)).value().id;
    for (const std::string& target : {head, head + "?_format=json", head + "/_history/1",
                                      head + "?_format=json&_summary=true"}) {
      SCOPED_TRACE(target);
      const Answer whole = call(service, "GET", target);
      EXPECT_EQ(whole.status, 200);
      for (const char* const method : {"GET", "HEAD"}) {
        const Answer unchanged =
            call(service, method, target, {{"If-None-Match", "*"}, {"Range", "bytes=0-1"}});
        EXPECT_EQ(unchanged.status, 304);
        EXPECT_EQ(unchanged.content_length, whole.content_length);
        EXPECT_EQ(unchanged.body, "");
      }
    }
  }
}

TEST(ServiceTest, APurgeWithAConditionIsRefusedRatherThanDoneWithoutIt) {
  TemporaryStore store;
  rest::Service service(*store);
  const std::string first = call(service, "POST", "/Binary", {kText}, "one").header("Location");
  const std::string binary = first.substr(0, first.find("/_history"));
  ASSERT_EQ(call(service, "PUT", binary, {kText}, "two").status, 200);
  const std::string target = binary + "/$purge";
  for (const rest::Header& condition :
       {rest::Header{"If-Match", "W/\"1\""}, rest::Header{"If-Match", "W/\"2\""},
        rest::Header{"if-match", "*"}, rest::Header{"If-None-Match", "*"}}) {
    SCOPED_TRACE(condition.name + ": " + condition.value);
    const Answer answer = call(service, "DELETE", target, {condition});
    EXPECT_EQ(answer.status, 412);
    EXPECT_TRUE(answer.body.contains("not-supported"));
  }
  EXPECT_EQ(call(service, "GET", first).status, 200);
  EXPECT_EQ(call(service, "DELETE", target).status, 204);
  EXPECT_EQ(call(service, "GET", first).status, 404);
}

TEST(ServiceTest, HostsThatAreNoneDoNotGetIntoAnswers) {
  TemporaryStore store;
  rest::Service service(*store);
  const auto location = [&](std::string host) {
    return call(service, "POST", "/Binary", {kText, {"Host", std::move(host)}}, "x")
        .header("Location");
  };
  EXPECT_TRUE(location("127.0.0.1:80").starts_with("http://127.0.0.1:80/Binary/"));
  EXPECT_TRUE(location("[::1]:80").starts_with("http://[::1]:80/Binary/"));
  for (const char* const host : {"", "a b", "a/b", "a\r\nX: y", "a\"", "<a>", "u@h", "\xC3\xA4"}) {
    EXPECT_TRUE(location(host).starts_with("/Binary/")) << host;
  }
  EXPECT_TRUE(location(std::string(256, 'a')).starts_with("/Binary/"));
}

TEST(ServiceTest, TargetsBeyondTheLimitAreRefusedUnread) {
  TemporaryStore store;
  rest::Service service(*store);
  EXPECT_EQ(call(service, "GET", "/metadata?" + std::string(8192 - 10, 'x')).status, 200);
  EXPECT_EQ(call(service, "GET", "/metadata?" + std::string(8192 - 9, 'x')).status, 414);
  EXPECT_EQ(call(service, "GET", std::string(std::size_t{64} << 10, '%')).status, 414);
}

TEST(ServiceTest, AWriteThatWasDoneIsNeverAnsweredWithAnError) {
  TemporaryStore store;
  rest::Service service(*store, {.return_representation = true});
  const Answer answer = call(service, "POST", "/Binary", {kText}, "hello");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.content_length, answer.body.size());
  EXPECT_EQ(JsonDocument(answer.body).text("/data"), "aGVsbG8=");
  EXPECT_EQ(call(service, "POST", "/Binary", {kText, {"Prefer", "return=minimal"}}, "x").body, "");
}

TEST(ServiceTest, ManyThreadsShareOneService) {
  TemporaryStore store;
  rest::Service service(*store);
  const auto info = put(*store, as_bytes("content")).value();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        wrong += call(service, "POST", "/Binary", {kText}, "x").status != 201;
        wrong += call(service, "GET", "/Binary/" + info.id).body != "content";
        wrong += call(service, "GET", "/_history").status != 200;
        wrong += call(service, "GET", "/metadata").status != 200;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(store->stats()->versions, 41U);
}

// A store that is damaged or gone must not tell where it lies.
TEST(ServiceTest, ErrorsDoNotNamePathsOfTheMachine) {
  TemporaryStore store;
  rest::Service service(*store);
  const auto info = put(*store, random_bytes(300'000, 1)).value();
  const std::string folder = store.path().parent_path().filename().string();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store.path())) {
    if (entry.is_regular_file() && entry.path().string().contains("volumes")) {
      std::filesystem::resize_file(entry.path(), 100);
    }
  }
  const Answer damaged = call(service, "GET", "/Binary/" + info.id);
  EXPECT_TRUE(damaged.body_failed || damaged.status == 500);
  ASSERT_THAT(store->close(), is_ok());
  for (const Answer& answer :
       {damaged, call(service, "GET", "/Binary/" + info.id), call(service, "GET", "/_history"),
        call(service, "POST", "/Binary", {kText}, "x")}) {
    EXPECT_FALSE(answer.body.contains(folder));
    EXPECT_FALSE(answer.body.contains(".db"));
  }
}

}  // namespace
}  // namespace fhirbin::testing
