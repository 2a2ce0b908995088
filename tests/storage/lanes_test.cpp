#include "engine/storage/lanes.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/storage/chunk_table.h"
#include "engine/storage/volume_table.h"
#include "tests/storage/catalog_fixture.h"
#include "tests/storage/volume_fixture.h"
#include "tests/support/result_matchers.h"

namespace fhirbin::storage {
namespace {

using testing::is_error;
using testing::is_ok;
using volume_test::page_bytes;

constexpr std::uint64_t kLimit = 40'000;

class FailingRandom final : public Random {
 public:
  Result<void> fill(MutableByteSpan /*bytes*/) override {
    return fail(ErrorCode::kIo, "no random bytes");
  }
};

// One open store as far as lanes need it; a second one on the same folder stands for another
// process.
struct Filler {
  explicit Filler(const StorePaths& paths, bool read_only = false)
      : catalog(Catalog::open(paths, {.read_only = read_only}).value()),
        context{.paths = paths, .store_id = catalog->settings().store_id},
        lanes(*catalog, context, random) {}

  std::uint64_t last_sequence() {
    return catalog->read([](Connection& c) { return ChangeTable(c).last_sequence(); }).value();
  }
  std::vector<VolumeRow> rows() {
    return catalog->read([](Connection& c) { return VolumeTable(c).all(); }).value();
  }
  VolumeRow row(std::uint32_t number) {
    for (const VolumeRow& row : rows()) {
      if (row.number == number) {
        return row;
      }
    }
    ADD_FAILURE() << "volume " << number << " is not in the books";
    return {};
  }
  // A row without a file, as a crash between the two leaves it.
  std::uint32_t insert_row() {
    std::uint32_t number = 0;
    change([&](Connection& c) -> Result<void> {
      FHIRBIN_TRY_ASSIGN(number, VolumeTable(c).insert(random));
      return {};
    });
    return number;
  }
  void change(std::function<Result<void>(Connection&)> apply) {
    EXPECT_THAT(catalog->write(std::move(apply)), is_ok());
  }
  bool has_file(std::uint32_t number) const {
    return std::filesystem::exists(context.paths.volume(number));
  }

  SystemRandom random;
  std::unique_ptr<Catalog> catalog;
  VolumeContext context;
  Lanes lanes;
};

class LanesTest : public ::testing::Test {
 protected:
  LanesTest() {
    Settings settings = catalog_test::settings();
    settings.volume_limit_bytes = kLimit;
    SystemRandom random;
    EXPECT_THAT(create_store_folder(paths_.folder, settings, random, kSealVfsName), is_ok());
    ours_.emplace(paths_);
  }

  Filler& ours() { return *ours_; }
  Lanes& lanes() { return ours_->lanes; }
  const StorePaths& paths() const { return paths_; }

  static void append(VolumeWriter& lane, std::uint64_t length) {
    EXPECT_THAT(lane.append(page_bytes(1, length)), is_ok());
    EXPECT_THAT(lane.commit(), is_ok());
  }

 private:
  testing::TemporaryFolder folder_;
  StorePaths paths_{folder_ / "test.fhirbin"};
  std::optional<Filler> ours_;
};

TEST_F(LanesTest, EachLaneIsOfOneCallerAloneUntilItIsGivenBack) {
  auto first = lanes().acquire();
  auto second = lanes().acquire();
  Filler other(paths());
  auto third = other.lanes.acquire();
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(first->number(), 1U);
  EXPECT_EQ(second->number(), 2U);
  EXPECT_EQ(third->number(), 3U);
  EXPECT_FALSE(lanes().take(1)->has_value());
  EXPECT_FALSE(other.lanes.take(1)->has_value());
  append(*first, 100);
  ASSERT_THAT(lanes().release(*std::move(first)), is_ok());
  auto again = lanes().acquire();
  ASSERT_THAT(again, is_ok());
  EXPECT_EQ(again->number(), 1U);
  EXPECT_EQ(again->page_count(), 1U);
}

// A lane that is given up without release(), as after an error, is anybody's.
TEST_F(LanesTest, WhatIsDroppedOrLeftInACrashIsFilledFurther) {
  {
    auto dropped = lanes().acquire();
    append(*dropped, 100);
    ASSERT_THAT(dropped->append(page_bytes(2, 100)), is_ok());  // never committed
  }
  Filler other(paths());
  const auto taken = other.lanes.acquire();
  ASSERT_THAT(taken, is_ok());
  EXPECT_EQ(taken->number(), 1U);
  EXPECT_EQ(taken->page_count(), 1U);
}

TEST_F(LanesTest, FewLanesStayOpenAndOthersGetTheRest) {
  std::vector<VolumeWriter> taken;
  for (int i = 0; i < 3; ++i) {
    taken.push_back(lanes().acquire().value());
  }
  for (VolumeWriter& lane : taken) {
    ASSERT_THAT(lanes().release(std::move(lane)), is_ok());
  }
  taken.clear();
  Filler other(paths());
  EXPECT_FALSE(other.lanes.take(1)->has_value());
  EXPECT_FALSE(other.lanes.take(2)->has_value());
  EXPECT_TRUE(other.lanes.take(3)->has_value());
  EXPECT_TRUE(lanes().take(1)->has_value()) << "an idle one of its own counts as free";
  lanes().close_idle();
  EXPECT_TRUE(other.lanes.take(2)->has_value());
}

TEST_F(LanesTest, ALaneIsSealedAtItsLimitAndNotAByteBefore) {
  const struct {
    std::uint64_t bytes;
    bool full;
  } cases[] = {{kLimit - 1, false}, {kLimit, true}, {kLimit + 1, true}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.bytes);
    auto lane = lanes().acquire();
    ASSERT_THAT(lane, is_ok());
    const std::uint32_t number = lane->number();
    ASSERT_EQ(lane->stored_bytes(), 0U);
    append(*lane, c.bytes);
    EXPECT_EQ(lanes().is_full(*lane), c.full);
    ours().change([](Connection& connection) { return catalog_test::note_change(connection); });
    ASSERT_THAT(lanes().release(*std::move(lane)), is_ok());
    const VolumeRow row = ours().row(number);
    EXPECT_EQ(row.state, c.full ? VolumeState::kSealed : VolumeState::kFilling);
    if (c.full) {
      EXPECT_EQ(row.pages, 1U);
      EXPECT_EQ(row.stored_bytes, c.bytes);
      EXPECT_EQ(row.sealed_sequence, ours().last_sequence());
      EXPECT_FALSE(std::filesystem::exists(paths().volume_journal(number)));
      EXPECT_FALSE(lanes().take(number)->has_value()) << "sealed for ever";
    } else {
      auto idle = lanes().take(number);
      ASSERT_TRUE(idle && *idle);
      ASSERT_THAT(lanes().seal(**std::move(idle)), is_ok());  // out of the way
    }
  }
}

TEST_F(LanesTest, ARowWithoutAFileIsMadeGoodUnlessAChunkNamesIt) {
  const std::uint32_t bare = ours().insert_row();
  const std::uint32_t named = ours().insert_row();
  ours().change([named](Connection& connection) -> Result<void> {
    FHIRBIN_TRY(ChunkTable(connection)
                    .insert({.hash = {},
                             .raw_length = 1,
                             .stored_length = 1,
                             .place = {.volume = named, .page = 1}}));
    return {};
  });
  const auto first = lanes().acquire();
  ASSERT_THAT(first, is_ok());
  EXPECT_EQ(first->number(), bare);
  EXPECT_THAT(lanes().take(named), is_error(ErrorCode::kCorrupt));
  const auto second = lanes().acquire();
  ASSERT_THAT(second, is_ok()) << "damage elsewhere keeps nobody from writing";
  EXPECT_EQ(second->number(), named + 1);
  EXPECT_FALSE(ours().has_file(named)) << "an empty file would hide that pages were lost";
}

// New pages would get numbers that chunks have already.
TEST_F(LanesTest, AFileWithFewerPagesThanItsBooksIsNotFilled) {
  const struct {
    std::uint64_t pages_in_books;
    bool sound;
  } cases[] = {{0, true}, {1, true}, {2, false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.pages_in_books);
    auto lane = lanes().acquire();
    ASSERT_THAT(lane, is_ok());
    const std::uint32_t number = lane->number();
    append(*lane, 100);
    lane = fail(ErrorCode::kGone, "let go of it");
    ours().change([&](Connection& connection) {
      return VolumeTable(connection).set_books(number, c.pages_in_books, 100);
    });
    auto taken = lanes().take(number);
    if (c.sound) {
      ASSERT_TRUE(taken && *taken);
      ASSERT_THAT(lanes().seal(**std::move(taken)), is_ok());
      continue;
    }
    EXPECT_THAT(taken, is_error(ErrorCode::kCorrupt));
    EXPECT_NE(lanes().acquire()->number(), number);
  }
}

TEST_F(LanesTest, TheBooksFollowAFileThatWasSealedWithoutThem) {
  {
    auto lane = lanes().acquire();
    append(*lane, 100);
    append(*lane, 200);
    ASSERT_THAT(lane->seal(), is_ok());  // and its filler died
  }
  EXPECT_EQ(ours().row(1).state, VolumeState::kFilling);
  const auto next = lanes().acquire();
  ASSERT_THAT(next, is_ok());
  EXPECT_EQ(next->number(), 2U);
  const VolumeRow row = ours().row(1);
  EXPECT_EQ(row.state, VolumeState::kSealed);
  EXPECT_EQ(row.pages, 2U);
  EXPECT_EQ(row.stored_bytes, 300U);
}

// Between the look at the books and the opening, another process may have dropped the volume.
TEST_F(LanesTest, AVolumeThatLeftTheBooksIsNotTakenAndLeavesNoFile) {
  EXPECT_FALSE(lanes().take(9)->has_value());
  EXPECT_FALSE(ours().has_file(9));
  EXPECT_FALSE(std::filesystem::exists(paths().volume_journal(9)));
  auto with_pages = VolumeWriter::take(ours().context, 8, true).value();
  append(*with_pages, 100);
  with_pages.reset();
  EXPECT_FALSE(lanes().take(8)->has_value());
  EXPECT_TRUE(ours().has_file(8)) << "pages are not thrown away";
}

TEST_F(LanesTest, WhatCannotBeBegunLeavesNoRow) {
  FailingRandom random;
  Lanes without_random(*ours().catalog, ours().context, random);
  EXPECT_THAT(without_random.acquire(), is_error(ErrorCode::kIo));
  Filler reader(paths(), true);
  EXPECT_THAT(reader.lanes.acquire(), is_error(ErrorCode::kReadOnly));
  EXPECT_TRUE(ours().rows().empty());
  EXPECT_TRUE(std::filesystem::is_empty(paths().volumes()));
}

}  // namespace
}  // namespace fhirbin::storage
