#include "engine/storage/volume_writer.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/storage/volume_fixture.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/file_text.h"

namespace fhirbin::storage {
namespace {

using testing::file_text;
using testing::write_file;

using namespace volume_test;
using std::chrono::steady_clock;
using testing::FaultVfs;
using namespace std::chrono_literals;

constexpr std::size_t kPage = 100'000;

// Appends `count` pages that follow from the ids they must get.
void append_pages(VolumeWriter& writer, std::uint64_t first_id, std::uint64_t count) {
  for (std::uint64_t id = first_id; id < first_id + count; ++id) {
    ASSERT_EQ(writer.append(page_bytes(id, kPage)).value(), id);
  }
}

// Exactly pages 1 to `count` are there, and the file is whole.
void expect_pages(const VolumeContext& context, std::uint32_t number, std::uint64_t count,
                  bool sealed = false) {
  VolumeReader reader(context, false);
  ByteVector bytes(kPage);
  for (std::uint64_t id = 1; id <= count; ++id) {
    const auto done = reader.read({number, id, sealed}, bytes);
    ASSERT_TRUE(done) << id << ": " << done.error().message;
    EXPECT_EQ(bytes, page_bytes(id, kPage)) << id;
  }
  EXPECT_EQ(code_of(reader.read({number, count + 1, sealed}, bytes)), ErrorCode::kCorrupt);
  EXPECT_EQ(reader.check_integrity(number, sealed).value(), "");
}

TEST(VolumeWriterTest, ANewVolumeIsAPrivateFileWithItsSchema) {
  const TestStore store;
  const VolumeWriter writer = store.take(7);
  struct stat status{};
  ASSERT_EQ(::stat(store.context.paths.volume(7).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(writer.number(), 7U);
  EXPECT_EQ(writer.page_count(), 0U);
  EXPECT_FALSE(writer.sealed());
  const std::string file = file_text(store.context.paths.volume(7));
  ASSERT_GE(file.size(), 2 * store.context.sqlite_page_bytes) << "the schema is not committed";
  EXPECT_EQ(file.substr(68, 4), "fhbv");
  EXPECT_EQ(file[20], kSealReservedBytes);
  VolumeReader reader(store.context, true);
  EXPECT_EQ(reader.check_integrity(7, false).value(), "");
}

TEST(VolumeWriterTest, PagesAreCountedAndReadBackBeforeAndAfterTheCommit) {
  const TestStore store;
  VolumeWriter writer = store.take();
  append_pages(writer, 1, 3);
  EXPECT_EQ(writer.uncommitted_bytes(), 3 * kPage);
  EXPECT_EQ(writer.read(2).value(), page_bytes(2, kPage));
  ASSERT_TRUE(writer.commit());
  EXPECT_EQ(writer.uncommitted_bytes(), 0U);
  ASSERT_TRUE(writer.commit()) << "with nothing to commit";
  EXPECT_EQ(writer.append({}).value(), 4U) << "no bytes are a page too";
  EXPECT_EQ(writer.page_count(), 4U);
  EXPECT_EQ(writer.stored_bytes(), 3 * kPage);
  EXPECT_EQ(writer.read(1).value(), page_bytes(1, kPage));
  EXPECT_EQ(writer.read(4).value(), ByteVector());
  EXPECT_EQ(code_of(writer.read(5)), ErrorCode::kCorrupt);
}

TEST(VolumeWriterTest, CommittedPagesStayAndUncommittedOnesVanishWithTheWriter) {
  const TestStore store;
  {
    VolumeWriter writer = store.take();
    append_pages(writer, 1, 3);
    ASSERT_TRUE(writer.commit());
    append_pages(writer, 4, 2);
  }
  VolumeWriter writer = store.take(1, false);
  EXPECT_EQ(writer.page_count(), 3U);
  EXPECT_EQ(writer.stored_bytes(), 3 * kPage);
  EXPECT_EQ(writer.uncommitted_bytes(), 0U);
  expect_pages(store.context, 1, 3);
  append_pages(writer, 4, 1);  // right after the last committed one: no committed id comes again
  ASSERT_TRUE(writer.commit());
  expect_pages(store.context, 1, 4);
}

TEST(VolumeWriterTest, IdsOfCommittedPagesAreNeverUsedAgainEvenIfRowsWereTakenOut) {
  const TestStore store;
  {
    VolumeWriter writer = store.take();
    append_pages(writer, 1, 3);
    ASSERT_TRUE(writer.commit());
  }
  auto connection = Connection::open(
      {.path = store.context.paths.volume(1).string(),
       .seal = {
           .store_id = store.context.store_id, .file_number = 1, .sqlite_page_bytes = 16U << 10}});
  ASSERT_TRUE(connection && connection->execute("DELETE FROM page WHERE id>1"));
  VolumeWriter writer = store.take();
  EXPECT_EQ(writer.append(page_bytes(4, kPage)).value(), 4U);
}

TEST(VolumeWriterTest, AVolumeHasOneFillerAtATime) {
  const TestStore store;
  std::optional<VolumeWriter> first = store.take();
  EXPECT_FALSE(VolumeWriter::take(store.context, 1, true).value().has_value());
  EXPECT_TRUE(VolumeWriter::take(store.context, 2, true).value().has_value());
  VolumeWriter moved = std::move(*first);
  first.reset();
  EXPECT_FALSE(VolumeWriter::take(store.context, 1, true).value().has_value());
  moved = store.take(3);
  EXPECT_TRUE(VolumeWriter::take(store.context, 1, true).value().has_value());
}

TEST(VolumeWriterTest, OnlyAVolumeOfThisStoreAndNumberIsTaken) {
  const TestStore store;
  EXPECT_EQ(code_of(VolumeWriter::take(store.context, 1, false)), ErrorCode::kCorrupt);
  {
    const VolumeWriter writer = store.take(1);
  }
  std::filesystem::copy(store.context.paths.volume(1), store.context.paths.volume(2));
  EXPECT_EQ(code_of(VolumeWriter::take(store.context, 2, true)), ErrorCode::kCorrupt);
  VolumeContext stranger = store.context;
  stranger.store_id = store_id(1);
  EXPECT_EQ(code_of(VolumeWriter::take(stranger, 1, true)), ErrorCode::kCorrupt);
  EXPECT_TRUE(VolumeWriter::take(store.context, 1, false).value().has_value());
}

TEST(VolumeWriterTest, AFileWhoseCreatorDiedBeforeTheSchemaIsFinishedOrRefused) {
  const TestStore store;
  write_file(store.context.paths.volume(1), "");
  EXPECT_EQ(code_of(VolumeWriter::take(store.context, 1, false)), ErrorCode::kCorrupt);
  VolumeWriter writer = store.take(1, true);
  append_pages(writer, 1, 1);
  ASSERT_TRUE(writer.commit());
  expect_pages(store.context, 1, 1);
}

TEST(VolumeWriterTest, AVolumeLeftInTheMiddleOfATransactionIsAdopted) {
  const TestStore store;
  {
    VolumeWriter writer = store.take();
    append_pages(writer, 1, 5);
    ASSERT_TRUE(writer.commit());
  }
  const std::string before = file_text(store.context.paths.volume(1));
  leave_hot_journal(store.context, 1);
  ASSERT_NE(file_text(store.context.paths.volume(1)), before) << "nothing to roll back";
  {
    VolumeWriter writer = store.take(1, false);
    EXPECT_EQ(writer.page_count(), 5U);
    append_pages(writer, 6, 2);
    ASSERT_TRUE(writer.commit());
  }
  expect_pages(store.context, 1, 7);
}

TEST(VolumeWriterTest, AWriterKilledAtAnyMomentLosesNothingItHasCommitted) {
  const TestStore store;
  std::uint64_t committed = 0;
  for (int round = 0; round < 8; ++round) {
    const Signal ready;
    Child child([&] {
      VolumeWriter writer = store.take();
      std::uint64_t id = writer.page_count();
      for (int i = 0; true; ++i) {
        if (!writer.append(page_bytes(++id, kPage)) || !writer.commit()) {
          return 1;
        }
        if (i == 2) {
          ready.tell();
        }
      }
    });
    ready.wait();
    std::this_thread::sleep_for(std::chrono::microseconds(700 * round));
    child.kill();
    const VolumeWriter writer = store.take(1, false);
    EXPECT_GE(writer.page_count(), committed + 3);
    committed = writer.page_count();
  }
  expect_pages(store.context, 1, committed);
}

TEST(VolumeWriterTest, SealingMarksTheFileRemovesTheJournalAndKeepsTheVolume) {
  const TestStore store;
  VolumeWriter writer = store.take();
  append_pages(writer, 1, 3);
  ASSERT_TRUE(std::filesystem::exists(store.context.paths.volume_journal(1)));
  ASSERT_TRUE(writer.seal());
  EXPECT_TRUE(writer.sealed());
  EXPECT_EQ(writer.page_count(), 3U);
  EXPECT_FALSE(std::filesystem::exists(store.context.paths.volume_journal(1)));
  EXPECT_FALSE(VolumeWriter::take(store.context, 1, false).value().has_value())
      << "the books have to follow first";
  EXPECT_EQ(code_of(writer.append(page_bytes(4, kPage))), ErrorCode::kCorrupt);
  expect_pages(store.context, 1, 3, true);
}

TEST(VolumeWriterTest, WhoeverTakesASealedVolumeLearnsItAndFinishesTheSealing) {
  const TestStore store;
  {
    VolumeWriter writer = store.take();
    append_pages(writer, 1, 2);
    ASSERT_TRUE(writer.seal());
  }
  // What a crash between the mark and the removal leaves behind: a journal that is not hot.
  write_file(store.context.paths.volume_journal(1), std::string(4096, '\0'));
  VolumeWriter writer = store.take(1, false);
  EXPECT_TRUE(writer.sealed());
  EXPECT_EQ(writer.page_count(), 2U);
  EXPECT_EQ(writer.stored_bytes(), 2 * kPage);
  EXPECT_FALSE(std::filesystem::exists(store.context.paths.volume_journal(1)));
  EXPECT_EQ(code_of(writer.append(page_bytes(3, kPage))), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(writer.commit()), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(writer.seal()), ErrorCode::kCorrupt);
}

TEST(VolumeWriterTest, AppendingIsRefusedOnceASecondPartyHasSealed) {
  const TestStore store;
  VolumeWriter writer = store.take();
  append_pages(writer, 1, 1);
  ASSERT_TRUE(writer.commit());
  {
    auto second = Connection::open({.path = store.context.paths.volume(1).string(),
                                    .seal = {.store_id = store.context.store_id,
                                             .file_number = 1,
                                             .sqlite_page_bytes = 16U << 10}});
    ASSERT_TRUE(second && second->execute("PRAGMA user_version=1"));
  }
  EXPECT_EQ(code_of(writer.append(page_bytes(2, kPage))), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(writer.append(page_bytes(2, kPage))), ErrorCode::kInvalidArgument) << "spent";
  expect_pages(store.context, 1, 1, true);
}

TEST(VolumeWriterTest, ACommitWaitsForReadersInsideTheGateAndMayBeRepeated) {
  TestStore store;
  store.context.busy_timeout_ms = 50;
  VolumeWriter writer = store.take();
  append_pages(writer, 1, 2);
  LockFile reader = store.open_lock();
  ASSERT_TRUE(reader.try_lock(LockByte::gate(1), LockKind::kShared).value());
  EXPECT_EQ(code_of(writer.commit()), ErrorCode::kBusy);
  EXPECT_EQ(writer.uncommitted_bytes(), 2 * kPage);
  EXPECT_EQ(code_of(writer.seal()), ErrorCode::kBusy);
  append_pages(writer, 3, 1);
  reader.unlock(LockByte::gate(1));
  ASSERT_TRUE(writer.commit());
  EXPECT_FALSE(reader.held_elsewhere(LockByte::gate(1)).value()) << "the gate stays shut";
  expect_pages(store.context, 1, 3);
}

TEST(VolumeWriterTest, ACommitYieldsToWaitingReadersForAMomentOnly) {
  const TestStore store;
  VolumeWriter writer = store.take();
  append_pages(writer, 1, 1);
  LockFile reader = store.open_lock();
  ASSERT_TRUE(reader.try_lock(LockByte::waiters(1), LockKind::kShared).value());
  const auto begin = steady_clock::now();
  ASSERT_TRUE(writer.commit());
  EXPECT_GE(steady_clock::now() - begin, 5ms);
  EXPECT_LT(steady_clock::now() - begin, 2s);
}

TEST(VolumeWriterTest, ACommitWhoseSyncFailsIsIndeterminateAndSpendsTheWriter) {
  TestStore store;
  FaultVfs::install();
  store.context.vfs = FaultVfs::kSealedName;
  VolumeWriter writer = store.take();
  append_pages(writer, 1, 2);
  ASSERT_TRUE(writer.commit());
  append_pages(writer, 3, 2);
  FaultVfs::syncs_fail = true;
  EXPECT_EQ(code_of(writer.commit()), ErrorCode::kIndeterminate);
  FaultVfs::syncs_fail = false;
  EXPECT_EQ(code_of(writer.commit()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(writer.page_count(), 2U);
  EXPECT_FALSE(store.open_lock().held_elsewhere(LockByte::gate(1)).value());
  writer = store.take(2);  // lets go of volume 1
  const std::uint64_t count = store.take(1, false).page_count();
  EXPECT_TRUE(count == 2 || count == 4) << count;
  expect_pages(store.context, 1, count);
}

TEST(VolumeWriterTest, ADiskThatFillsUpAtAnyWriteLeavesTheVolumeWhole) {
  TestStore store;
  FaultVfs::install();
  store.context.vfs = FaultVfs::kSealedName;
  std::uint64_t count = 0;
  bool was_refused = true;
  for (int writes = 0; was_refused; ++writes) {
    SCOPED_TRACE(writes);
    ASSERT_LT(writes, 200);
    VolumeWriter writer = store.take();
    ASSERT_EQ(writer.page_count(), count);
    if (count == 0) {
      append_pages(writer, 1, 2);
      ASSERT_TRUE(writer.commit());
      count = 2;
    }
    FaultVfs::writes_until_full = writes;
    bool appended = true;
    for (std::uint64_t id = count + 1; id <= count + 2 && appended; ++id) {
      const auto page = writer.append(page_bytes(id, kPage));
      appended = page.has_value();
      ASSERT_TRUE(appended || code_of(page) == ErrorCode::kNoSpace) << page.error().message;
    }
    if (appended) {
      const auto done = writer.commit();
      appended = done.has_value();
      ASSERT_TRUE(appended || code_of(done) == ErrorCode::kNoSpace) << done.error().message;
    }
    FaultVfs::writes_until_full = -1;
    was_refused = !appended;
    if (was_refused) {
      ASSERT_EQ(code_of(writer.commit()), ErrorCode::kInvalidArgument);
    }
  }
  expect_pages(store.context, 1, 4);
}

TEST(VolumeWriterTest, AFullFileSystemIsReportedAndTheVolumeGoesOnOnceThereIsRoom) {
  const TestStore store;
  constexpr int kSkipped = 99;
  Child child([&] {
    const std::string volumes = store.context.paths.volumes().string();
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", volumes.c_str(), "tmpfs", 0, "size=2m") != 0) {
      return kSkipped;
    }
    {
      VolumeWriter writer = store.take();
      append_pages(writer, 1, 5);
      if (!writer.commit()) {
        return 1;
      }
      append_pages(writer, 6, 40);
      if (code_of(writer.commit()) != ErrorCode::kNoSpace) {
        return 2;
      }
    }
    {
      VolumeWriter writer = store.take(1, false);
      if (writer.page_count() != 5) {
        return 3;
      }
      append_pages(writer, 6, 1);
      if (!writer.commit()) {
        return 4;
      }
    }
    expect_pages(store.context, 1, 6);
    return ::testing::Test::HasFailure() ? 5 : 0;
  });
  const int status = child.wait();
  if (status == kSkipped) {
    GTEST_SKIP() << "no right to mount a small file system";
  }
  EXPECT_EQ(status, 0);
}

TEST(VolumeWriterTest, AChildOfForkIsRefusedAndItsDestructorsLeaveTheTransactionAlone) {
  const TestStore store;
  std::optional<VolumeWriter> writer = store.take();
  append_pages(*writer, 1, 2);
  ASSERT_TRUE(writer->commit());
  append_pages(*writer, 3, 2);
  const auto before = contents(store.context);
  Child child([&] {
    const bool refused =
        code_of(writer->append(page_bytes(5, kPage))) == ErrorCode::kInvalidArgument &&
        code_of(writer->commit()) == ErrorCode::kInvalidArgument &&
        code_of(writer->read(1)) == ErrorCode::kInvalidArgument &&
        code_of(writer->seal()) == ErrorCode::kInvalidArgument;
    writer.reset();
    return refused ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(contents(store.context) == before) << "the child wrote";
  ASSERT_TRUE(writer->commit());
  writer.reset();
  expect_pages(store.context, 1, 4);
}

}  // namespace
}  // namespace fhirbin::storage
