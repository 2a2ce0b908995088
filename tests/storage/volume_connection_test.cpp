#include "engine/storage/volume_connection.h"

#include <memory>

#include <gtest/gtest.h>

#include "engine/util/try.h"
#include "tests/storage/filled_volume.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using namespace volume_test;
using testing::is_error;
using testing::is_ok;

constexpr const char* kCount = "SELECT count(*) FROM page";

// Volume 1 is sealed, volume 2 filling and let go of; two pages each.
class VolumeConnectionTest : public ::testing::Test {
 protected:
  VolumeConnectionTest() {
    fill_and_seal(store_, 1, 2);
    fill(store_, 2, 2);
    store_.context.busy_timeout_ms = 20;
  }

  TestStore& store() { return store_; }
  std::unique_ptr<VolumeConnection> make(std::uint32_t volume, bool read_only = false) {
    const VolumeConnection::Options options{
        .volume = volume, .sealed = volume == 1, .read_only = read_only};
    return VolumeConnection::make(store_.context, options).value();
  }
  // How many pages the connection sees; 0 when it cannot look.
  static std::int64_t count_pages(VolumeConnection& connection) {
    std::int64_t pages = 0;
    const auto done = connection.run([&](Connection& volume) -> Result<void> {
      FHIRBIN_TRY_ASSIGN(pages, volume.query_number(kCount));
      return {};
    });
    EXPECT_THAT(done, is_ok());
    return pages;
  }
  bool gate_is_shut(std::uint32_t volume) {
    LockFile other = store_.open_lock();
    return !other.try_lock(LockByte::gate(volume), LockKind::kExclusive).value();
  }

 private:
  TestStore store_;
};

TEST_F(VolumeConnectionTest, NoFileIsOpenedOrMadeBeforeItIsNeeded) {
  const auto early = make(2);
  {
    VolumeWriter writer = store().take(2);
    ASSERT_THAT(writer.append(page_bytes(3, kPage)), is_ok());
    ASSERT_THAT(writer.commit(), is_ok());
  }
  EXPECT_EQ(count_pages(*early), 3);
  for (const bool sealed : {false, true}) {
    const auto missing =
        VolumeConnection::make(store().context, {.volume = 7, .sealed = sealed}).value();
    int runs = 0;
    const auto done = missing->run([&](Connection&) -> Result<void> {
      ++runs;
      return {};
    });
    EXPECT_THAT(done, is_error(ErrorCode::kGone));
    EXPECT_EQ(runs, 0);
  }
  EXPECT_FALSE(std::filesystem::exists(store().context.paths.volume(7)));
}

TEST_F(VolumeConnectionTest, OnlyAFillingVolumeHasAGateAndOnlyWhileItIsRead) {
  for (const std::uint32_t volume : {1U, 2U}) {
    SCOPED_TRACE(volume);
    const auto connection = make(volume);
    const bool filling = !connection->sealed();
    bool shut = false;
    EXPECT_THAT(connection->run([&](Connection&) -> Result<void> {
      shut = gate_is_shut(volume);
      return {};
    }),
                is_ok());
    EXPECT_EQ(shut, filling);
    EXPECT_FALSE(gate_is_shut(volume));
    EXPECT_THAT(connection->run([](Connection&) -> Result<void> {
      return fail(ErrorCode::kCorrupt, "as the work says");
    }),
                is_error(ErrorCode::kCorrupt));
    EXPECT_FALSE(gate_is_shut(volume)) << "an error must let go of it too";
    EXPECT_EQ(count_pages(*connection), 2) << "an error of the work leaves the connection whole";
  }
}

TEST_F(VolumeConnectionTest, AFillerAtItsCommitIsWaitedForUpToTheTimeOut) {
  const auto sealed = make(1);
  const auto filling = make(2);
  LockFile filler = store().open_lock();
  for (const std::uint32_t volume : {1U, 2U}) {
    ASSERT_TRUE(filler.try_lock(LockByte::gate(volume), LockKind::kExclusive).value());
  }
  EXPECT_EQ(count_pages(*sealed), 2);
  int runs = 0;
  const auto look = [&](Connection&) -> Result<void> {
    ++runs;
    return {};
  };
  EXPECT_THAT(filling->run(look), is_error(ErrorCode::kBusy));
  EXPECT_EQ(runs, 0);
  filler.unlock(LockByte::gate(2));
  EXPECT_THAT(filling->run(look), is_ok());
  EXPECT_EQ(runs, 1);
}

// What a read-only connection takes for a hot journal is one when nobody fills the volume, and
// else perhaps the journal of a commit under way.
TEST_F(VolumeConnectionTest, AReadThatNeedsRecoveryIsTriedAgainOnlyOnAFillingVolume) {
  const struct {
    const char* name;
    std::uint32_t volume;
    int attended;  // how many runs find somebody filling the volume
    int heals_at;  // the run that succeeds
    int want;      // runs
  } cases[] = {
      {"sealed", 1, 0, 2, 1},
      {"filling, left alone", 2, 0, 3, 2},
      {"filling, the journal went between two looks", 2, 0, 2, 2},
      {"filling, attended for a while", 2, 3, 100, 4},
      {"filling, the commit ended", 2, 9, 5, 5},
  };
  store().context.busy_timeout_ms = 60'000;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    LockFile filler = store().open_lock();
    if (c.attended != 0) {
      ASSERT_TRUE(filler.try_lock(LockByte::filler(c.volume), LockKind::kExclusive).value());
    }
    const auto connection = make(c.volume, true);
    int runs = 0;
    const auto done = connection->run([&](Connection&) -> Result<void> {
      if (++runs == c.attended) {
        filler.unlock(LockByte::filler(c.volume));
      }
      if (runs == c.heals_at) {
        return {};
      }
      return fail(ErrorCode::kReadOnly, "as SQLite says of a hot journal");
    });
    EXPECT_EQ(runs, c.want);
    if (c.want == c.heals_at) {
      EXPECT_THAT(done, is_ok());
      continue;
    }
    EXPECT_THAT(done, is_error(ErrorCode::kReadOnly));
    EXPECT_EQ(done.error().message.find("needs recovery") != std::string::npos, c.volume == 2);
  }
}

TEST_F(VolumeConnectionTest, WhoMayNotWriteDoesNot) {
  const struct {
    std::uint32_t volume;
    bool read_only;
  } cases[] = {{1, false}, {1, true}, {2, true}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.volume);
    const auto before = contents(store().context);
    const auto connection = make(c.volume, c.read_only);
    EXPECT_THAT(connection->run([](Connection& volume) {
      return volume.execute("INSERT INTO page(data) VALUES(x'00')");
    }),
                is_error(ErrorCode::kReadOnly));
    EXPECT_EQ(count_pages(*connection), 2);
    EXPECT_TRUE(contents(store().context) == before);
  }
}

}  // namespace
}  // namespace fhirbin::storage
