#include "engine/rest/target.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace fhirbin::rest {
namespace {

using fhirbin::testing::is_error;
using fhirbin::testing::is_ok;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<std::string> segments_of(std::string_view text) {
  const auto target = parse_target(text);
  EXPECT_THAT(target, is_ok()) << text;
  return target ? target->segments : std::vector<std::string>{"refused"};
}

TEST(TargetTest, TakesPathsApart) {
  EXPECT_THAT(segments_of("/"), IsEmpty());
  EXPECT_THAT(segments_of("/a"), ElementsAre("a"));
  EXPECT_THAT(segments_of("/a/"), ElementsAre("a"));
  EXPECT_THAT(segments_of("/a/b/c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(segments_of("/a?b/c"), ElementsAre("a"));
  EXPECT_THAT(segments_of("/a#b"), ElementsAre("a"));
  EXPECT_THAT(segments_of("/a+b"), ElementsAre("a+b"));
  EXPECT_THAT(segments_of("/..."), ElementsAre("..."));
}

TEST(TargetTest, UndoesPercentEncoding) {
  EXPECT_THAT(segments_of("/%42inary/%24purge"), ElementsAre("Binary", "$purge"));
  EXPECT_THAT(segments_of("/%c3%A4"), ElementsAre("\xC3\xA4"));
  EXPECT_THAT(segments_of("/%2542"), ElementsAre("%42"));  // once only
  EXPECT_THAT(segments_of("/%3f%23"), ElementsAre("?#"));
}

TEST(TargetTest, TakesAbsoluteTargetsAsProxiesSendThem) {
  EXPECT_THAT(segments_of("http://host:80/a/b"), ElementsAre("a", "b"));
  EXPECT_THAT(segments_of("https://host/a"), ElementsAre("a"));
  EXPECT_THAT(segments_of("http://host"), IsEmpty());
  EXPECT_THAT(segments_of("http://host?x=/a"), IsEmpty());
  EXPECT_THAT(segments_of("http://host#/a"), IsEmpty());
}

TEST(TargetTest, RefusesWhatNoClientThatMeansWellSends) {
  for (const std::string& text :
       {""s,        "a"s,         "*"s,       "?a"s,           "ftp://host/a"s, "//host/a"s,
        "/a//b"s,   "/a//"s,      "///"s,     "/."s,           "/.."s,          "/a/../b"s,
        "/a/./b"s,  "/%2e%2E/b"s, "/.%2e"s,   "/%2e"s,         "/a%2fb"s,       "/a%2Fb"s,
        "/a%5cb"s,  "/a\\b"s,     "/a%00"s,   "/a%0d%0aX: y"s, "/a%7f"s,        "/a\0b"s,
        "/a\r\nb"s, "/a\tb"s,     "/a?b=\n"s, "/%"s,           "/%4"s,          "/%zz"s,
        "/%4g"s,    "/%-1"s,      "/a?b=%"s,  "/a?%4=b"s,      "/a?%zz"s}) {
    SCOPED_TRACE(text);
    const auto target = parse_target(text);
    ASSERT_THAT(target, is_error(ErrorCode::kInvalidArgument));
    EXPECT_TRUE(target.error().message.starts_with("the request target "));
  }
}

TEST(TargetTest, KeepsParametersInTheirOrder) {
  const auto target = parse_target("/a?x=1&y&&=z&x=2+3&w=a%20b%26c=d&%78%31=%2B");
  ASSERT_THAT(target, is_ok());
  EXPECT_THAT(target->parameters,
              ElementsAre(Pair("x", "1"), Pair("y", ""), Pair("", "z"), Pair("x", "2 3"),
                          Pair("w", "a b&c=d"), Pair("x1", "+")));
  EXPECT_EQ(target->parameter("x"), "1");
  EXPECT_EQ(target->parameter("y"), "");
  EXPECT_EQ(target->parameter("nothing"), std::nullopt);
}

TEST(TargetTest, LongTargetsAreReadInFull) {
  const std::string segment(std::size_t{64} << 10, 'a');
  EXPECT_THAT(segments_of("/" + segment), ElementsAre(segment));
  std::string deep;
  for (int i = 0; i < 32'768; ++i) {
    deep += "/b";
  }
  EXPECT_EQ(segments_of(deep).size(), 32'768U);
  const auto many = parse_target("/?" + std::string(std::size_t{64} << 10, '&') + "x=1");
  ASSERT_THAT(many, is_ok());
  EXPECT_EQ(many->parameter("x"), "1");
}

TEST(TargetTest, EncodingIsUndoneByReading) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all.push_back(static_cast<char>(byte));
  }
  EXPECT_EQ(encode_query("aZ09-._~:"), "aZ09-._~:");
  EXPECT_EQ(encode_query("\0+ &=%/\xFF"s), "%00%2B%20%26%3D%25%2F%FF");
  const auto target = parse_target("/?v=" + encode_query(all));
  ASSERT_THAT(target, is_ok());
  EXPECT_EQ(target->parameter("v"), all);
}

}  // namespace
}  // namespace fhirbin::rest
