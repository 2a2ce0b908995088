#include <array>
#include <map>
#include <random>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/crash/child_process.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

// What a child acknowledged: small enough for one write to the pipe.
struct Acknowledgement {
  std::array<char, 36> id{};
  std::uint64_t version = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t seed = 0;
};

std::string id_of(const Acknowledgement& acknowledgement) {
  return {acknowledgement.id.data(), acknowledgement.id.size()};
}

// Creates, updates, deletes, purges and collects until it is killed; tells of each version that it
// made.
int write_for_ever(const std::filesystem::path& path, int pipe, std::uint64_t seed) {
  auto store = Store::Impl::open(path, {}, store::system_environment());
  if (!store) {
    return 1;
  }
  std::mt19937_64 random(seed);
  std::string last;
  while (true) {
    const std::size_t size = random() % 3 == 0 ? 400'000 + random() % 900'000 : random() % 3000;
    const std::uint64_t content = random();
    const ByteVector bytes = random_bytes(size, content);
    const auto info =
        !last.empty() && random() % 2 == 0 ? replace(*store, last, bytes) : put(*store, bytes);
    if (!info) {
      return 2;
    }
    last = info->id;
    Acknowledgement told{.id = {}, .version = info->version, .size_bytes = size, .seed = content};
    std::ranges::copy(info->id, told.id.begin());
    if (::write(pipe, &told, sizeof told) != sizeof told) {
      return 3;
    }
    if (random() % 8 == 0 && !store->collect_garbage()) {
      return 4;
    }
  }
}

std::vector<Acknowledgement> drain(int pipe) {
  std::vector<Acknowledgement> all;
  Acknowledgement one;
  pollfd waiting{.fd = pipe, .events = POLLIN, .revents = 0};
  while (::poll(&waiting, 1, 0) == 1 && ::read(pipe, &one, sizeof one) == sizeof one) {
    all.push_back(one);
  }
  return all;
}

TEST(KillTest, WhatWasAcknowledgedSurvivesKillingTheProcessAnywhere) {
  TemporaryStore store;
  const std::filesystem::path path = store.path();
  store.close();
  std::mt19937_64 random(4);
  std::map<std::pair<std::string, std::uint64_t>, Acknowledgement> acknowledged;
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    int pipe[2] = {};
    ASSERT_EQ(::pipe(pipe), 0);
    {
      ChildProcess child([&] { return write_for_ever(path, pipe[1], random()); });
      std::this_thread::sleep_for(std::chrono::milliseconds(10 + random() % 60));
      child.kill();
    }
    ::close(pipe[1]);
    for (const Acknowledgement& one : drain(pipe[0])) {
      acknowledged[{id_of(one), one.version}] = one;
    }
    ::close(pipe[0]);
    auto reopened = Store::open(path);
    ASSERT_THAT(reopened, is_ok());
    const auto report = reopened->verify();
    ASSERT_THAT(report, is_ok());
    ASSERT_EQ(report->damage_count, 0U) << report->damages.front().what;
    EXPECT_EQ(reopened->stats()->pins, 0U);
    // All of them at the end; what this round added each time.
    if (round == 39) {
      EXPECT_GT(acknowledged.size(), 20U);
      for (const auto& [key, one] : acknowledged) {
        const auto bytes = read_all(*reopened, key.first, key.second);
        ASSERT_THAT(bytes, is_ok());
        EXPECT_TRUE(equal_bytes(*bytes, random_bytes(one.size_bytes, one.seed)));
      }
    }
  }
}

TEST(KillTest, AStoreThatRecoversLessThanWasAcknowledgedSaysSo) {
  TemporaryStore store;
  const std::filesystem::path path = store.path();
  store.close();
  int pipe[2] = {};
  ASSERT_EQ(::pipe(pipe), 0);
  {
    ChildProcess child([&] { return write_for_ever(path, pipe[1], 1); });
    Acknowledgement one;
    ASSERT_EQ(::read(pipe[0], &one, sizeof one), static_cast<ssize_t>(sizeof one));
    child.kill();
  }
  ::close(pipe[0]);
  ::close(pipe[1]);
  std::filesystem::resize_file(path / "catalog.db-wal", 0);  // as a careless copy would
  EXPECT_THAT(Store::open(path), is_error(ErrorCode::kCorrupt));
}

TEST(KillTest, AKilledUploadLeavesAVolumeThatTheNextWriterTakesUp) {
  TemporaryStore store;
  const std::filesystem::path path = store.path();
  store.close();
  int pipe[2] = {};
  ASSERT_EQ(::pipe(pipe), 0);
  {
    ChildProcess child([&] {
      auto opened = Store::open(path);
      auto writer = opened->begin_create({.content_type = "a/b"});
      (void)writer->write(random_bytes(20'000'000, 1));
      (void)::write(pipe[1], "x", 1);
      ::pause();
      return 0;
    });
    char told = 0;
    ASSERT_EQ(::read(pipe[0], &told, 1), 1);
    child.kill();
  }
  ::close(pipe[0]);
  ::close(pipe[1]);
  auto reopened = Store::open(path);
  ASSERT_THAT(reopened, is_ok());
  EXPECT_EQ(reopened->stats()->versions, 0U);
  EXPECT_EQ(reopened->stats()->pins, 0U);  // the dead process's pin is void
  EXPECT_EQ(reopened->stats()->volumes, 1U);
  ASSERT_THAT(put(*reopened, random_bytes(1'000'000, 2)), is_ok());
  EXPECT_EQ(reopened->stats()->volumes, 1U);
  EXPECT_GT(reopened->stats()->reclaimable_bytes,
            5'000'000U);  // committed by the upload, named by nobody
  ASSERT_THAT(reopened->collect_garbage(), is_ok());
  EXPECT_LT(reopened->stats()->volume_file_bytes, 2'000'000U);
  EXPECT_EQ(reopened->verify()->damage_count, 0U);
}

TEST(KillTest, ManyShortProcessesLeaveAHandfulOfVolumes) {
  TemporaryStore store;
  const std::filesystem::path path = store.path();
  store.close();
  for (std::uint64_t i = 0; i < 60; i += 3) {
    std::vector<ChildProcess> children;
    for (std::uint64_t c = 0; c < 3; ++c) {
      children.emplace_back([&path, seed = i + c] {
        auto opened = Store::open(path);
        return opened && put(*opened, random_bytes(300'000, seed)) ? 0 : 1;
      });
    }
    for (ChildProcess& child : children) {
      ASSERT_EQ(child.wait(), 0);
    }
  }
  store.reopen();
  EXPECT_EQ(store->stats()->binaries, 60U);
  EXPECT_LE(store->stats()->volumes, 4U);
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

}  // namespace
}  // namespace fhirbin::testing
