#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "engine/util/try.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

// Whose content follows from its seed, so that a reader can tell every byte.
struct Known {
  std::string id;
  std::size_t size_bytes = 0;
  std::uint64_t seed = 0;
};

class KnownBinaries {
 public:
  void add(Known known) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(known));
  }
  std::optional<Known> any(std::uint64_t choice) {
    const std::lock_guard lock(mutex_);
    return all_.empty() ? std::nullopt : std::optional(all_[choice % all_.size()]);
  }
  std::optional<Known> take_any(std::uint64_t choice) {
    const std::lock_guard lock(mutex_);
    if (all_.size() < 8) {
      return std::nullopt;
    }
    const std::size_t at = choice % all_.size();
    Known known = std::move(all_[at]);
    all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(at));
    return known;
  }
  std::vector<Known> all() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::vector<Known> all_;
};

// Chunks of several blocks, which ranges are read of by part.
store::Environment chunks_of_blocks() {
  store::Environment environment = small_volumes(1'000'000);
  environment.cutter = {
      .min_bytes = 64U << 10, .average_bytes = 64U << 10, .max_bytes = 256U << 10};
  return environment;
}

// The bytes from `offset` on, at most `length`.
Result<ByteVector> read_range(Store& store, const std::string& id, std::uint64_t offset,
                              std::size_t length) {
  FHIRBIN_TRY_ASSIGN(Reader reader, store.open_reader(id));
  ByteVector bytes(length);
  FHIRBIN_TRY_ASSIGN(const std::size_t copied, reader.read_at(offset, bytes));
  bytes.resize(copied);
  return bytes;
}

class ConcurrencyTest : public ::testing::TestWithParam<store::Environment (*)()> {};

INSTANTIATE_TEST_SUITE_P(Chunks, ConcurrencyTest,
                         ::testing::Values(
                             +[] { return small_chunks(1'000'000); }, &chunks_of_blocks),
                         [](const auto& instance) {
                           return instance.index == 0 ? "Small" : "OfBlocks";
                         });

TEST_P(ConcurrencyTest, WritersReadersPurgesAndCollectionsLeaveEveryByteRight) {
  TemporaryStore store({}, {.busy_timeout_ms = 60'000}, GetParam()());
  KnownBinaries known;
  std::atomic<std::uint64_t> seeds = 1;
  std::atomic<int> wrong = 0;
  std::atomic<int> reads = 0;
  std::atomic<bool> stop = false;
  std::mutex failures_mutex;
  std::vector<std::string> failures;
  const auto expect = [&](const auto& result, std::initializer_list<ErrorCode> allowed) {
    if (!result && std::ranges::find(allowed, result.error().code) == allowed.end()) {
      const std::lock_guard lock(failures_mutex);
      failures.push_back(std::string(error_name(result.error().code)) + ": " +
                         result.error().message);
    }
    return result.has_value();
  };
  const auto write = [&] {
    while (!stop) {
      const std::uint64_t seed = seeds++;
      const std::size_t size = seed % 3 == 0 ? 300'000 : 2'000;
      // Every fourth repeats earlier content, so that chunks are shared while others are freed.
      const std::uint64_t content = seed % 4 == 0 ? seed / 4 : seed;
      const auto info = put(*store, random_bytes(size, content));
      if (expect(info, {})) {
        known.add({.id = info->id, .size_bytes = size, .seed = content});
      }
    }
  };
  const auto read = [&](std::uint64_t choice) {
    while (!stop) {
      const auto one = known.any(choice += 7);
      if (!one) {
        std::this_thread::yield();
        continue;
      }
      const std::uint64_t offset = choice % 2 == 0 ? 0 : choice * 7919 % one->size_bytes;
      const auto bytes =
          offset == 0 ? read_all(*store, one->id) : read_range(*store, one->id, offset, 20'000);
      const std::size_t length =
          offset == 0 ? one->size_bytes : std::min(one->size_bytes - offset, std::size_t{20'000});
      const ByteVector whole = random_bytes(one->size_bytes, one->seed);
      if (expect(bytes, {ErrorCode::kGone}) &&
          !equal_bytes(*bytes, ByteSpan(whole).subspan(offset, length))) {
        ++wrong;
      }
      ++reads;
    }
  };
  const auto forget = [&](std::uint64_t choice) {
    while (!stop) {
      if (const auto one = known.take_any(choice += 3)) {
        expect(store->remove(one->id), {});
        expect(store->purge_history(one->id), {});
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  };
  const auto care = [&] {
    while (!stop) {
      expect(store->collect_garbage(), {});
      std::string text;
      const auto sink = string_sink(text);
      expect(store->export_ndjson(*sink), {});
    }
  };
  {
    std::vector<std::jthread> threads;
    threads.emplace_back(write);
    threads.emplace_back(write);
    threads.emplace_back(read, 1);
    threads.emplace_back(read, 2);
    threads.emplace_back(forget, 5);
    threads.emplace_back(care);
    std::this_thread::sleep_for(std::chrono::seconds(3));
    stop = true;
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(reads, 0);
  EXPECT_EQ(failures, std::vector<std::string>());
  store.reopen();
  for (const Known& one : known.all()) {
    const auto bytes = read_all(*store, one.id);
    ASSERT_THAT(bytes, is_ok());
    EXPECT_TRUE(equal_bytes(*bytes, random_bytes(one.size_bytes, one.seed)));
  }
  const auto report = store->verify();
  ASSERT_THAT(report, is_ok());
  EXPECT_TRUE(report->complete);
  EXPECT_EQ(report->damage_count, 0U) << report->damages.front().what;
}

TEST(OneWinnerTest, EachVersionHasExactlyOneWinner) {
  TemporaryStore store({}, {.busy_timeout_ms = 60'000});
  const std::string id = put(*store, as_bytes("0"))->id;
  constexpr std::uint64_t kVersions = 100;
  std::atomic<std::uint64_t> wins = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        while (true) {
          const std::uint64_t current = store->head(id)->version;
          if (current >= kVersions) {
            return;
          }
          const auto next = replace(*store, id, as_bytes("x"), {.if_match = current});
          wins += next && next->version == current + 1 ? 1 : 0;
        }
      });
    }
  }
  const std::uint64_t versions = store->head(id)->version;
  EXPECT_EQ(wins, versions - 1);
  EXPECT_EQ(store->history(id)->total, versions);
}

}  // namespace
}  // namespace fhirbin::testing
