#include "engine/rest/route.h"

#include <string>

#include <gtest/gtest.h>

namespace fhirbin::rest {
namespace {

std::optional<Route> route_of(std::string_view path, std::string_view base_path = "") {
  return find_route(parse_target(path).value(), base_path);
}

TEST(RouteTest, EveryPlaceHasItsPath) {
  const struct {
    const char* path;
    Place place;
    const char* id;
    const char* version;
  } cases[] = {
      {"/metadata", Place::kMetadata, "", ""},
      {"/$changes?after=1", Place::kChanges, "", ""},
      {"/%24changes", Place::kChanges, "", ""},
      {"/_history", Place::kSystemHistory, "", ""},
      {"/Binary", Place::kType, "", ""},
      {"/Binary/", Place::kType, "", ""},
      {"/Binary/_history", Place::kTypeHistory, "", ""},
      {"/Binary/a.b-1", Place::kInstance, "a.b-1", ""},
      {"/Binary/a/_history", Place::kInstanceHistory, "a", ""},
      {"/Binary/a/_history/7", Place::kVersion, "a", "7"},
      {"/Binary/a/$purge", Place::kPurge, "a", ""},
  };
  for (const char* const base : {"", "/fhir", "/a/b/c", "/v1/projects/p"}) {
    for (const auto& c : cases) {
      SCOPED_TRACE(std::string(base) + c.path);
      const auto route = route_of(std::string(base) + c.path, base);
      ASSERT_TRUE(route);
      EXPECT_EQ(route->place, c.place);
      EXPECT_EQ(route->id, c.id);
      EXPECT_EQ(route->version, c.version);
      EXPECT_EQ(route->base, base);
    }
  }
}

TEST(RouteTest, OtherPathsLeadNowhere) {
  for (const char* const path :
       {"/", "/binary", "/BINARY/a", "/Patient", "/Patient/a", "/metadata/x", "/$changes/x",
        "/_history/1", "/Binary/a/b", "/Binary/a/_history/1/2", "/Binary/a/$other",
        "/Binary/a/$purge/x", "/Binary/_history/1", "/fhir", "/fhir/metadata"}) {
    SCOPED_TRACE(path);
    const auto route = route_of(path);
    // `_history` is no id, so that /Binary/_history/1 is none of ours either.
    EXPECT_FALSE(route);
  }
}

TEST(RouteTest, TheBasePathMustStandWholeInFront) {
  EXPECT_FALSE(route_of("/Binary", "/fhir"));
  EXPECT_FALSE(route_of("/fhirx/Binary", "/fhir"));
  EXPECT_FALSE(route_of("/fhir/Binary", "/fhir/r4"));
  EXPECT_FALSE(route_of("/fhir", "/fhir"));
  EXPECT_TRUE(route_of("/fhir/Binary", "/fhir/"));
  EXPECT_TRUE(route_of("/fhir/Binary", "fhir"));
  EXPECT_TRUE(route_of("/Binary/Binary", "/Binary"));
}

TEST(RouteTest, TheLongFormWorksBesideAnyBasePath) {
  const std::string store = "/projects/p%20q/locations/l/datasets/d/fhirStores/s/fhir";
  for (const char* const version : {"/v1", "/v1beta1"}) {
    for (const char* const base : {"", "/fhir"}) {
      const auto route = route_of(version + store + "/Binary/a/_history/2", base);
      ASSERT_TRUE(route) << version << base;
      EXPECT_EQ(route->place, Place::kVersion);
      EXPECT_EQ(route->base, version + store);
    }
  }
  EXPECT_FALSE(route_of("/v2" + store + "/Binary"));
  EXPECT_FALSE(route_of("/v1/projects/p/locations/l/datasets/d/fhirStores/s/Binary"));
  EXPECT_FALSE(route_of("/v1/projects/p/locations/l/datasets/d/dicomStores/s/fhir/Binary"));
  EXPECT_FALSE(route_of("/v1" + store));
}

TEST(RouteTest, MethodsAreComparedExactly) {
  EXPECT_TRUE(allows(Place::kType, "POST"));
  EXPECT_FALSE(allows(Place::kType, "post"));
  EXPECT_FALSE(allows(Place::kType, "GET"));
  EXPECT_FALSE(allows(Place::kType, ""));
  EXPECT_FALSE(allows(Place::kType, "POST, OPTIONS"));
  EXPECT_FALSE(allows(Place::kInstance, "PATCH"));
  for (const Place place :
       {Place::kMetadata, Place::kChanges, Place::kSystemHistory, Place::kType, Place::kTypeHistory,
        Place::kInstance, Place::kInstanceHistory, Place::kVersion, Place::kPurge}) {
    EXPECT_TRUE(allows(place, "OPTIONS"));
    EXPECT_EQ(allows(place, "GET"), allows(place, "HEAD"));
  }
}

}  // namespace
}  // namespace fhirbin::rest
