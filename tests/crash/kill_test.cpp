#include <array>
#include <map>
#include <random>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "tests/crash/child_process.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"
#include "tests/support/test_environment.h"

namespace fhirbin::testing {
namespace {

enum class Deed : std::uint8_t {
  kStore,         // version `version` has `size_bytes` of content made from `seed`
  kRemove,        // version `version` is a deletion
  kAboutToPurge,  // from now on any version but the newest may be gone
  kPurge,         // and now all of them are
};

// What a child acknowledged: small enough for one write to the pipe.
struct Acknowledgement {
  Deed deed = Deed::kStore;
  std::array<char, 36> id{};
  std::uint64_t version = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t seed = 0;
};

// Works on a store at random until it is killed, and tells of each deed once it is done.
class RestlessProcess {
 public:
  RestlessProcess(Store store, int pipe, std::uint64_t seed)
      : store_(std::move(store)), pipe_(pipe), random_(seed) {}

  // Only an error ends it.
  int run() {
    while (true) {
      const std::uint64_t choice = random_() % 16;
      const bool done = choice < 8 || ids_.empty() ? store()
                        : choice < 11              ? remove()
                        : choice < 14              ? purge()
                                                   : collect();
      if (!done) {
        return 2;
      }
    }
  }

 private:
  bool store() {
    const std::uint64_t content = random_() % 64;  // few enough that chunks are often shared
    // Some take several transactions of their volume.
    const std::size_t size = random_() % 16 == 0  ? 9'000'000
                             : random_() % 2 == 0 ? 200'000 + random_() % 900'000
                                                  : random_() % 3000;
    const ByteVector bytes = random_bytes(size, content);
    const bool updates = !ids_.empty() && random_() % 2 == 0;
    const auto info = updates ? replace(store_, any_id(), bytes) : put(store_, bytes);
    if (info && !updates) {
      ids_.push_back(info->id);
    }
    return info && tell({.deed = Deed::kStore,
                         .version = info->version,
                         .size_bytes = size,
                         .seed = content},
                        info->id);
  }
  bool remove() {
    const std::string id = any_id();
    const auto removed = store_.remove(id);
    return removed &&
           (!*removed || tell({.deed = Deed::kRemove, .version = (*removed)->version}, id));
  }
  bool purge() {
    const std::string id = any_id();
    return tell({.deed = Deed::kAboutToPurge}, id) && store_.purge_history(id) &&
           tell({.deed = Deed::kPurge}, id);
  }
  bool collect() { return store_.collect_garbage().has_value(); }

  const std::string& any_id() { return ids_[random_() % ids_.size()]; }
  bool tell(Acknowledgement told, const std::string& id) const {
    std::ranges::copy(id, told.id.begin());
    return ::write(pipe_, &told, sizeof told) == sizeof told;
  }

  Store store_;
  int pipe_;
  std::mt19937_64 random_;
  std::vector<std::string> ids_;
};

int work_for_ever(const std::filesystem::path& path, int pipe, std::uint64_t seed) {
  auto store = Store::open(path);
  return store ? RestlessProcess(*std::move(store), pipe, seed).run() : 1;
}

// What the acknowledgements promise of one Binary.
struct Promise {
  std::map<std::uint64_t, Acknowledgement> versions;
  bool may_be_purged = false;

  void add(const Acknowledgement& told) {
    if (told.deed == Deed::kStore || told.deed == Deed::kRemove) {
      versions[told.version] = told;
      return;
    }
    may_be_purged = told.deed == Deed::kAboutToPurge;
    if (told.deed == Deed::kPurge && !versions.empty()) {
      versions.erase(versions.begin(), std::prev(versions.end()));
    }
  }
};

class Promises {
 public:
  // Waits for the next deed; false when who told of them is dead.
  bool take_one_from(int pipe) {
    Acknowledgement one;
    if (::read(pipe, &one, sizeof one) != sizeof one) {
      return false;
    }
    all_[{one.id.data(), one.id.size()}].add(one);
    ++count_;
    return true;
  }
  std::size_t count() const { return count_; }

  void expect_kept(Store& store) const {
    for (const auto& [id, promise] : all_) {
      if (!promise.versions.empty()) {
        expect_kept(store, id, promise);
      }
    }
  }

 private:
  static void expect_kept(Store& store, const std::string& id, const Promise& promise) {
    const std::uint64_t newest = promise.versions.rbegin()->first;
    const auto head = store.head(id);
    ASSERT_THAT(head, is_ok());
    // What was under way when the process died may have been done.
    ASSERT_GE(head->version, newest);
    ASSERT_LE(head->version, newest + 1);
    for (const auto& [number, told] : promise.versions) {
      const auto version = store.version(id, number);
      if (promise.may_be_purged && number < head->version && !version) {
        continue;
      }
      ASSERT_THAT(version, is_ok());
      ASSERT_EQ(version->deleted, told.deed == Deed::kRemove);
      if (told.deed == Deed::kStore) {
        const auto bytes = read_all(store, id, number);
        ASSERT_THAT(bytes, is_ok());
        ASSERT_TRUE(equal_bytes(*bytes, random_bytes(told.size_bytes, told.seed)));
      }
    }
    expect_gapless(store, id, head->version);
  }

  static void expect_gapless(Store& store, const std::string& id, std::uint64_t newest) {
    const auto page = store.history(id, {.count = 1000});
    ASSERT_THAT(page, is_ok());
    for (const VersionInfo& version : page->versions) {
      ASSERT_EQ(version.version, newest--);
    }
  }

  std::map<std::string, Promise> all_;
  std::size_t count_ = 0;
};

// Lets a child work on the store for a while and kills it wherever it is.
void live_and_die(const std::filesystem::path& path, std::mt19937_64& random, Promises& promises) {
  int pipe[2] = {};
  ASSERT_EQ(::pipe(pipe), 0);
  ChildProcess child([&] { return work_for_ever(path, pipe[1], random()); });
  ::close(pipe[1]);
  for (int i = 0; i < 2; ++i) {  // however slow the machine is
    ASSERT_TRUE(promises.take_one_from(pipe[0]));
  }
  std::this_thread::sleep_for(std::chrono::microseconds(random() % 150'000));
  child.kill();
  while (promises.take_one_from(pipe[0])) {
  }
  ::close(pipe[0]);
}

// Puts bytes and forgets them, so that there is something to collect.
void waste(Store& store, std::uint64_t seed) {
  const auto info = put(store, random_bytes(2'500'000, 1000 + seed));
  ASSERT_THAT(info, is_ok());
  ASSERT_THAT(remove_and_purge(store, info->id), is_ok());
}

TEST(KillTest, WhatWasAcknowledgedSurvivesKillingTheProcessAnywhere) {
  // Volumes of which several are sealed, compacted and dropped in each life.
  TemporaryStore store({}, {}, small_volumes(3'000'000));
  const std::filesystem::path path = store.path();
  store.close();
  std::mt19937_64 random(4);
  Promises promises;
  for (std::uint64_t round = 0; round < 15; ++round) {
    SCOPED_TRACE(round);
    ASSERT_NO_FATAL_FAILURE(live_and_die(path, random, promises));
    auto reopened = Store::open(path);
    ASSERT_THAT(reopened, is_ok());
    const auto report = reopened->verify();
    ASSERT_THAT(report, is_ok());
    ASSERT_EQ(report->damage_count, 0U) << report->damages.front().what;
    EXPECT_EQ(reopened->stats()->pins, 0U);
    if (round % 3 == 2) {  // the children collect too
      ASSERT_NO_FATAL_FAILURE(promises.expect_kept(*reopened));
      ASSERT_NO_FATAL_FAILURE(waste(*reopened, round));
      const std::uint64_t before = reopened->stats()->reclaimable_bytes;
      ASSERT_THAT(reopened->collect_garbage(), is_ok());
      EXPECT_LT(reopened->stats()->reclaimable_bytes, before);
      ASSERT_NO_FATAL_FAILURE(promises.expect_kept(*reopened));
    }
  }
  EXPECT_GE(promises.count(), 30U);
  auto last = Store::open(path);
  ASSERT_THAT(last, is_ok());
  const auto page = last->list({.count = 1000, .include_deleted = true});
  ASSERT_THAT(page, is_ok());
  for (const VersionInfo& head : page->heads) {
    ASSERT_THAT(remove_and_purge(*last, head.id), is_ok());
  }
  ASSERT_THAT(last->collect_garbage(), is_ok());
  EXPECT_EQ(last->stats()->reclaimable_bytes, 0U);
  EXPECT_EQ(last->stats()->volume_file_bytes, 0U);
  EXPECT_EQ(last->verify()->damage_count, 0U);
}

TEST(KillTest, AStoreThatRecoversLessThanWasAcknowledgedSaysSo) {
  TemporaryStore store;
  const std::filesystem::path path = store.path();
  store.close();
  int pipe[2] = {};
  ASSERT_EQ(::pipe(pipe), 0);
  {
    ChildProcess child([&] { return work_for_ever(path, pipe[1], 1); });
    Acknowledgement one;  // the first deed is always a new Binary
    ASSERT_EQ(::read(pipe[0], &one, sizeof one), static_cast<ssize_t>(sizeof one));
    child.kill();
  }
  ::close(pipe[0]);
  ::close(pipe[1]);
  std::filesystem::resize_file(path / "catalog.db-wal", 0);  // as a careless copy would
  EXPECT_THAT(Store::open(path), is_error(ErrorCode::kCorrupt));
}

TEST(KillTest, AKilledUploadLeavesVolumesThatTheNextWriterTakesUp) {
  TemporaryStore store;
  const std::filesystem::path path = store.path();
  store.close();
  int pipe[2] = {};
  ASSERT_EQ(::pipe(pipe), 0);
  {
    ChildProcess child([&] {
      auto opened = Store::open(path);
      auto writer = opened->begin_create({.content_type = "a/b"});
      (void)writer->write(random_bytes(60'000'000, 1));  // more than lanes and queue hold back
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
  const std::uint64_t volumes = reopened->stats()->volumes;
  EXPECT_GE(volumes, 1U);
  EXPECT_LE(volumes, 5U);
  ASSERT_THAT(put(*reopened, random_bytes(1'000'000, 2)), is_ok());
  EXPECT_EQ(reopened->stats()->volumes, volumes);
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
