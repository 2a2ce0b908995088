#include <atomic>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "tests/crash/system_calls.h"
#include "tests/support/raw_catalog.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

// Stops in its first write until it may go on.
class WaitingSink final : public Sink {
 public:
  Result<void> write(std::span<const std::byte>) override {
    if (!std::exchange(reached_, true)) {
      begun.set_value();
      go_on.get_future().wait();
    }
    return {};
  }
  Result<void> finish() override { return {}; }

  std::promise<void> begun;
  std::promise<void> go_on;

 private:
  bool reached_ = false;
};

// The collector looks at the pins and then deletes; who pins in between relies on what was live.
TEST(CollectorRaceTest, APinTakenAfterTheCollectorsLookStillCounts) {
  TemporaryStore store;
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 3; ++i) {
    ids.push_back(put(*store, random_bytes(600'000, i))->id);
  }
  // A dead owner's pin: the collector asks for its lock after it has read the list of pins.
  execute_raw(store.path(), "INSERT INTO pin(owner, sequence) VALUES(500, 0)");
  std::promise<void> looked;
  std::promise<void> go_on;
  std::atomic<bool> first = true;
  SystemCalls::before_lock_query = [&] {
    if (first.exchange(false)) {
      looked.set_value();
      go_on.get_future().wait();
    }
  };
  std::jthread collector([&] { EXPECT_THAT(store->collect_garbage(), is_ok()); });
  looked.get_future().wait();
  WaitingSink sink;
  std::jthread exporter([&] {
    const auto report = store->export_ndjson(sink);
    ASSERT_THAT(report, is_ok());
    EXPECT_EQ(report->lines, 3U);
  });
  sink.begun.get_future().wait();
  for (const std::string& id : ids) {
    EXPECT_THAT(remove_and_purge(*store, id), is_ok());
  }
  go_on.set_value();
  collector.join();
  sink.go_on.set_value();
  exporter.join();
  SystemCalls::before_lock_query = nullptr;
}

}  // namespace
}  // namespace fhirbin::testing
