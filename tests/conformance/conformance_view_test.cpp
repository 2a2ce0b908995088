#include "tests/conformance/conformance.h"

namespace fhirbin::testing {
namespace {

constexpr std::size_t kLimit = 10'485'760;  // 10 MB: the largest payload that views carry

const std::string& large() {
  static const std::string kBytes(kLimit + 1, '\0');
  return kBytes;
}

std::vector<std::string> notifications(const Reply& reply) {
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.header("Content-Type"), "application/x-ndjson");
  return lines_of(reply.body);
}

TEST_P(Conformance, E01_AboveTenMegabytesHistoryAndNotificationsLeaveThePayloadOut) {
  const std::string id = create(large(), "image/png");
  const JsonDocument bundle = resource("/Binary/" + id + "/_history");
  const auto lines = notifications(get("/$changes?after=0"));
  ASSERT_EQ(lines.size(), 1U);
  const JsonDocument notification(lines[0]);
  EXPECT_EQ(notification.text("/attributes/payloadType"), "FullResource");
  const std::string reason =
      R"({"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason",)"
      R"("valueCode":"unsupported"}]})";
  for (const std::string& binary :
       {bundle.json("/entry/0/resource"), notification.json("/resource")}) {
    const JsonDocument document(binary);
    EXPECT_EQ(document.text("/id"), id);
    EXPECT_FALSE(document.has("/" + payload()));
    EXPECT_EQ(document.json("/_" + payload()), reason);
    EXPECT_FALSE(document.has("/extension"));
  }
}

TEST_P(ConformanceAnyVersion, E02_ExactlyTenMegabytesStayInHistoryAndNotifications) {
  const std::string id = create(std::string(kLimit, '\0'), "image/png");
  const JsonDocument bundle = resource("/Binary/" + id + "/_history");
  const auto lines = notifications(get("/$changes?after=0"));
  ASSERT_EQ(lines.size(), 1U);
  const std::size_t encoded_size = (kLimit + 2) / 3 * 4;
  EXPECT_EQ(bundle.text("/entry/0/resource/" + payload()).value_or("").size(), encoded_size);
  EXPECT_EQ(JsonDocument(lines[0]).text("/resource/" + payload()).value_or("").size(),
            encoded_size);
}

TEST_P(ConformanceAnyVersion, E03_ReadAndVersionReadGiveEverything) {
  const std::string id = create(large(), "image/png");
  EXPECT_TRUE(get("/Binary/" + id).body == large());
  const JsonDocument binary = resource("/Binary/" + id + "/_history/1");
  EXPECT_EQ(binary.text("/" + payload()).value_or("").size(), (large().size() + 2) / 3 * 4);
  EXPECT_FALSE(binary.has("/_" + payload()));
}

TEST_P(ConformanceAnyVersion, E04_EverythingElseIsUnchangedInAView) {
  const Reply created =
      post(large(), {{"Content-Type", "image/x-large; a=b"}, {"X-Security-Context", "Patient/17"}});
  const std::string id = id_of(created);
  const JsonDocument summary = resource("/Binary/" + id + "?_summary=true");
  const JsonDocument bundle = resource("/Binary/" + id + "/_history");
  EXPECT_EQ(bundle.text("/entry/0/resource/contentType"), "image/x-large; a=b");
  EXPECT_EQ(bundle.text("/entry/0/resource/securityContext/reference"),
            has_security_context() ? std::optional<std::string>("Patient/17") : std::nullopt);
  for (const char* member : {"/meta/versionId", "/meta/lastUpdated"}) {
    EXPECT_EQ(bundle.text(std::string("/entry/0/resource") + member), summary.text(member));
  }
}

TEST_P(ConformanceAnyVersion, E05_TheReasonIsUnsupportedInEveryVersion) {
  const std::string id = create(large(), "image/png");
  const JsonDocument bundle = resource("/Binary/" + id + "/_history");
  EXPECT_EQ(bundle.text("/entry/0/resource/_" + payload() + "/extension/0/valueCode"),
            "unsupported");
}

TEST_P(ConformanceAnyVersion, E06_AViewHasNoExtrasByDefault) {
  const std::string id = create(large(), "image/png");
  const JsonDocument bundle = resource("/Binary/" + id + "/_history");
  const std::vector<std::string> members = {"resourceType", "id", "meta", "contentType",
                                            "_" + payload()};
  EXPECT_EQ(bundle.names("/entry/0/resource"), members);
  const std::vector<std::string> meta = {"versionId", "lastUpdated"};
  EXPECT_EQ(bundle.names("/entry/0/resource/meta"), meta);
}

TEST_P(ConformanceAnyVersion, E07_ANotificationTellsWhatHappened) {
  const std::string id = create("one");
  update(id, "two");
  remove(id);
  const auto lines = notifications(get("/$changes?after=0"));
  ASSERT_EQ(lines.size(), 3U);
  const char* actions[] = {"CreateResource", "UpdateResource", "DeleteResource"};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const JsonDocument notification(lines[i]);
    EXPECT_EQ(notification.text("/attributes/action"), actions[i]);
    EXPECT_EQ(notification.text("/attributes/resourceType"), "Binary");
    EXPECT_TRUE(notification.has("/attributes/lastUpdatedTime"));
    EXPECT_TRUE(notification.has("/attributes/storeName"));
    EXPECT_EQ(notification.text("/attributes/payloadType"), i < 2 ? "FullResource" : "NameOnly");
    EXPECT_EQ(notification.has("/resource"), i < 2);
  }
  EXPECT_EQ(JsonDocument(lines[1]).text("/resource/" + payload()), "dHdv");
}

TEST_P(ConformanceAnyVersion, E07_NotificationsMayNameTheResourceOnly) {
  create("one");
  const auto lines = notifications(get("/$changes?after=0&payload=name"));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(JsonDocument(lines[0]).text("/attributes/payloadType"), "NameOnly");
  EXPECT_FALSE(JsonDocument(lines[0]).has("/resource"));
}

TEST_P(ConformanceAnyVersion, E07_NotificationsGoOnFromASequence) {
  create("one");
  const Reply first = get("/$changes?after=0&_count=1");
  const std::string sequence = first.header("X-Last-Sequence").value_or("");
  EXPECT_EQ(notifications(get("/$changes?timeout=0&after=" + sequence)).size(), 0U);
  create("two");
  EXPECT_EQ(notifications(get("/$changes?after=" + sequence)).size(), 1U);
  expect_error(get("/$changes?after=x"), 400, "value");
  expect_error(get("/$changes?payload=all"), 400, "value");
}

TEST_P(ConformanceInProcess, E08_TheLimitIsASetting) {
  use_in_process({.view = {.inline_limit_bytes = 4}});
  const std::string four = create("four");
  const std::string five = create("fives");
  EXPECT_TRUE(resource("/Binary/" + four + "/_history").has("/entry/0/resource/" + payload()));
  EXPECT_FALSE(resource("/Binary/" + five + "/_history").has("/entry/0/resource/" + payload()));
  const auto lines = notifications(get("/$changes?after=0"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(JsonDocument(lines[0]).has("/resource/" + payload()));
  EXPECT_FALSE(JsonDocument(lines[1]).has("/resource/" + payload()));
}

TEST_P(ConformanceAnyVersion, E09_PagesOfAHistoryShowOneMoment) {
  const std::string id = create("one");
  update(id, "two");
  const std::string target = "/Binary/" + id + "/_history?_count=1";
  const JsonDocument first = resource(target);
  EXPECT_EQ(first.text("/entry/0/resource/meta/versionId"), "2");
  const std::string next = first.text("/link/1/url").value_or("");
  update(id, "three");
  ASSERT_TRUE(next.starts_with(client().base_url()));
  const JsonDocument second = resource(next.substr(client().base_url().size()));
  EXPECT_EQ(second.text("/entry/0/resource/meta/versionId"), "1");
  EXPECT_FALSE(second.has("/entry/1"));
}

}  // namespace
}  // namespace fhirbin::testing
