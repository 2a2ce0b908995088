#include "engine/rest/http_date.h"

#include <string>

#include <gtest/gtest.h>

namespace fhirbin::rest {
namespace {

using std::chrono::sys_days;
using namespace std::chrono_literals;

const HttpDate kNow = sys_days(2026y / 11 / 25) + 9h;
const HttpDate kExample = sys_days(1994y / 11 / 6) + 8h + 49min + 37s;

TEST(HttpDateTest, ReadsTheThreeFormsThatRecipientsMustAccept) {
  for (const char* const text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                 "Sun Nov  6 08:49:37 1994", "Sun Nov 06 08:49:37 1994"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_http_date(text, kNow), kExample);
  }
}

TEST(HttpDateTest, WritesWhatItReads) {
  EXPECT_EQ(format_http_date(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const HttpDate date :
       {HttpDate{}, kNow, HttpDate(sys_days(0y / 1 / 1)),
        HttpDate(sys_days(9999y / 12 / 31) + 23h + 59min + 59s), HttpDate(sys_days(2024y / 2 / 29)),
        HttpDate(sys_days(1900y / 2 / 28))}) {
    const std::string text = format_http_date(date);
    SCOPED_TRACE(text);
    EXPECT_EQ(text.size(), 29U);
    EXPECT_EQ(parse_http_date(text, kNow), date);
  }
}

TEST(HttpDateTest, CutsTheFractionOfASecondOffInEitherDirection) {
  EXPECT_EQ(to_http_date(Instant(1999ms)), HttpDate(1s));
  EXPECT_EQ(to_http_date(Instant(-1ms)), HttpDate(-1s));
}

TEST(HttpDateTest, YearsOfTwoDigitsAreAtMostFiftyYearsAhead) {
  const struct {
    const char* text;
    std::chrono::year want;
  } cases[] = {{"Wednesday, 25-Nov-26 00:00:00 GMT", 2026y},
               {"Wednesday, 25-Nov-00 00:00:00 GMT", 2000y},
               {"Wednesday, 25-Nov-76 00:00:00 GMT", 2076y},
               {"Wednesday, 25-Nov-77 00:00:00 GMT", 1977y},
               {"Wednesday, 25-Nov-99 00:00:00 GMT", 1999y}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_http_date(c.text, kNow), HttpDate(sys_days(c.want / 11 / 25)));
  }
}

TEST(HttpDateTest, ALeapSecondReadsAsTheSecondThatFollows) {
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", kNow),
            HttpDate(sys_days(2017y / 1 / 1)));
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:61 GMT", kNow), std::nullopt);
}

TEST(HttpDateTest, TakesLeapDaysOnlyWhereThereIsOne) {
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT", kNow),
            HttpDate(sys_days(2024y / 2 / 29)));
  EXPECT_EQ(parse_http_date("Wed, 29 Feb 2023 00:00:00 GMT", kNow), std::nullopt);
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 1900 00:00:00 GMT", kNow), std::nullopt);
}

TEST(HttpDateTest, AnythingElseIsNoDate) {
  for (const char* const text : {"",
                                 "0",
                                 "now",
                                 "Sun",
                                 "Sun,",
                                 "Sun, 06 Nov 1994",
                                 "06 Nov 1994 08:49:37 GMT",
                                 "Sun, 06 Nov 1994 08:49:37",
                                 "Sun, 06 Nov 1994 08:49:37 UTC",
                                 "Sun, 06 Nov 1994 08:49:37 GMT ",
                                 " Sun, 06 Nov 1994 08:49:37 GMT",
                                 "Sun, 6 Nov 1994 08:49:37 GMT",
                                 "Sun, 06 nov 1994 08:49:37 GMT",
                                 "Sun, 06 Nov 94 08:49:37 GMT",
                                 "Sun, 06 Nov 19940 08:49:37 GMT",
                                 "Sun, 00 Nov 1994 08:49:37 GMT",
                                 "Sun, 32 Nov 1994 08:49:37 GMT",
                                 "Sun, 31 Nov 1994 08:49:37 GMT",
                                 "Sun, 06 Nov 1994 24:00:00 GMT",
                                 "Sun, 06 Nov 1994 08:60:37 GMT",
                                 "Sun, 06 Nov 1994 8:49:37 GMT",
                                 "Sun, -6 Nov 1994 08:49:37 GMT",
                                 "Sunday, 06-Nov-1994 08:49:37 GMT",
                                 "Sunday, 06 Nov 1994 08:49:37 GMT",
                                 "Sun Nov   6 08:49:37 1994",
                                 "Sun Nov 6 08:49:37 1994",
                                 "Sun Nov  0 08:49:37 1994",
                                 "Sun Nov  6 08:49:37 1994 GMT",
                                 "Foo, 06 Nov 1994 08:49:37 GMT",
                                 "1994-11-06T08:49:37Z"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_http_date(text, kNow), std::nullopt);
  }
}

}  // namespace
}  // namespace fhirbin::rest
