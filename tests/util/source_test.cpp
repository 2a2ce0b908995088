#include "fhirbin/source.h"

#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/util/bytes.h"
#include "tests/support/file_text.h"
#include "tests/support/temporary_folder.h"
#include "tests/util/pipe.h"

namespace fhirbin {
namespace {

using testing::TemporaryFolder;
using testing::write_file;

// Everything up to the end, pulled in pieces of at most `piece_bytes`.
Result<std::string> drain(Source& source, std::size_t piece_bytes) {
  std::string text;
  ByteVector buffer(piece_bytes);
  while (true) {
    const Result<std::size_t> got = source.read(buffer);
    if (!got) {
      return std::unexpected(got.error());
    }
    if (*got == 0) {
      return text;
    }
    text += as_text(ByteSpan(buffer).first(*got));
  }
}

void expect_failure(Source& source, ErrorCode code) {
  ByteVector buffer(16);
  const Result<std::size_t> got = source.read(buffer);
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, code) << got.error().message;
}

TEST(FileSourceTest, ReadsTheFileInOrderAndEndsForGood) {
  const TemporaryFolder folder;
  for (const std::size_t length : {0U, 1U, 6U, 7U, 8U, 1000U}) {
    const std::string text(length, 'x');
    write_file(folder / "file", text + "end");
    const auto source = file_source(folder / "file");
    EXPECT_EQ(drain(*source, 7).value(), text + "end");
    EXPECT_EQ(drain(*source, 7).value(), "");
  }
}

TEST(FileSourceTest, HintsAtWhatIsLeft) {
  const TemporaryFolder folder;
  write_file(folder / "file", "0123456789");
  const auto source = file_source(folder / "file");
  EXPECT_EQ(source->size_hint(), 10U);
  ByteVector buffer(4);
  ASSERT_EQ(source->read(buffer).value(), 4U);
  EXPECT_EQ(source->size_hint(), 6U);
}

TEST(FileSourceTest, AFileThatCannotBeReadFailsAtTheFirstRead) {
  const TemporaryFolder folder;
  write_file(folder / "file", "text");
  std::filesystem::create_symlink("loop", folder / "loop");
  const struct {
    const char* name;
    ErrorCode want;
  } cases[] = {
      {"missing", ErrorCode::kNotFound},
      {"file/below", ErrorCode::kNotFound},
      {"loop", ErrorCode::kIo},
      {".", ErrorCode::kIo},  // a folder
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto source = file_source(folder / c.name);
    EXPECT_EQ(source->size_hint(), std::nullopt);
    expect_failure(*source, c.want);
    expect_failure(*source, c.want);
  }
}

TEST(FileSourceTest, ChildProcessesDoNotInheritTheFile) {
  const TemporaryFolder folder;
  write_file(folder / "file", "text");
  const int next = dup(0);  // the lowest free number, which the source will get
  close(next);
  const auto source = file_source(folder / "file");
  EXPECT_NE(fcntl(next, F_GETFD) & FD_CLOEXEC, 0);
}

TEST(DescriptorSourceTest, ReadsAPipeToItsEndAndLeavesItOpen) {
  Pipe pipe;
  ASSERT_EQ(write(pipe.write_end(), "hello", 5), 5);
  pipe.close_write_end();
  {
    const auto source = descriptor_source(pipe.read_end());
    EXPECT_EQ(source->size_hint(), std::nullopt);
    EXPECT_EQ(drain(*source, 3).value(), "hello");
  }
  EXPECT_NE(fcntl(pipe.read_end(), F_GETFD), -1);
}

TEST(DescriptorSourceTest, StartsWhereTheDescriptorStands) {
  const TemporaryFolder folder;
  write_file(folder / "file", "0123456789");
  const int descriptor = open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  ASSERT_EQ(lseek(descriptor, 7, SEEK_SET), 7);
  const auto source = descriptor_source(descriptor);
  EXPECT_EQ(source->size_hint(), 3U);
  EXPECT_EQ(drain(*source, 64).value(), "789");
  close(descriptor);
}

TEST(DescriptorSourceTest, WaitsThroughSignalsAndForNonBlockingPipes) {
  for (const int flags : {0, O_NONBLOCK}) {
    Pipe pipe(flags);
    const SignalRain rain;
    std::jthread writer([&pipe] {
      for (int i = 0; i < 5; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        EXPECT_EQ(write(pipe.write_end(), "abc", 3), 3);
      }
      pipe.close_write_end();
    });
    const auto source = descriptor_source(pipe.read_end());
    const Result<std::string> text = drain(*source, 64);
    ASSERT_TRUE(text.has_value()) << text.error().message;
    EXPECT_EQ(*text, "abcabcabcabcabc");
  }
}

TEST(DescriptorSourceTest, AClosedDescriptorIsAnError) {
  const auto source = descriptor_source(-1);
  EXPECT_EQ(source->size_hint(), std::nullopt);
  expect_failure(*source, ErrorCode::kIo);
}

TEST(BytesSourceTest, ReadsBorrowedAndOwnedBytes) {
  const ByteVector bytes(100, std::byte{'x'});
  const std::unique_ptr<Source> sources[] = {bytes_source(ByteSpan(bytes)),
                                             bytes_source(ByteVector(bytes))};
  for (const auto& source : sources) {
    EXPECT_EQ(source->size_hint(), 100U);
    EXPECT_EQ(drain(*source, 7).value(), std::string(100, 'x'));
    EXPECT_EQ(source->size_hint(), 0U);
  }
}

TEST(BytesSourceTest, NoBytesEndAtOnce) {
  EXPECT_EQ(drain(*bytes_source(ByteSpan()), 1).value(), "");
  EXPECT_EQ(drain(*bytes_source(ByteVector()), 1).value(), "");
}

}  // namespace
}  // namespace fhirbin
