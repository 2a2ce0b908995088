#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/crash/child_process.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::testing {
namespace {

TEST(ProcessesTest, OfManyThatCreateAStoreOneDoesAndAllUseIt) {
  TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "raced.fhirbin";
  std::vector<ChildProcess> children;
  for (int i = 0; i < 6; ++i) {
    children.emplace_back([&path] {
      auto store = Store::open_or_create(path);
      return store && put(*store, as_bytes("x")) ? 0 : 1;
    });
  }
  for (ChildProcess& child : children) {
    EXPECT_EQ(child.wait(), 0);
  }
  auto store = Store::open(path);
  ASSERT_THAT(store, is_ok());
  EXPECT_EQ(store->stats()->binaries, 6U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(ProcessesTest, CommitsAndCheckpointsOfSeveralProcessesNeverLoseAVersion) {
  TemporaryStore store;
  const std::filesystem::path path = store.path();
  store.close();
  constexpr std::uint64_t kProcesses = 3;
  constexpr std::uint64_t kEach = 150;
  std::vector<ChildProcess> children;
  for (std::uint64_t p = 0; p < kProcesses; ++p) {
    children.emplace_back([&path, p] {
      auto opened = Store::open(path, {.busy_timeout_ms = 60'000});
      if (!opened) {
        return 1;
      }
      for (std::uint64_t i = 0; i < kEach; ++i) {
        // 60 KB each: the WAL passes its checkpoint bound every hundred or so.
        if (!put(*opened, random_bytes(60'000, p * 1000 + i))) {
          return 2;
        }
      }
      return 0;
    });
  }
  for (ChildProcess& child : children) {
    EXPECT_EQ(child.wait(), 0);
  }
  store.reopen();
  EXPECT_EQ(store->stats()->binaries, kProcesses * kEach);
  EXPECT_EQ(store->changes(0, 1000)->changes.size(), kProcesses * kEach);
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

TEST(ProcessesTest, EachVersionHasOneWinnerAmongProcesses) {
  TemporaryStore store;
  const std::filesystem::path path = store.path();
  const std::string id = put(*store, as_bytes("0"))->id;
  store.close();
  std::vector<ChildProcess> children;
  for (int p = 0; p < 3; ++p) {
    children.emplace_back([&] {
      auto opened = Store::open(path, {.busy_timeout_ms = 60'000});
      int wins = 0;
      while (wins < 20) {
        const std::uint64_t current = opened->head(id)->version;
        const auto next = replace(*opened, id, as_bytes("x"), {.if_match = current});
        if (next && next->version != current + 1) {
          return 1;
        }
        if (!next && next.error().code != ErrorCode::kVersionConflict) {
          return 2;
        }
        wins += next ? 1 : 0;
      }
      return 0;
    });
  }
  for (ChildProcess& child : children) {
    EXPECT_EQ(child.wait(), 0);
  }
  store.reopen();
  EXPECT_EQ(store->head(id)->version, 61U);
  EXPECT_EQ(store->history(id)->total, 61U);
}

TEST(ProcessesTest, AnUploadElsewhereKeepsWhatItSharesFromBeingCollectedHere) {
  TemporaryStore store;
  const std::filesystem::path path = store.path();
  const ByteVector bytes = random_bytes(4'000'000, 1);
  const std::string first = put(*store, bytes)->id;
  store.close();
  int to_child[2] = {};
  int to_parent[2] = {};
  ASSERT_EQ(::pipe(to_child), 0);
  ASSERT_EQ(::pipe(to_parent), 0);
  ChildProcess child([&] {
    auto opened = Store::open(path);
    auto writer = opened->begin_create({.content_type = "a/b"});
    if (!writer->write(bytes)) {
      return 1;
    }
    char go = 0;
    (void)::write(to_parent[1], "x", 1);
    (void)::read(to_child[0], &go, 1);
    return writer->commit() ? 0 : 2;
  });
  char told = 0;
  ASSERT_EQ(::read(to_parent[0], &told, 1), 1);
  store.reopen();
  ASSERT_THAT(forget(*store, first), is_ok());
  EXPECT_EQ(store->stats()->pins, 1U);
  ASSERT_EQ(::write(to_child[1], "x", 1), 1);
  EXPECT_EQ(child.wait(), 0);
  const auto list = store->list();
  ASSERT_EQ(list->heads.size(), 1U);
  EXPECT_TRUE(equal_bytes(*read_all(*store, list->heads.front().id), bytes));
  EXPECT_EQ(store->verify()->damage_count, 0U);
  for (const int end : {to_child[0], to_child[1], to_parent[0], to_parent[1]}) {
    ::close(end);
  }
}

TEST(ProcessesTest, AForkedChildIsRefusedAndCannotHarmItsParent) {
  TemporaryStore store;
  const std::string id = put(*store, random_bytes(500'000, 1))->id;
  auto reader = store->open_reader(id);
  ASSERT_THAT(reader, is_ok());
  auto writer = store->begin_create({.content_type = "a/b"});
  ASSERT_THAT(writer, is_ok());
  ASSERT_THAT(writer->write(random_bytes(1000, 3)), is_ok());
  const pid_t pid = ::fork();
  if (pid == 0) {
    ByteVector out(100);
    const bool refused = !store->head(id) && !put(*store, as_bytes("x")) &&
                         !reader->read_at(0, out) && !reader->next() && !writer->write(out) &&
                         !store->close();
    {
      const Writer gone = *std::move(writer);  // its destructor must do nothing
      const Reader gone_too = *std::move(reader);
    }
    store.close();
    ::_exit(refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ASSERT_THAT(writer->write(random_bytes(1000, 4)), is_ok());
  EXPECT_THAT(writer->commit(), is_ok());
  EXPECT_TRUE(equal_bytes(*read_all(*store, id), random_bytes(500'000, 1)));
  // The parent's locks still stand: a collector elsewhere sees its owner byte.
  EXPECT_EQ(store->verify()->damage_count, 0U);
}

TEST(ProcessesTest, AReadOnlyOpenReadsBesideAWriterAndRefusesToRecover) {
  TemporaryStore store;
  const std::string id = put(*store, random_bytes(300'000, 1))->id;
  {
    auto reader = Store::open(store.path(), {.read_only = true});
    ASSERT_THAT(reader, is_ok());
    EXPECT_TRUE(equal_bytes(*read_all(*reader, id), random_bytes(300'000, 1)));
    EXPECT_THAT(put(*reader, as_bytes("x")), is_error(ErrorCode::kReadOnly));
    EXPECT_THAT(reader->remove(id), is_error(ErrorCode::kReadOnly));
    ASSERT_THAT(replace(*store, id, as_bytes("newer")), is_ok());
    EXPECT_EQ(*read_text(*reader, id), "newer");
  }
  const std::filesystem::path path = store.path();
  store.close();
  {
    auto clean = Store::open(path, {.read_only = true});
    ASSERT_THAT(clean, is_ok());
    EXPECT_EQ(*read_text(*clean, id), "newer");
  }
  {
    ChildProcess child([&] {
      auto opened = Store::open(path);
      (void)put(*opened, as_bytes("unrecovered"));
      ::_exit(0);  // without closing, as a crash would
      return 0;
    });
    ASSERT_EQ(child.wait(), 0);
  }
  std::filesystem::remove(path / "catalog.db-shm");
  EXPECT_THAT(Store::open(path, {.read_only = true}), is_error(ErrorCode::kReadOnly));
  EXPECT_THAT(Store::open(path), is_ok());
}

}  // namespace
}  // namespace fhirbin::testing
