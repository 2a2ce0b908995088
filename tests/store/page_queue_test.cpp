#include "engine/store/page_queue.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace fhirbin::store {
namespace {

using testing::is_error;
using testing::is_ok;

struct Queue {
  std::atomic<unsigned> running = 0;
  WorkShare share{running};
  PageQueue queue{share, 2};

  void push(std::string_view text) {
    auto job = queue.begin(text.size());
    ASSERT_THAT(job, is_ok());
    append_bytes((*job)->raw, as_bytes(text));
    queue.push(*std::move(job));
  }
};

std::string text_of(const PageJob& job) { return std::string(as_text(job.raw)); }

TEST(PageQueueTest, TheWriterGetsChunksInTheirOrderHoweverTheWorkersEnd) {
  Queue q;
  q.push("first");
  q.push("second");
  PageJob* const first = q.queue.take_waiting();
  PageJob* const second = q.queue.take_waiting();
  ASSERT_EQ(text_of(*first), "first");
  ASSERT_EQ(text_of(*second), "second");
  q.queue.set_ready(*second);
  std::thread slow([&] { q.queue.set_ready(*first); });
  for (const char* const want : {"first", "second"}) {
    auto job = q.queue.take_ready();
    ASSERT_TRUE(job && *job != nullptr);
    EXPECT_EQ(text_of(**job), want);
    q.queue.give_back(*std::move(job));
  }
  slow.join();
}

TEST(PageQueueTest, AfterTheLastChunkEverybodyLearnsThatNoMoreComes) {
  Queue q;
  q.push("only");
  q.queue.set_ready(*q.queue.take_waiting());
  std::thread writer([&] {
    auto job = q.queue.take_ready();
    q.queue.give_back(*std::move(job));
    const auto end = q.queue.take_ready();
    EXPECT_TRUE(end && *end == nullptr);
    EXPECT_EQ(q.queue.take_waiting(), nullptr);
    q.queue.set_written();
  });
  EXPECT_THAT(q.queue.finish(), is_ok());
  writer.join();
}

TEST(PageQueueTest, AnUploaderWaitsForRoomButOneChunkAlwaysFits) {
  Queue q;
  const std::string huge(std::size_t{9} << 20, 'x');
  q.push(huge);
  std::atomic<bool> pushed = false;
  std::thread uploader([&] {
    q.push("next");
    pushed = true;
  });
  q.queue.set_ready(*q.queue.take_waiting());
  auto job = q.queue.take_ready();
  EXPECT_FALSE(pushed) << "chunks on their way are not bounded";
  q.queue.give_back(*std::move(job));
  uploader.join();
  EXPECT_EQ(text_of(*q.queue.take_waiting()), "next");
}

TEST(PageQueueTest, EachWorkerHasAMebibyteButAllOfThemTwoToEight) {
  const std::string chunk(std::size_t{1} << 20, 'x');
  for (const auto& [workers, want] : {std::pair{1U, 2}, {2U, 2}, {3U, 3}, {8U, 8}, {64U, 8}}) {
    std::atomic<unsigned> running = 0;
    const WorkShare share(running);
    PageQueue queue(share, workers);
    std::atomic<int> taken = 0;
    std::thread uploader([&] {
      while (auto job = queue.begin(chunk.size())) {
        append_bytes((*job)->raw, as_bytes(chunk));
        queue.push(*std::move(job));
        ++taken;
      }
    });
    while (taken < want) {
      std::this_thread::yield();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(taken, want) << workers;
    queue.stop({.code = ErrorCode::kIo, .message = {}});
    uploader.join();
  }
}

TEST(PageQueueTest, AFailedSyncIsToldWhateverFailedBefore) {
  Queue q;
  q.queue.stop({.code = ErrorCode::kNoSpace, .message = {}});
  q.queue.stop({.code = ErrorCode::kIndeterminate, .message = {}});
  q.queue.stop({.code = ErrorCode::kBusy, .message = {}});
  EXPECT_THAT(q.queue.finish(), is_error(ErrorCode::kIndeterminate));
}

TEST(PageQueueTest, TheFirstErrorStopsEverybodyAndIsTold) {
  Queue q;
  q.push("chunk");
  q.queue.stop({.code = ErrorCode::kNoSpace, .message = "first"});
  q.queue.stop({.code = ErrorCode::kIo, .message = "second"});
  EXPECT_THAT(q.queue.begin(1), is_error(ErrorCode::kNoSpace));
  EXPECT_THAT(q.queue.finish(), is_error(ErrorCode::kNoSpace));
  EXPECT_EQ(q.queue.take_waiting(), nullptr);
  EXPECT_FALSE(q.queue.take_ready().has_value());
}

TEST(PageQueueTest, PipelinesShareWhatOneAloneWouldTake) {
  std::atomic<unsigned> running = 0;
  const WorkShare first(running);
  EXPECT_EQ(first.of(9, 1), 9U);
  {
    const WorkShare second(running);
    const WorkShare third(running);
    EXPECT_EQ(first.of(9, 1), 3U);
    EXPECT_EQ(first.of(9, 4), 4U) << "never below the least";
    EXPECT_EQ(first.of(2, 1), 1U);
  }
  EXPECT_EQ(first.of(9, 1), 9U);
}

}  // namespace
}  // namespace fhirbin::store
