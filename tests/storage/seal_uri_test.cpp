#include "engine/storage/seal_uri.h"

#include <gtest/gtest.h>

#include "tests/storage/seal_fixture.h"

namespace fhirbin::storage {
namespace {

using testing::TemporaryFolder;

using seal_test::store_id;

TEST(SealUriTest, EveryByteOfAPathSurvives) {
  const struct {
    const char* path;
    const char* want;
  } cases[] = {{"/a/b.db", "file:///a/b.db?"},
               {"//host/b.db", "file:////host/b.db?"},
               {"b.db", "file:b.db?"},
               {"/a b/c?x=1&y#z%41.db", "file:///a%20b/c%3fx%3d1%26y%23z%2541.db?"},
               {"/\xC3\xA4.db", "file:///%c3%a4.db?"}};
  for (const auto& c : cases) {
    EXPECT_TRUE(seal_uri(c.path, {}).starts_with(c.want)) << seal_uri(c.path, {});
  }
}

TEST(SealUriTest, OddlyNamedDatabasesAreCreatedUnderTheirOwnNames) {
  const TemporaryFolder folder;
  for (const std::string name : {"a b", "c?d=e&f", "100%41", "#g", "\xC3\xA4"}) {
    (void)seal_test::create(folder / name, seal_test::kVolumeLike,
                            seal_test::parameters(7, seal_test::kVolumeLike.page_bytes));
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
}

// The name as SQLite hands it to a VFS.
std::optional<SealParameters> parse(std::vector<const char*> pairs) {
  const int count = static_cast<int>(pairs.size() / 2);
  const auto* const name = sqlite3_create_filename("/a.db", "", "", count, pairs.data());
  auto parameters = read_seal_parameters(name);
  sqlite3_free_filename(name);
  return parameters;
}

TEST(SealUriTest, MissingOrMalformedParametersAreRefused) {
  const char* id = "000102030405060708090a0b0c0d0e0f";
  const struct {
    const char* name;
    const char* store;
    const char* file;
    const char* page;
    const char* reserve;
    bool want;
  } cases[] = {{"all", id, "4294967295", "65536", "4194304", true},
               {"a store to learn", "learn", "0", "0", "0", true},
               {"a store id cut short", "0001", "0", "0", "0", false},
               {"a store id in capitals", "000102030405060708090A0B0C0D0E0F", "0", "0", "0", false},
               {"an empty store id", "", "0", "0", "0", false},
               {"a file number past 32 bits", id, "4294967296", "0", "0", false},
               {"a negative file number", id, "-1", "0", "0", false},
               {"no page size", id, "0", "", "0", false},
               {"a page size that SQLite has not", id, "0", "5000", "0", false},
               {"a reserve with a unit", id, "0", "0", "4M", false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(parse({"seal_store", c.store, "seal_file", c.file, "seal_page_bytes", c.page,
                     "seal_wal_reserve", c.reserve})
                  .has_value(),
              c.want);
  }
  EXPECT_FALSE(parse({}));
  EXPECT_FALSE(parse({"seal_store", id, "seal_file", "0", "seal_page_bytes", "0"}));
  EXPECT_FALSE(read_seal_parameters(nullptr));
}

TEST(SealUriTest, ParametersComeOutAsTheyWentIn) {
  const auto parameters =
      parse({"seal_store", "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a", "seal_file", "12", "seal_page_bytes",
             "8192", "seal_wal_reserve", "4194304", "immutable", "1"});
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->store_id, store_id(0x5A));
  EXPECT_EQ(parameters->file_number, 12U);
  EXPECT_EQ(parameters->sqlite_page_bytes, 8192U);
  EXPECT_EQ(parameters->wal_reserve_bytes, 4'194'304U);
  EXPECT_TRUE(parameters->immutable);
}

}  // namespace
}  // namespace fhirbin::storage
