#include "engine/util/file_io.h"

#include <cerrno>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/file_text.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_folder.h"

namespace fhirbin {
namespace {

using testing::file_text;
using testing::is_error;
using testing::is_ok;
using testing::TemporaryFolder;

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777U;
}

TEST(FileIoTest, APrivateFileIsItsOwnersAloneWhateverTheUmask) {
  const TemporaryFolder folder;
  const mode_t previous = ::umask(0);
  const auto file = create_private_file(folder.path() / "file", "a file");
  ::umask(previous);
  ASSERT_THAT(file, is_ok());
  EXPECT_EQ(mode_of(folder.path() / "file"), 0600U);
  EXPECT_EQ(::fcntl(file->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(FileIoTest, APrivateFileNeverTakesWhatExists) {
  const TemporaryFolder folder;
  testing::write_file(folder.path() / "file", "kept");
  std::filesystem::create_symlink("nowhere", folder.path() / "link");
  for (const char* const name : {"file", "link"}) {
    SCOPED_TRACE(name);
    const auto refused = create_private_file(folder.path() / name, "the file of a test");
    ASSERT_THAT(refused, is_error(ErrorCode::kIo));
    EXPECT_NE(refused.error().message.find("create the file of a test"), std::string::npos);
  }
  EXPECT_EQ(file_text(folder.path() / "file"), "kept");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "nowhere"));
}

TEST(FileIoTest, APrivateFileIsSeenFromTheFolderThatIsGiven) {
  const TemporaryFolder folder;
  const FileDescriptor open_folder(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_TRUE(open_folder.is_open());
  EXPECT_THAT(create_private_file_in(open_folder, "file", "a file"), is_ok());
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "file"));
}

TEST(FileIoTest, BytesAreWrittenAndReadAtTheirOffsets) {
  const TemporaryFolder folder;
  const auto file = create_private_file(folder.path() / "file", "a file");
  ASSERT_THAT(file, is_ok());
  ASSERT_THAT(write_all_at(file->get(), 4, as_bytes("content"), "a file"), is_ok());
  ByteVector bytes(16);
  EXPECT_EQ(read_all_at(file->get(), 6, bytes, "a file").value(), 5U) << "up to the end";
  EXPECT_EQ(as_text(ByteSpan(bytes).first(5)), "ntent");
  EXPECT_EQ(read_all_at(file->get(), 11, bytes, "a file").value(), 0U);
}

TEST(FileIoTest, AFullDiskIsToldApartFromOtherFailures) {
  const struct {
    int error_number;
    ErrorCode code;
  } cases[] = {{ENOSPC, ErrorCode::kNoSpace},
               {EDQUOT, ErrorCode::kNoSpace},
               {EIO, ErrorCode::kIo},
               {EACCES, ErrorCode::kIo}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.error_number);
    const Error error = os_failure(c.error_number, "write a file").error();
    EXPECT_EQ(error.code, c.code);
    EXPECT_TRUE(error.message.starts_with("cannot write a file: ")) << error.message;
  }
}

TEST(FileIoTest, AFolderThatIsNotThereCannotBeSynced) {
  const TemporaryFolder folder;
  EXPECT_THAT(sync_directory(folder.path()), is_ok());
  EXPECT_THAT(sync_directory(folder.path() / "missing"), is_error(ErrorCode::kIo));
}

}  // namespace
}  // namespace fhirbin
