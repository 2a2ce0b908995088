#include <functional>

#include <gtest/gtest.h>

#include "tests/support/fault_store.h"
#include "tests/support/result_matchers.h"

// After a failed sync nobody knows what is on the disk, and asking again would get a false yes.
namespace fhirbin::testing {
namespace {

using FileKind = FaultVfs::FileKind;

constexpr std::size_t kLarge = 600'000;

using IndeterminateTest = FaultStoreTest;

// What became of each call that a Store, a Writer and a Reader have.
std::vector<std::pair<std::string, ErrorCode>> try_every_call(Store& store, const std::string& id,
                                                              Writer& writer, Reader& reader) {
  std::vector<std::pair<std::string, ErrorCode>> outcomes;
  const auto note = [&](const char* name, const auto& result) {
    outcomes.emplace_back(name, result ? ErrorCode{} : result.error().code);
  };
  std::string text;
  const auto sink = string_sink(text);
  ByteVector bytes(100);
  note("create", put(store, as_bytes("x")));
  note("update", replace(store, id, as_bytes("x")));
  note("begin_create", store.begin_create({.content_type = "a/b"}));
  note("begin_update", store.begin_update(id, {.content_type = "a/b"}));
  note("remove", store.remove(id));
  note("head", store.head(id));
  note("version", store.version(id, 1));
  note("open_reader", store.open_reader(id));
  note("write_fhir_json", store.write_fhir_json(id, {}, *sink));
  note("history of one", store.history(id));
  note("history", store.history());
  note("list", store.list());
  note("purge_history", store.purge_history(id));
  note("collect_garbage", store.collect_garbage());
  note("export_ndjson", store.export_ndjson(*sink));
  note("changes", store.changes(0));
  note("wait_for_change", store.wait_for_change(0, std::chrono::milliseconds(0)));
  note("write_notification", store.write_notification({.id = id, .version = 1}, *sink));
  note("stats", store.stats());
  note("verify", store.verify());
  note("layout", store.layout());
  note("layout of one", store.layout(id));
  note("Writer::write", writer.write(bytes));
  note("Writer::commit", writer.commit());
  note("Reader::read_at", reader.read_at(0, bytes));
  note("Reader::read", reader.read(bytes));
  note("Reader::view_at", reader.view_at(0));
  note("Reader::next", reader.next());
  return outcomes;
}

TEST_F(IndeterminateTest, AFailedSyncOfAnyFileEndsAllCallsUntilTheStoreIsReopened) {
  const struct {
    const char* name;
    FileKind kind;
    std::size_t size_bytes;
  } cases[] = {{"the write-ahead log, small content", FileKind::kWal, 10},
               {"the write-ahead log, large content", FileKind::kWal, kLarge},
               {"a volume", FileKind::kVolume, kLarge},
               {"a volume's journal", FileKind::kJournal, kLarge}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string id = put(store(), random_bytes(kLarge, 1))->id;
    const std::uint64_t binaries = store().stats()->binaries;
    {
      auto writer = store().begin_create({.content_type = "a/b"});
      auto reader = store().open_reader(id);
      ASSERT_THAT(writer, is_ok());
      ASSERT_THAT(reader, is_ok());
      FaultVfs::fail_sync(c.kind);
      EXPECT_THAT(put(store(), random_bytes(c.size_bytes, 2)), is_error(ErrorCode::kIndeterminate));
      EXPECT_TRUE(FaultVfs::sync_failed(c.kind));
      FaultVfs::heal();
      for (const auto& [call, outcome] : try_every_call(store(), id, *writer, *reader)) {
        EXPECT_EQ(outcome, ErrorCode::kIndeterminate) << call;
      }
    }
    reopen();
    EXPECT_TRUE(equal_bytes(*read_all(store(), id), random_bytes(kLarge, 1)));
    const auto stats = store().stats();
    ASSERT_THAT(stats, is_ok());
    EXPECT_GE(stats->binaries, binaries);
    EXPECT_LE(stats->binaries, binaries + 1);
    EXPECT_EQ(stats->pins, 0U);
    EXPECT_THAT(put(store(), random_bytes(kLarge, 3)), is_ok());
    EXPECT_EQ(store().verify()->damage_count, 0U);
  }
}

// The commit before it stands and was answered; what comes after cannot be relied on.
TEST_F(IndeterminateTest, AFailedSyncOfACheckpointEndsTheCallsThatFollow) {
  FaultVfs::fail_sync(FileKind::kCatalog);
  std::vector<std::string> stored;
  Result<VersionInfo> last;
  for (std::uint64_t i = 0; i < 200; ++i) {  // the log is emptied every 8 MiB
    last = put(store(), random_bytes(100'000, i));
    if (!last) {
      break;
    }
    stored.push_back(last->id);
  }
  EXPECT_THAT(last, is_error(ErrorCode::kIndeterminate));
  EXPECT_THAT(store().head(stored.front()), is_error(ErrorCode::kIndeterminate));
  FaultVfs::heal();
  reopen();
  for (std::size_t i = 0; i < stored.size(); ++i) {
    EXPECT_TRUE(equal_bytes(*read_all(store(), stored[i]), random_bytes(100'000, i)));
  }
  EXPECT_EQ(store().verify()->damage_count, 0U);
}

}  // namespace
}  // namespace fhirbin::testing
