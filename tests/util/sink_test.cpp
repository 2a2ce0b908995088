#include "fhirbin/sink.h"

#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/util/bytes.h"
#include "tests/support/file_text.h"
#include "tests/support/temporary_folder.h"
#include "tests/util/pipe.h"

namespace {

// What the sinks asked of the disk, in order, while a DiskLog lives; and the errno with which the
// call named by `failing` is refused.
struct DiskLog {
  explicit DiskLog(std::string failing_call = "", int error = EIO)
      : failing(std::move(failing_call)), error_number(error) {
    current = this;
  }
  DiskLog(const DiskLog&) = delete;
  DiskLog& operator=(const DiskLog&) = delete;
  ~DiskLog() { current = nullptr; }

  // Whether the call may go through.
  static bool admits(const std::string& call) {
    if (current == nullptr) {
      return true;
    }
    current->calls.push_back(call);
    if (call == current->failing) {
      errno = current->error_number;
      return false;
    }
    return true;
  }

  inline static DiskLog* current = nullptr;
  std::vector<std::string> calls;
  std::string failing;
  int error_number;
};

}  // namespace

// These stand before the C library's in this program, so the order of calls can be seen and broken.
extern "C" int fsync(int descriptor) {
  struct stat status{};
  const bool folder = fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
  if (!DiskLog::admits(folder ? "sync folder" : "sync file")) {
    return -1;
  }
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}

extern "C" int renameat(int old_folder, const char* old_name, int new_folder,
                        const char* new_name) noexcept {
  if (!DiskLog::admits("rename")) {
    return -1;
  }
  return static_cast<int>(syscall(SYS_renameat2, old_folder, old_name, new_folder, new_name, 0));
}

namespace fhirbin {
namespace {

using testing::file_text;
using testing::TemporaryFolder;
using testing::write_file;

using Names = std::vector<std::string>;

void expect_failure(const Result<void>& result, ErrorCode code) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, code) << result.error().message;
}

TEST(FileSinkTest, WritesAFileOfItsOwnerOnly) {
  const TemporaryFolder folder;
  const auto sink = file_sink(folder / "out");
  ASSERT_TRUE(sink->write(as_bytes("hello ")));
  ASSERT_TRUE(sink->write({}));
  ASSERT_TRUE(sink->write(as_bytes("world")));
  ASSERT_TRUE(sink->finish());
  EXPECT_EQ(file_text(folder / "out"), "hello world");
  EXPECT_EQ(folder.names(), Names{"out"});
  struct stat status{};
  ASSERT_EQ(stat((folder / "out").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST(FileSinkTest, NothingWrittenMakesAnEmptyFile) {
  const TemporaryFolder folder;
  ASSERT_TRUE(file_sink(folder / "out")->finish());
  EXPECT_EQ(file_text(folder / "out"), "");
  EXPECT_EQ(folder.names(), Names{"out"});
}

TEST(FileSinkTest, TheTargetStaysAsItWasUntilFinish) {
  const TemporaryFolder folder;
  write_file(folder / "out", "old");
  const auto sink = file_sink(folder / "out");
  ASSERT_TRUE(sink->write(as_bytes("new")));
  EXPECT_EQ(file_text(folder / "out"), "old");
  ASSERT_TRUE(sink->finish());
  EXPECT_EQ(file_text(folder / "out"), "new");
}

TEST(FileSinkTest, DestroyedWithoutFinishItLeavesNothingBehind) {
  const TemporaryFolder folder;
  write_file(folder / "out", "old");
  {
    const auto sink = file_sink(folder / "out");
    ASSERT_TRUE(sink->write(as_bytes("new")));
    EXPECT_EQ(folder.names().size(), 2U);
  }
  EXPECT_EQ(folder.names(), Names{"out"});
  EXPECT_EQ(file_text(folder / "out"), "old");
}

// Renaming first could leave an empty file under the final name after a power cut.
TEST(FileSinkTest, SyncsTheFileThenRenamesThenSyncsTheFolder) {
  const TemporaryFolder folder;
  const auto sink = file_sink(folder / "out");
  ASSERT_TRUE(sink->write(as_bytes("text")));
  const DiskLog log;
  ASSERT_TRUE(sink->finish());
  EXPECT_EQ(log.calls, (Names{"sync file", "rename", "sync folder"}));
}

TEST(FileSinkTest, AFailureToFinishIsReportedAndLeavesTheOldFile) {
  const struct {
    const char* call;
    int error_number;
    ErrorCode want;
  } cases[] = {
      {"sync file", EIO, ErrorCode::kIo},         {"sync file", ENOSPC, ErrorCode::kNoSpace},
      {"sync file", EDQUOT, ErrorCode::kNoSpace}, {"rename", EACCES, ErrorCode::kIo},
      {"rename", ENOSPC, ErrorCode::kNoSpace},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.call);
    const TemporaryFolder folder;
    write_file(folder / "out", "old");
    {
      const DiskLog log(c.call, c.error_number);
      const auto sink = file_sink(folder / "out");
      ASSERT_TRUE(sink->write(as_bytes("new")));
      expect_failure(sink->finish(), c.want);
    }
    EXPECT_EQ(file_text(folder / "out"), "old");
    EXPECT_EQ(folder.names(), Names{"out"});
  }
}

TEST(FileSinkTest, AFolderThatCannotBeSyncedIsReported) {
  const TemporaryFolder folder;
  const DiskLog log("sync folder");
  expect_failure(file_sink(folder / "out")->finish(), ErrorCode::kIo);
  EXPECT_EQ(folder.names(), Names{"out"});
}

TEST(FileSinkTest, RefusesToReplaceWhatIsNoFile) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "folder");
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/null", folder / "device");
  for (const char* name : {"folder", "fifo", "device", ".", "..", "folder/"}) {
    SCOPED_TRACE(name);
    const auto sink = file_sink(folder / name);
    expect_failure(sink->write(as_bytes("text")), ErrorCode::kInvalidArgument);
    expect_failure(sink->finish(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(folder.names(), (Names{"device", "fifo", "folder"}));
  expect_failure(file_sink("")->finish(), ErrorCode::kInvalidArgument);
}

TEST(FileSinkTest, AMissingFolderIsReportedByTheFirstWrite) {
  const TemporaryFolder folder;
  expect_failure(file_sink(folder / "missing/out")->write(as_bytes("x")), ErrorCode::kIo);
}

TEST(FileSinkTest, TakesTheLongestNameAndTheWorkingDirectory) {
  const TemporaryFolder folder;
  const std::string longest(255, 'n');
  ASSERT_TRUE(file_sink(folder / longest)->finish());
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto sink = file_sink("relative");
  ASSERT_TRUE(sink->write(as_bytes("text")));
  std::filesystem::current_path(before);
  ASSERT_TRUE(sink->finish());
  EXPECT_EQ(folder.names(), (Names{longest, "relative"}));
}

TEST(DescriptorSinkTest, WritesAndLeavesTheDescriptorOpen) {
  const Pipe pipe;
  {
    const auto sink = descriptor_sink(pipe.write_end());
    ASSERT_TRUE(sink->write(as_bytes("hello")));
    ASSERT_TRUE(sink->finish());
  }
  char buffer[8];
  EXPECT_EQ(read(pipe.read_end(), buffer, sizeof buffer), 5);
  EXPECT_NE(fcntl(pipe.write_end(), F_GETFD), -1);
}

TEST(DescriptorSinkTest, WritesEverythingThroughSignalsAndFullPipes) {
  std::string text;
  for (int i = 0; text.size() < 1'000'000; ++i) {
    text += std::to_string(i);
  }
  for (const int flags : {0, O_NONBLOCK}) {
    Pipe pipe(flags);
    const SignalRain rain;
    std::string got;
    {
      const std::jthread reader([&pipe, &got, wanted = text.size()] {
        std::string buffer(20'000, '\0');
        while (got.size() < wanted) {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
          const ssize_t count = read(pipe.read_end(), buffer.data(), buffer.size());
          got.append(buffer, 0, count > 0 ? static_cast<std::size_t>(count) : 0);
        }
      });
      const Result<void> written = descriptor_sink(pipe.write_end())->write(as_bytes(text));
      EXPECT_TRUE(written.has_value());
    }
    EXPECT_EQ(got, text);
  }
}

TEST(DescriptorSinkTest, AFullDiskIsNoSpace) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  expect_failure(descriptor_sink(full)->write(as_bytes("text")), ErrorCode::kNoSpace);
  close(full);
}

TEST(DescriptorSinkTest, ABrokenPipeIsAnErrorAndNotADeadlySignal) {
  Pipe pipe;
  pipe.close_read_end();
  for (int i = 0; i < 2; ++i) {
    expect_failure(descriptor_sink(pipe.write_end())->write(as_bytes("text")), ErrorCode::kIo);
  }
  sigset_t pending{};
  ASSERT_EQ(sigpending(&pending), 0);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
  sigset_t blocked{};
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &blocked), 0);
  EXPECT_EQ(sigismember(&blocked, SIGPIPE), 0);
}

TEST(DescriptorSinkTest, AClosedDescriptorIsAnError) {
  expect_failure(descriptor_sink(-1)->write(as_bytes("text")), ErrorCode::kIo);
}

TEST(StringSinkTest, Appends) {
  std::string text = "old ";
  const auto sink = string_sink(text);
  ASSERT_TRUE(sink->write(as_bytes("new ")));
  ASSERT_TRUE(sink->write({}));
  ASSERT_TRUE(sink->write(as_bytes("newer")));
  ASSERT_TRUE(sink->finish());
  EXPECT_EQ(text, "old new newer");
}

}  // namespace
}  // namespace fhirbin
