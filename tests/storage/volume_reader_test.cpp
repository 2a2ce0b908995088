#include "engine/storage/volume_reader.h"

#include <memory>

#include "tests/storage/filled_volume.h"

namespace fhirbin::storage {
namespace {

using namespace volume_test;
using namespace std::chrono_literals;

TEST(VolumeReaderTest, PagesOfSealedAndOfFillingVolumesAreRead) {
  const TestStore store;
  fill_and_seal(store, 1, 5);
  const VolumeWriter filling = fill(store, 2, 5);
  for (const bool read_only : {false, true}) {
    VolumeReader reader(store.context, read_only);
    for (std::uint64_t page = 1; page <= 5; ++page) {
      EXPECT_EQ(read_page(reader, {1, page, true}), ErrorCode{});
      EXPECT_EQ(read_page(reader, {1, page, false}), ErrorCode{})
          << "sealed since it was looked up";
      EXPECT_EQ(read_page(reader, {2, page, false}), ErrorCode{});
    }
  }
}

TEST(VolumeReaderTest, APageMustBeThereWithTheLengthThatIsListed) {
  const TestStore store;
  fill_and_seal(store, 1, 2);
  const VolumeWriter filling = fill(store, 2, 2);
  VolumeReader reader(store.context, false);
  for (const std::uint32_t volume : {1U, 2U}) {
    const bool sealed = volume == 1;
    for (const std::uint32_t length : {0U, kPage - 1, kPage + 1}) {
      ByteVector bytes(length);
      EXPECT_EQ(code_of(reader.read({volume, 1, sealed}, bytes)), ErrorCode::kCorrupt);
    }
    EXPECT_EQ(read_page(reader, {volume, 3, sealed}), ErrorCode::kCorrupt);
    EXPECT_EQ(read_page(reader, {volume, 2, sealed}), ErrorCode{});
  }
}

// A volume keeps a pointer map: what lies before a part is not even read.
TEST(VolumeReaderTest, APartIsReadWithoutWhatLiesBeforeAndBehindIt) {
  constexpr std::size_t kLength = 500'000;
  const TestStore store;
  const ByteVector bytes = page_bytes(1, kLength);
  {
    VolumeWriter writer = store.take();
    ASSERT_TRUE(writer.append(bytes));
    ASSERT_TRUE(writer.commit());
  }
  // The header, the pointer map and the table's root come first, then the row's own pages.
  constexpr std::size_t kSqlitePage = 16'384;
  std::string file = testing::file_text(store.context.paths.volume(1));
  for (const std::size_t page : {9U, 10U, 30U}) {
    file[page * kSqlitePage] ^= 1;
  }
  testing::write_file(store.context.paths.volume(1), file);
  VolumeReader reader(store.context, false);
  ByteVector part(100'000);
  ASSERT_TRUE(reader.read_part({{1, 1, false}, kLength}, 250'000, part));
  EXPECT_TRUE(equal_bytes(part, ByteSpan(bytes).subspan(250'000, part.size())));
  ByteVector whole(kLength);
  EXPECT_EQ(code_of(reader.read({1, 1, false}, whole)), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(reader.read_part({{1, 1, false}, kLength - 1}, 0, part)), ErrorCode::kCorrupt);
}

TEST(VolumeReaderTest, UncommittedPagesAreNotSeen) {
  const TestStore store;
  VolumeWriter writer = fill(store, 1, 2);
  ASSERT_TRUE(writer.append(page_bytes(3, kPage)));
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 3, false}), ErrorCode::kCorrupt);
  ASSERT_TRUE(writer.commit());
  EXPECT_EQ(read_page(reader, {1, 3, false}), ErrorCode{}) << "the pooled connection is stale";
}

TEST(VolumeReaderTest, AVolumeWhoseFileIsMissingIsGone) {
  const TestStore store;
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 1, true}), ErrorCode::kGone);
  EXPECT_EQ(read_page(reader, {1, 1, false}), ErrorCode::kGone);
  EXPECT_EQ(code_of(reader.check_integrity(1, true)), ErrorCode::kGone);
  EXPECT_TRUE(contents(store.context).empty()) << "a reader made the file";
}

TEST(VolumeReaderTest, AHotJournalRollsBackUnlessNothingMayBeWritten) {
  const TestStore store;
  fill(store, 1, 3);
  leave_hot_journal(store.context, 1);
  const auto before = contents(store.context);
  VolumeReader read_only(store.context, true);
  for (int i = 0; i < 2; ++i) {
    ByteVector bytes(kPage);
    const auto refused = read_only.read({1, 1, false}, bytes);
    ASSERT_EQ(code_of(refused), ErrorCode::kReadOnly);
    EXPECT_NE(refused.error().message.find("needs recovery"), std::string::npos);
  }
  EXPECT_EQ(code_of(read_only.check_integrity(1, false)), ErrorCode::kReadOnly);
  EXPECT_TRUE(contents(store.context) == before) << "a read-only reader wrote";

  VolumeReader reader(store.context, false);
  for (std::uint64_t page = 1; page <= 3; ++page) {
    EXPECT_EQ(read_page(reader, {1, page, false}), ErrorCode{});
  }
  EXPECT_EQ(read_page(reader, {1, 4, false}), ErrorCode::kCorrupt) << "never committed";
  EXPECT_EQ(read_page(read_only, {1, 1, false}), ErrorCode{}) << "recovered by the other reader";
}

TEST(VolumeReaderTest, SealedVolumesAreReadWithoutAnyLock) {
  TestStore store;
  store.context.busy_timeout_ms = 20;
  fill_and_seal(store, 1, 1);
  LockFile other = store.open_lock();
  ASSERT_TRUE(other.try_lock(LockByte::gate(1), LockKind::kExclusive).value());
  VolumeReader reader(store.context, false);
  EXPECT_EQ(read_page(reader, {1, 1, true}), ErrorCode{});
  EXPECT_EQ(reader.check_integrity(1, true).value(), "");
}

// The journal of a live filler looks hot for a moment to who may not write; only a dead one's is.
TEST(VolumeReaderTest, AReadOnlyReaderCallsAJournalHotOnlyWhenNobodyFillsTheVolume) {
  TestStore store;
  fill(store, 1, 1);
  leave_hot_journal(store.context, 1);
  LockFile filler = store.open_lock();
  ASSERT_TRUE(filler.try_lock(LockByte::filler(1), LockKind::kExclusive).value());
  store.context.busy_timeout_ms = 60'000;
  VolumeReader reader(store.context, true);
  std::thread reading([&] { EXPECT_EQ(read_page(reader, {1, 1, false}), ErrorCode{}); });
  std::this_thread::sleep_for(50ms);
  VolumeReader writing_reader(store.context, false);
  EXPECT_EQ(read_page(writing_reader, {1, 1, false}), ErrorCode{}) << "rolls back";
  reading.join();
}

TEST(VolumeReaderTest, ManyThreadsShareOneReader) {
  const TestStore store;
  fill_and_seal(store, 1, 20);
  fill_and_seal(store, 2, 20);
  const VolumeWriter filling = fill(store, 3, 20);
  VolumeReader reader(store.context, false);
  std::vector<std::thread> threads;
  threads.reserve(6);
  for (unsigned seed = 0; seed < 6; ++seed) {
    threads.emplace_back([&, seed] {
      for (unsigned i = seed; i < seed + 60; ++i) {
        const std::uint32_t volume = 1 + i % 3;
        EXPECT_EQ(read_page(reader, {volume, 1 + i % 20, volume != 3}), ErrorCode{});
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(VolumeReaderTest, AChildOfForkIsRefused) {
  const TestStore store;
  fill_and_seal(store, 1, 1);
  const VolumeWriter filling = fill(store, 2, 1);
  auto reader = std::make_unique<VolumeReader>(store.context, false);
  EXPECT_EQ(read_page(*reader, {1, 1, true}), ErrorCode{});
  EXPECT_EQ(read_page(*reader, {2, 1, false}), ErrorCode{});
  Child child([&] {
    const bool refused = read_page(*reader, {1, 1, true}) == ErrorCode::kInvalidArgument &&
                         read_page(*reader, {2, 1, false}) == ErrorCode::kInvalidArgument &&
                         code_of(reader->check_integrity(1, true)) == ErrorCode::kInvalidArgument;
    reader->forget(1);
    reader.reset();
    return refused ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(read_page(*reader, {2, 1, false}), ErrorCode{});
}

}  // namespace
}  // namespace fhirbin::storage
