#include <chrono>
#include <thread>

#include "tests/conformance/conformance.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::testing {
namespace {

// meta.lastUpdated of versions that are to be told apart must differ by a millisecond.
void wait_a_moment() { std::this_thread::sleep_for(std::chrono::milliseconds(3)); }

// The target of the link of that name in a Bundle, without the base; empty when there is none.
std::string link_of(const JsonDocument& bundle, std::string_view relation, Client& client) {
  for (int i = 0; bundle.has("/link/" + std::to_string(i)); ++i) {
    const std::string link = "/link/" + std::to_string(i);
    if (bundle.text(link + "/relation") == relation) {
      const std::string url = bundle.text(link + "/url").value_or("");
      EXPECT_TRUE(url.starts_with(client.base_url() + "/")) << url;
      return url.substr(std::min(client.base_url().size(), url.size()));
    }
  }
  return {};
}

// meta.versionId of each entry in turn, "-" for a deletion.
std::string versions_of(const JsonDocument& bundle) {
  std::string versions;
  for (int i = 0; bundle.has("/entry/" + std::to_string(i)); ++i) {
    versions +=
        bundle.text("/entry/" + std::to_string(i) + "/resource/meta/versionId").value_or("-");
  }
  return versions;
}

TEST_P(ConformanceAnyVersion, D01_ADeletionIsAVersionAndFormerOnesStay) {
  const std::string id = create("one");
  remove(id);
  EXPECT_EQ(get("/Binary/" + id).status, 410);
  EXPECT_EQ(get("/Binary/" + id + "/_history/1").body, "one");
  EXPECT_EQ(total(), "2");
}

TEST_P(ConformanceAnyVersion, D02_DeletingWhatIsNotThereSucceedsAndChangesNothing) {
  const std::string id = create("one");
  remove(id);
  remove(id);
  remove("nobody");
  EXPECT_EQ(total(), "2");
  EXPECT_EQ(get("/Binary/nobody").status, 404);
}

TEST_P(ConformanceAnyVersion, D03_ADeletionHasAnEtagOfItsOwn) {
  const std::string id = create("one");
  const Reply reply = send("DELETE", "/Binary/" + id);
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.header("ETag"), "W/\"2\"");
  EXPECT_FALSE(send("DELETE", "/Binary/" + id).header("ETag"));
}

TEST_P(ConformanceAnyVersion, D03_ADeletionHonoursIfMatch) {
  const std::string id = create("one");
  const std::string target = "/Binary/" + id;
  const int status = is_before(FhirVersion::kR4) ? 409 : 412;
  expect_refused_write(send("DELETE", target, {{"If-Match", "W/\"2\""}}), status, "conflict");
  EXPECT_EQ(send("DELETE", target, {{"If-Match", "W/\"1\""}}).status, 204);
}

TEST_P(ConformanceAnyVersion, D04_HistoryIsNewestFirstWithDeletions) {
  const std::string id = create("one");
  create("of another Binary");
  EXPECT_EQ(update(id, "two"), "2");
  remove(id);
  EXPECT_EQ(update(id, "four"), "4");
  const JsonDocument bundle = resource("/Binary/" + id + "/_history");
  EXPECT_EQ(bundle.text("/type"), "history");
  EXPECT_EQ(bundle.json("/total"), "4");
  EXPECT_EQ(versions_of(bundle), "4-21");
  EXPECT_EQ(link_of(bundle, "self", client()), "/Binary/" + id + "/_history");
  EXPECT_EQ(link_of(bundle, "next", client()), "");
}

TEST_P(ConformanceAnyVersion, D04_HistoryOfTheTypeAndOfTheSystemHoldAll) {
  const std::string first = create("one");
  const std::string second = create("two");
  for (const char* target : {"/Binary/_history", "/_history"}) {
    const JsonDocument bundle = resource(target);
    EXPECT_EQ(bundle.json("/total"), "2");
    EXPECT_EQ(bundle.text("/entry/0/resource/id"), second);
    EXPECT_EQ(bundle.text("/entry/1/resource/id"), first);
    EXPECT_EQ(link_of(bundle, "self", client()), target);
  }
}

TEST_P(ConformanceAnyVersion, D04_CountPagesTheHistoryByItsNextLinks) {
  const std::string id = create("1");
  for (const char* content : {"2", "3", "4", "5"}) {
    update(id, content);
  }
  std::string target = "/Binary/" + id + "/_history?_count=2";
  std::string versions;
  for (int page = 0; page < 9 && !target.empty(); ++page) {
    const JsonDocument bundle = resource(target);
    EXPECT_EQ(bundle.json("/total"), "5");
    EXPECT_EQ(link_of(bundle, "self", client()), target);
    versions += versions_of(bundle) + " ";
    target = link_of(bundle, "next", client());
  }
  EXPECT_EQ(versions, "54 32 1 ");
}

TEST_P(ConformanceAnyVersion, D04_SinceAndAtSelectByTime) {
  const std::string id = create("one");
  const std::string first = last_updated(id);
  wait_a_moment();
  update(id, "two");
  const std::string second = last_updated(id);
  wait_a_moment();
  update(id, "three");
  const std::string history = "/Binary/" + id + "/_history";
  EXPECT_EQ(versions_of(resource(history + "?_since=" + second)), "32");
  EXPECT_EQ(versions_of(resource(history + "?_at=" + second)), "2");
  EXPECT_EQ(versions_of(resource(history + "?_at=" + first)), "1");
  EXPECT_EQ(versions_of(resource(history + "?_at=" + first.substr(0, 4))), "321");
  EXPECT_EQ(versions_of(resource(history + "?_at=2001")), "");
}

TEST_P(ConformanceAnyVersion, D04_AMalformedParameterIs400) {
  const std::string id = create("one");
  for (const char* query : {"_count=x", "_count=-1", "_count=", "_since=today", "_at=2026-13-01",
                            "_page_token=nonsense"}) {
    SCOPED_TRACE(query);
    expect_error(get("/Binary/" + id + "/_history?" + query), 400, "value");
  }
}

TEST_P(Conformance, D05_AnEntryOfADeletionHasNoResource) {
  const std::string id = create("one");
  remove(id);
  const JsonDocument bundle = resource("/Binary/" + id + "/_history");
  EXPECT_FALSE(bundle.has("/entry/0/resource"));
  EXPECT_EQ(bundle.text("/entry/0/request/method"), "DELETE");
  EXPECT_EQ(bundle.text("/entry/0/request/url"), "Binary/" + id);
  EXPECT_EQ(bundle.text("/entry/0/fullUrl"), client().base_url() + "/Binary/" + id);
}

TEST_P(ConformanceBeforeR4, D05_AnEntryHasARequestAndNoResponse) {
  const JsonDocument bundle = resource("/Binary/" + create("one") + "/_history");
  EXPECT_EQ(bundle.text("/entry/0/request/method"), "POST");
  EXPECT_EQ(bundle.text("/entry/0/request/url"), "Binary");
  EXPECT_FALSE(bundle.has("/entry/0/response"));
}

TEST_P(ConformanceFromR4, D05_AnEntryHasARequestAndAResponse) {
  const std::string id = create("one");
  update(id, "two");
  const JsonDocument bundle = resource("/Binary/" + id + "/_history");
  EXPECT_EQ(bundle.text("/entry/0/request/method"), "PUT");
  EXPECT_EQ(bundle.text("/entry/0/response/status"), "200 OK");
  EXPECT_EQ(bundle.text("/entry/0/response/etag"), "W/\"2\"");
  EXPECT_EQ(bundle.text("/entry/0/response/lastModified"),
            bundle.text("/entry/0/resource/meta/lastUpdated"));
  EXPECT_EQ(bundle.text("/entry/1/request/method"), "POST");
  EXPECT_EQ(bundle.text("/entry/1/response/status"), "201 Created");
}

TEST_P(ConformanceAnyVersion, D06_HistoryThatIsNotKeptIs404) {
  use({.store = {.keep_history = false}});
  const std::string id = create("one");
  for (const std::string& target :
       {"/Binary/" + id + "/_history", std::string("/Binary/_history"), std::string("/_history")}) {
    expect_error(get(target), 404, "not-supported");
  }
}

TEST_P(ConformanceAnyVersion, D07_WithoutHistoryAnUpdateReplacesTheFormerVersion) {
  use({.store = {.keep_history = false}});
  const std::string id = create("one");
  EXPECT_EQ(update(id, "two"), "2");
  EXPECT_EQ(get("/Binary/" + id).body, "two");
  EXPECT_EQ(get("/Binary/" + id + "/_history/2").body, "two");
  expect_error(get("/Binary/" + id + "/_history/1"), 404, "not-found");
  EXPECT_FALSE(get("/metadata").body.contains("history-instance"));
}

TEST_P(ConformanceAnyVersion, D08_PurgeRemovesAllButTheCurrentVersion) {
  const std::string id = create("one");
  update(id, "two");
  update(id, "three");
  EXPECT_EQ(send("DELETE", "/Binary/" + id + "/$purge").status, 204);
  EXPECT_EQ(get("/Binary/" + id).body, "three");
  EXPECT_EQ(versions_of(resource("/Binary/" + id + "/_history")), "3");
  expect_error(get("/Binary/" + id + "/_history/1"), 404, "not-found");
  EXPECT_EQ(update(id, "four"), "4");
}

TEST_P(ConformanceAnyVersion, D08_DeleteAndThenPurgeRemovesEverything) {
  const std::string id = create("one");
  remove(id);
  EXPECT_EQ(send("DELETE", "/Binary/" + id + "/$purge").status, 204);
  EXPECT_EQ(get("/Binary/" + id).status, 410);
  EXPECT_EQ(get("/Binary/" + id + "/_history/1").status, 404);
  EXPECT_EQ(versions_of(resource("/Binary/" + id + "/_history")), "-");
  EXPECT_EQ(send("DELETE", "/Binary/nobody/$purge").status, 404);
}

TEST_P(ConformanceAnyVersion, D09_PastVersionsCannotBeChangedOrDeleted) {
  const std::string id = create("one");
  update(id, "two");
  const std::string target = "/Binary/" + id + "/_history/1";
  const Headers headers = content_type("text/plain");
  for (const char* method : {"PUT", "POST", "PATCH"}) {
    expect_refused_write(send(method, target, headers, "other"), 405, "not-supported");
  }
  expect_refused_write(send("DELETE", target), 405, "not-supported");
  expect_refused_write(send("DELETE", "/Binary/" + id + "/_history"), 405, "not-supported");
  EXPECT_EQ(get(target).body, "one");
}

TEST_P(ConformanceAnyVersion, D10_APurgeLeavesBytesThatOthersShare) {
  const std::string bytes(as_text(random_bytes(300'000, 1)));
  const std::string id = create(bytes, "image/png");
  const std::string other = create(bytes, "image/png");
  update(id, "no longer the same");
  EXPECT_EQ(send("DELETE", "/Binary/" + id + "/$purge").status, 204);
  EXPECT_TRUE(get("/Binary/" + other).body == bytes);
}

TEST_P(ConformanceAnyVersion, D11_HistoryLeavesOutThePayloadOfEveryLargeVersion) {
  const std::string large(10'485'761, '\0');
  const std::string id = create(large, "image/png");
  update(id, large, "image/png");
  update(id, "small");
  const JsonDocument bundle = resource("/Binary/" + id + "/_history");
  EXPECT_TRUE(bundle.has("/entry/0/resource/" + payload()));
  for (const char* entry : {"/entry/1/resource/", "/entry/2/resource/"}) {
    EXPECT_FALSE(bundle.has(entry + payload()));
    EXPECT_EQ(bundle.text(std::string(entry) + "_" + payload() + "/extension/0/valueCode"),
              "unsupported");
  }
}

TEST_P(ConformanceAnyVersion, D12_ThereIsNoBulkImport) {
  for (const char* target : {"/$import", "/Binary/$import", "/:import"}) {
    const Reply reply = send("POST", target, content_type("application/fhir+json"), "{}");
    EXPECT_TRUE(reply.status == 404 || reply.status == 405) << target << ": " << reply.status;
  }
  EXPECT_EQ(total(), "0");
}

}  // namespace
}  // namespace fhirbin::testing
