#include "tools/http/http_gate.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fhirbin::tool {
namespace {

int status_of(const HttpGate& gate, std::vector<rest::Header> headers, std::string method = "GET") {
  const auto refusal = gate.refuse(
      {.method = std::move(method), .target = "/Binary/a", .headers = std::move(headers)});
  return refusal ? refusal->status : 0;
}

TEST(HttpGateTest, OnlyAddressesAndTheNameOfTheLoopbackAreItsNames) {
  for (const char* const host : {"localhost", "LocalHost", "localhost:80", "127.0.0.1",
                                 "127.0.0.1:8080", "127.255.255.254", "[::1]", "[::1]:8080"}) {
    EXPECT_TRUE(is_loopback_name(host)) << host;
  }
  // Names that begin like an address can be registered by anybody, and made to lead here.
  for (const char* const host : {"",
                                 ":80",
                                 "127.0.0.1.example.org",
                                 "127.example.org",
                                 "127.0.0.1.nip.io:80",
                                 "127.",
                                 "127.0.0.1:80.example.org",
                                 "128.0.0.1",
                                 "0.0.0.0",
                                 "localhost.example.org",
                                 "localhostx",
                                 "xlocalhost",
                                 "[::1].example.org",
                                 "[::1",
                                 "::1",
                                 "[::2]",
                                 "[::1]x:80",
                                 "example.org",
                                 "localhost:80:80",
                                 "127.0.0.1@example.org",
                                 "0177.0.0.1",
                                 "2130706433"}) {
    EXPECT_FALSE(is_loopback_name(host)) << host;
  }
}

TEST(HttpGateTest, AnswersUnderNamesOfTheLoopbackOnly) {
  const HttpGate gate({});
  EXPECT_EQ(status_of(gate, {{"Host", "127.0.0.1:80"}}), 0);
  EXPECT_EQ(status_of(gate, {{"host", "127.evil.example:80"}}), 403);
  HttpGate::Options open;
  open.loopback_names_only = false;
  EXPECT_EQ(status_of(HttpGate(open), {{"Host", "example.org"}}), 0);
}

// What libmicrohttpd makes of blanks before the colon and of values over two lines.
TEST(HttpGateTest, FieldsThatAreNotWellFormedAreRefused) {
  const HttpGate gate({});
  for (const char* const name : {"Content-Length ", "Content-Length6", "Transfer-Encoding\t",
                                 "transfer-encodingchunked", "If-MatchW/\"1\"", "Bad Name", ""}) {
    EXPECT_EQ(status_of(gate, {{name, "5"}}), 400) << name;
  }
  for (const char* const name :
       {"Content-Length", "X-Filler", "Accept-Encoding", "!#$%&'*+-.^_`|~"}) {
    EXPECT_EQ(status_of(gate, {{name, "5"}}), 0) << name;
  }
  EXPECT_EQ(status_of(gate, {{"X-Filler", "a\rb"}}), 400);
  EXPECT_EQ(status_of(gate, {{"Transfer-Encoding", "chunked "}}), 400);
  EXPECT_EQ(status_of(gate, {{"Transfer-Encoding", "Chunked"}}), 0);
}

TEST(HttpGateTest, WebPagesNeedToBeAllowed) {
  const HttpGate gate({});
  for (const char* const origin : {"http://evil.example", "null", "http://localhost:3000", ""}) {
    EXPECT_EQ(status_of(gate, {{"Origin", origin}}, "POST"), 403) << origin;
    EXPECT_EQ(
        status_of(gate, {{"Origin", origin}, {"Access-Control-Request-Method", "PUT"}}, "OPTIONS"),
        403);
  }
  HttpGate::Options options;
  options.allowed_origin = "http://localhost:3000";
  const HttpGate allowing(options);
  EXPECT_EQ(status_of(allowing, {{"Origin", "http://localhost:3000"}}, "POST"), 0);
  EXPECT_EQ(status_of(allowing, {{"Origin", "http://localhost:3001"}}, "POST"), 403);
  EXPECT_EQ(
      status_of(allowing,
                {{"Origin", "http://localhost:3000"}, {"Access-Control-Request-Method", "PUT"}},
                "OPTIONS"),
      204);
  EXPECT_EQ(status_of(allowing, {{"Origin", "http://localhost:3000"}}, "OPTIONS"), 0);
}

// Images and scripts are loaded without an Origin, and tell a page their size or whether they are
// there.
TEST(HttpGateTest, ForeignPagesCannotLoadContentIn) {
  const HttpGate gate({});
  const auto loading = [&gate](const char* site, const char* mode) {
    return status_of(gate, {{"Sec-Fetch-Site", site}, {"Sec-Fetch-Mode", mode}});
  };
  EXPECT_EQ(loading("cross-site", "no-cors"), 403);
  EXPECT_EQ(loading("same-site", "no-cors"), 403);
  EXPECT_EQ(loading("cross-site", "navigate"), 0);  // a link that somebody follows
  EXPECT_EQ(loading("none", "navigate"), 0);        // typed in
  EXPECT_EQ(loading("same-origin", "cors"), 0);
  EXPECT_EQ(status_of(gate, {{"Sec-Fetch-Site", "cross-site"}}), 403);
  HttpGate::Options options;
  options.allowed_origin = "http://app.example";
  EXPECT_EQ(status_of(HttpGate(options),
                      {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "no-cors"}}),
            0);
}

TEST(HttpGateTest, WantsTheWholeToken) {
  HttpGate::Options options;
  options.token = "secret";
  const HttpGate gate(options);
  EXPECT_EQ(status_of(gate, {{"Authorization", "Bearer secret"}}), 0);
  EXPECT_EQ(status_of(gate, {{"authorization", "bearer secret"}}), 0);
  for (const char* const value :
       {"", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets", "Bearer Secret",
        "Bearer  secret", "Basic secret", "secret", "Bearer secretsecret"}) {
    EXPECT_EQ(status_of(gate, {{"Authorization", value}}), 401) << value;
  }
  EXPECT_EQ(status_of(gate, {}), 401);
}

}  // namespace
}  // namespace fhirbin::tool
