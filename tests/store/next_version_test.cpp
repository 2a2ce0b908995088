#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_clock.h"

namespace fhirbin::testing {
namespace {

TEST(ClockTest, LastUpdatedRisesThoughTheClockStandsStillOrGoesBack) {
  TestClock clock;
  TemporaryStore store({}, {}, with_clock(clock));
  const std::string id = put(*store, as_bytes("0"))->id;
  Instant last = store->head(id)->last_updated;
  EXPECT_EQ(last, kTestInstant);
  const Instant readings[] = {
      kTestInstant, kTestInstant, kTestInstant - std::chrono::hours(24 * 365),
      Instant(std::chrono::milliseconds(-5)), kTestInstant + std::chrono::hours(1)};
  for (const Instant reading : readings) {
    clock.set(reading);
    const auto next = replace(*store, id, as_bytes("x"));
    ASSERT_THAT(next, is_ok());
    EXPECT_GT(next->last_updated, last);
    last = next->last_updated;
  }
  EXPECT_EQ(last, kTestInstant + std::chrono::hours(1));
}

}  // namespace
}  // namespace fhirbin::testing
