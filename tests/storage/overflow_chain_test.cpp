#include "engine/storage/overflow_chain.h"

#include <vector>

#include <gtest/gtest.h>

namespace fhirbin::storage {
namespace {

constexpr std::uint32_t kPageBytes = 64;
constexpr std::size_t kEach = kPageBytes - kSealReservedBytes - OverflowChain::kLinkBytes;
constexpr std::size_t kRunPages = 4;

// A file of pages that are filled with their own numbers, each with a link to another.
class OverflowChainTest : public ::testing::Test {
 protected:
  explicit OverflowChainTest(std::uint32_t pages = 20) : file_(pages * kPageBytes) {
    for (std::uint32_t page = 1; page <= pages; ++page) {
      std::ranges::fill(page_at(page), static_cast<std::byte>(page));
      link(page, page + 1);
    }
  }

  MutableByteSpan page_at(std::uint32_t page) {
    return MutableByteSpan(file_).subspan((page - 1) * kPageBytes, kPageBytes);
  }

  void link(std::uint32_t page, std::uint32_t next) {
    for (std::size_t i = 0; i < 4; ++i) {
      page_at(page)[i] = static_cast<std::byte>(next >> (24 - 8 * i));
    }
  }

  // The pages that the bytes behind `page` came from; empty when they could not be read.
  std::vector<int> follow(std::uint32_t page, std::size_t bytes) {
    reads_ = 0;
    chain_.note_read(page_at(page));
    ByteVector run(kRunPages * kPageBytes);
    ByteVector rest(bytes);
    const bool done = chain_.read_rest(
        kPageBytes, run, rest,
        [this](std::uint32_t first, MutableByteSpan pages) {
          ++reads_;
          const std::size_t begin = (first - 1) * kPageBytes;
          if (begin + pages.size() > file_.size()) {
            return false;
          }
          std::ranges::copy(ByteSpan(file_).subspan(begin, pages.size()), pages.begin());
          return true;
        },
        [this](std::uint32_t number, ByteSpan) { return number != damaged_; });
    std::vector<int> numbers;
    for (std::size_t at = 0; done && at < rest.size(); at += kEach) {
      numbers.push_back(std::to_integer<int>(rest[at]));
    }
    return numbers;
  }

  ByteVector file_;
  OverflowChain chain_;
  int reads_ = 0;
  std::uint32_t damaged_ = 0;
};

TEST_F(OverflowChainTest, PagesThatLieSideBySideAreReadByRuns) {
  EXPECT_EQ(follow(1, 9 * kEach), (std::vector{2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(reads_, 3);
  EXPECT_EQ(follow(1, 1), std::vector{2});
  EXPECT_EQ(reads_, 1);
  EXPECT_TRUE(follow(1, 0).empty());
  EXPECT_EQ(reads_, 0);
}

TEST_F(OverflowChainTest, ItGoesWhereTheLinksGo) {
  link(3, 5);  // a page of the pointer map lies between
  link(6, 12);
  link(13, 8);
  EXPECT_EQ(follow(1, 9 * kEach), (std::vector{2, 3, 5, 6, 12, 13, 8, 9, 10}));
}

TEST_F(OverflowChainTest, ItsLastPageMayBeTheLastOfTheFile) {
  link(20, 0);
  EXPECT_EQ(follow(17, 3 * kEach), (std::vector{18, 19, 20}));
}

TEST_F(OverflowChainTest, AnEndThatComesEarlyIsNoRest) {
  link(4, 0);
  EXPECT_TRUE(follow(1, 4 * kEach).empty());
  EXPECT_EQ(follow(1, 3 * kEach).size(), 3U);
  link(20, 21);
  EXPECT_TRUE(follow(19, 2 * kEach).empty()) << "past the end of the file";
}

TEST_F(OverflowChainTest, OnlyThePagesOfTheChainMustBeWhole) {
  link(3, 5);
  damaged_ = 4;
  EXPECT_EQ(follow(1, 3 * kEach), (std::vector{2, 3, 5}));
  damaged_ = 5;
  EXPECT_TRUE(follow(1, 3 * kEach).empty());
  EXPECT_EQ(follow(1, 2 * kEach), (std::vector{2, 3}));
}

TEST_F(OverflowChainTest, OnlyAnOverflowPageHasARest) {
  EXPECT_FALSE(chain_.goes_on());
  chain_.note_read(page_at(1));
  EXPECT_TRUE(chain_.goes_on());
  chain_.forget();
  EXPECT_FALSE(chain_.goes_on());
  // The types of pages of tables, indexes and the pointer map, and the text that page 1 begins
  // with.
  for (const unsigned type : {1U, 2U, 5U, 10U, 13U, 'S' + 0U}) {
    page_at(1)[0] = static_cast<std::byte>(type);
    chain_.note_read(page_at(1));
    EXPECT_FALSE(chain_.goes_on()) << type;
  }
}

}  // namespace
}  // namespace fhirbin::storage
