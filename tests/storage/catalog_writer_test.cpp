#include "engine/storage/catalog_writer.h"

#include <chrono>
#include <optional>

#include "tests/storage/catalog_fixture.h"

namespace fhirbin::storage {
namespace {

using namespace catalog_test;
using std::chrono::steady_clock;
using testing::FaultVfs;

constexpr std::uint64_t kReserve = 200'000;
constexpr std::size_t kChange = 40'000;  // bytes of one change

class CatalogWriterTest : public ::testing::Test {
 protected:
  std::unique_ptr<CatalogWriter> make_writer(CatalogWriter::Options options = {}) {
    Connection connection = folder_.connect(kReserve, options.busy_timeout_ms);
    (void)connection.query_number("SELECT count(*) FROM setting").value();  // opens the WAL
    return CatalogWriter::create(std::move(connection), folder_.open_lock(), options).value();
  }
  static Result<void> change(CatalogWriter& writer, std::size_t bytes = kChange) {
    return writer.run({.check = {}, .apply = [bytes](Connection& connection) {
                         return note_change(connection, bytes);
                       }});
  }
  // A reader in the middle of a look, which keeps the WAL from being emptied.
  class LookingReader {
   public:
    explicit LookingReader(const CatalogFolder& folder) : connection_(folder.connect()) {
      EXPECT_TRUE(connection_.execute("BEGIN"));
      EXPECT_TRUE(connection_.query_number("SELECT count(*) FROM purge"));
    }

   private:
    Connection connection_;
  };

  CatalogFolder folder_;
};

TEST_F(CatalogWriterTest, TheWalIsEmptiedAsOftenAsItReachesItsBound) {
  const auto writer = make_writer({.checkpoint_bytes = 200'000});
  const auto before = std::filesystem::file_size(folder_.paths.catalog());
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(change(*writer));
    EXPECT_LT(writer->wal_bytes(), 200'000U);
  }
  EXPECT_LT(folder_.wal_file_bytes(), 400'000U);
  EXPECT_GT(std::filesystem::file_size(folder_.paths.catalog()), before + 1'000'000);
}

TEST_F(CatalogWriterTest, ACheckpointThatFindsTheDiskFullKeepsWhatTheWalHolds) {
  for (const bool beside_a_reader : {false, true}) {
    SCOPED_TRACE(beside_a_reader);
    const CatalogFolder folder;
    {
      Connection connection = folder.connect(kReserve);
      (void)connection.query_number("SELECT count(*) FROM setting").value();
      const auto writer =
          CatalogWriter::create(std::move(connection), folder.open_lock(), {}).value();
      ASSERT_TRUE(change(*writer));
      std::optional<LookingReader> reader;
      if (beside_a_reader) {
        reader.emplace(folder);
        ASSERT_TRUE(change(*writer));
      }
      FaultVfs::room_bytes = 0;
      EXPECT_EQ(code_of(writer->checkpoint()), ErrorCode::kNoSpace);
      FaultVfs::room_bytes = -1;
      Connection again = folder.connect();
      EXPECT_EQ(ChangeTable(again).last_sequence().value(), beside_a_reader ? 2U : 1U);
      EXPECT_TRUE(again.query_number("SELECT sum(length(hex(value))) FROM setting"));
    }
  }
}

TEST_F(CatalogWriterTest, AWalThatWasEmptiedIsOverwrittenAndOnlyOneThatIsAskedForIsCut) {
  const auto writer = make_writer({.checkpoint_bytes = 300'000});
  // Always the same row, so that a change has always as many frames.
  const auto overwrite = [&writer] {
    return writer->run({.check = {}, .apply = [](Connection& connection) -> Result<void> {
                          FHIRBIN_TRY(connection.execute(
                              "INSERT OR REPLACE INTO setting VALUES('filling', zeroblob(40000))"));
                          return note_change(connection);
                        }});
  };
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(overwrite());
  }
  const auto full_bytes = folder_.wal_file_bytes();
  ASSERT_GE(full_bytes, 300'000U) << "it was cut";
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(overwrite());
    EXPECT_LT(writer->wal_bytes(), 300'000U) << "not emptied";
    ASSERT_GE(folder_.wal_file_bytes(), full_bytes) << "it was cut";
    ASSERT_LT(folder_.wal_file_bytes(), full_bytes + kChange) << "it grew by more than its last";
  }
  EXPECT_TRUE(writer->checkpoint().value_or(false));
  EXPECT_EQ(folder_.wal_file_bytes(), kReserve);
}

TEST_F(CatalogWriterTest, AWalThatGrewUnderAReaderIsCutWhenTheReaderIsGone) {
  const auto writer = make_writer({.checkpoint_bytes = 200'000});
  {
    const LookingReader reader(folder_);
    while (folder_.wal_file_bytes() < 600'000) {
      ASSERT_TRUE(change(*writer));
    }
  }
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(change(*writer));
  }
  EXPECT_LT(folder_.wal_file_bytes(), 400'000U);
}

TEST_F(CatalogWriterTest, WritesAreBusyWhileAReaderPinsAWalPastItsSecondBound) {
  const auto writer = make_writer({.checkpoint_bytes = 100'000, .max_wal_bytes = 400'000});
  ASSERT_TRUE(change(*writer));
  {
    const LookingReader reader(folder_);
    int accepted = 0;
    Result<void> last;
    while ((last = change(*writer)) && accepted < 100) {
      ++accepted;
    }
    EXPECT_EQ(code_of(last), ErrorCode::kBusy);
    EXPECT_GE(accepted, 5);
    EXPECT_LE(accepted, 15);
    EXPECT_GE(writer->wal_bytes(), 400'000U);
  }
  EXPECT_TRUE(change(*writer));
  EXPECT_LT(writer->wal_bytes(), 100'000U);
}

// It would hold SQLite's write lock, and everybody up, for as long as the reader looks.
TEST_F(CatalogWriterTest, ACheckpointDoesNotWaitForReaders) {
  const auto writer = make_writer({.busy_timeout_ms = 30'000});
  ASSERT_TRUE(change(*writer));
  const LookingReader reader(folder_);
  ASSERT_TRUE(change(*writer));
  const auto begin = steady_clock::now();
  EXPECT_FALSE(writer->checkpoint().value());
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST_F(CatalogWriterTest, CommitsAndCheckpointsOfAllProcessesExcludeEachOther) {
  const auto writer = make_writer({.busy_timeout_ms = 20});
  LockFile other = folder_.open_lock();
  ASSERT_TRUE(other.try_lock(LockByte::catalog_writer(), LockKind::kExclusive).value());
  EXPECT_EQ(code_of(change(*writer)), ErrorCode::kBusy);
  EXPECT_EQ(code_of(writer->checkpoint()), ErrorCode::kBusy);
  other.unlock(LockByte::catalog_writer());
  bool held = false;
  ASSERT_TRUE(writer->run({.check = {}, .apply = [&](Connection& connection) -> Result<void> {
                             FHIRBIN_TRY_ASSIGN(held,
                                                other.held_elsewhere(LockByte::catalog_writer()));
                             return note_change(connection);
                           }}));
  EXPECT_TRUE(held);
  EXPECT_FALSE(other.held_elsewhere(LockByte::catalog_writer()).value());
}

TEST_F(CatalogWriterTest, TheWatermarkFollowsEachCommit) {
  const auto writer = make_writer();
  const LockFile lock = folder_.open_lock();
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
    ASSERT_TRUE(change(*writer));
    EXPECT_EQ(lock.read_watermark().value(), sequence);
  }
  EXPECT_EQ(code_of(writer->run({.check = {},
                                 .apply = [](Connection& connection) -> Result<void> {
                                   FHIRBIN_TRY(note_change(connection));
                                   return fail(ErrorCode::kCancelled, "no");
                                 }})),
            ErrorCode::kCancelled);
  EXPECT_EQ(lock.read_watermark().value(), 3U) << "of what was not committed";
}

TEST_F(CatalogWriterTest, AFailedSyncOfACommitOrACheckpointEndsAllWriting) {
  for (const FaultVfs::FileKind kind : {FaultVfs::FileKind::kWal, FaultVfs::FileKind::kCatalog}) {
    const bool commits = kind == FaultVfs::FileKind::kWal;
    SCOPED_TRACE(commits ? "commit" : "checkpoint");
    const auto writer = make_writer();
    ASSERT_TRUE(change(*writer));
    EXPECT_FALSE(writer->is_uncertain());
    FaultVfs::fail_sync(kind);
    if (commits) {
      EXPECT_EQ(code_of(change(*writer)), ErrorCode::kIndeterminate);
    } else {
      EXPECT_EQ(code_of(writer->checkpoint()), ErrorCode::kIo);
    }
    EXPECT_TRUE(FaultVfs::sync_failed(kind));
    EXPECT_TRUE(writer->is_uncertain());
    EXPECT_EQ(code_of(change(*writer)), ErrorCode::kIndeterminate);
    EXPECT_EQ(code_of(writer->checkpoint()), ErrorCode::kIndeterminate);
  }
}

// Frees bytes without growing the catalog, as a purge does.
TEST_F(CatalogWriterTest, OnAFullDiskTheWalIsEmptiedToMakeRoomForMoreChanges) {
  const auto writer = make_writer();
  ASSERT_TRUE(change(*writer, 100'000));
  ASSERT_TRUE(writer->checkpoint().value());
  FaultVfs::room_bytes = 0;
  for (int i = 0; i < 200; ++i) {  // many times what the reserve holds
    ASSERT_EQ(code_of(writer->run({.check = {},
                                   .apply =
                                       [](Connection& connection) {
                                         return connection.execute(
                                             "UPDATE setting SET value=randomblob(length(value))");
                                       }})),
              ErrorCode{})
        << i;
  }
  EXPECT_LE(folder_.wal_file_bytes(), kReserve);
  EXPECT_EQ(code_of(change(*writer, 1'000'000)), ErrorCode::kNoSpace);
}

}  // namespace
}  // namespace fhirbin::storage
