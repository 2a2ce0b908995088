#include "engine/storage/gathered_writes.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/sample_bytes.h"

namespace fhirbin::storage {
namespace {

using testing::random_bytes;

// A file that notes each write, and refuses them while told to.
struct NotedFile {
  NotedFile() {
    methods.xWrite = [](sqlite3_file* file, const void* bytes, int length,
                        sqlite3_int64 offset) -> int {
      // SQLite's own VFS counts in 17 bits.
      EXPECT_LT(length, 1 << 17);
      auto& self = *reinterpret_cast<NotedFile*>(file);
      if (self.refuses) {
        return SQLITE_IOERR_WRITE;
      }
      const auto end = static_cast<std::size_t>(offset + length);
      self.content.resize(std::max(self.content.size(), end));
      std::copy_n(static_cast<const std::byte*>(bytes), length, self.content.begin() + offset);
      ++self.writes;
      return SQLITE_OK;
    };
    base.pMethods = &methods;
  }

  sqlite3_file base{};  // first, so that it can be found from it
  sqlite3_io_methods methods{};
  ByteVector content;
  int writes = 0;
  bool refuses = false;
};

class GatheredWritesTest : public ::testing::Test {
 protected:
  NotedFile file_;
  GatheredWrites gathered_{file_.base};
};

TEST_F(GatheredWritesTest, WhatFollowsEachOtherIsOneWrite) {
  const ByteVector bytes = random_bytes(10'000, 1);
  for (std::size_t at = 0; at < bytes.size(); at += 1000) {
    ASSERT_EQ(gathered_.write(ByteSpan(bytes).subspan(at, 1000), static_cast<int>(at)), SQLITE_OK);
  }
  EXPECT_EQ(file_.writes, 0);
  ASSERT_EQ(gathered_.hand_down(), SQLITE_OK);
  EXPECT_EQ(file_.writes, 1);
  EXPECT_EQ(file_.content, bytes);
  EXPECT_EQ(gathered_.hand_down(), SQLITE_OK);
  EXPECT_EQ(file_.writes, 1);
}

TEST_F(GatheredWritesTest, AnyLengthAndOrderOfWritesComesDownAsWritten) {
  const ByteVector bytes = random_bytes(3'000'000, 2);
  std::size_t at = 0;
  for (std::size_t length = 1; at < bytes.size(); length = (length * 7 + 4096) % 66'000) {
    const ByteSpan piece = ByteSpan(bytes).subspan(at, std::min(length, bytes.size() - at));
    ASSERT_EQ(gathered_.write(piece, static_cast<std::int64_t>(at)), SQLITE_OK);
    at += piece.size();
  }
  // Pages of a size that divides 128 KiB, backwards and over what was written.
  for (std::size_t page = 64; page-- > 0;) {
    const std::size_t offset = page * 4096;
    ASSERT_EQ(
        gathered_.write(ByteSpan(bytes).subspan(offset, 4096), static_cast<std::int64_t>(offset)),
        SQLITE_OK);
  }
  for (std::size_t offset = 0; offset < (1U << 20); offset += 4096) {
    ASSERT_EQ(
        gathered_.write(ByteSpan(bytes).subspan(offset, 4096), static_cast<std::int64_t>(offset)),
        SQLITE_OK);
  }
  ASSERT_EQ(gathered_.hand_down(), SQLITE_OK);
  EXPECT_EQ(file_.content, bytes);
}

TEST_F(GatheredWritesTest, WhatCannotBeWrittenIsToldOnceAndDropped) {
  const ByteVector bytes = random_bytes(100, 3);
  ASSERT_EQ(gathered_.write(bytes, 0), SQLITE_OK);
  file_.refuses = true;
  EXPECT_EQ(gathered_.hand_down(), SQLITE_IOERR_WRITE);
  file_.refuses = false;
  EXPECT_EQ(gathered_.hand_down(), SQLITE_OK);
  EXPECT_TRUE(file_.content.empty());

  ASSERT_EQ(gathered_.write(bytes, 0), SQLITE_OK);
  file_.refuses = true;
  EXPECT_EQ(gathered_.write(bytes, 500), SQLITE_IOERR_WRITE) << "it follows nothing";
  file_.refuses = false;
  EXPECT_EQ(gathered_.hand_down(), SQLITE_OK);
  EXPECT_TRUE(file_.content.empty());
}

}  // namespace
}  // namespace fhirbin::storage
