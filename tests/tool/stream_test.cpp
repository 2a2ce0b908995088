#include <array>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <pty.h>
#include <unistd.h>

#include "tests/tool/tool_process.h"
#include "tests/util/pipe.h"

namespace fhirbin {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr unsigned short kColumns = 60;
constexpr std::string_view kWipeLine = "\r\x1b[K";

// A terminal whose screen is `text()`.
class Terminal {
 public:
  Terminal() {
    winsize size{.ws_row = 24, .ws_col = kColumns, .ws_xpixel = 0, .ws_ypixel = 0};
    if (openpty(&screen_, &descriptor_, nullptr, nullptr, &size) != 0) {
      throw std::runtime_error("no terminal");
    }
    (void)fcntl(screen_, F_SETFD, FD_CLOEXEC);
    (void)fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    (void)close(screen_);
    close_descriptor();
  }

  int descriptor() const { return descriptor_; }

  // What was written, once no process has it open any more.
  std::string text() {
    close_descriptor();
    std::string text;
    std::array<char, 4096> block{};
    for (;;) {
      const ssize_t count = read(screen_, block.data(), block.size());
      if (count <= 0) {
        return text;
      }
      text.append(block.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  void close_descriptor() {
    if (const int descriptor = std::exchange(descriptor_, -1); descriptor >= 0) {
      (void)close(descriptor);
    }
  }

  int screen_ = -1;
  int descriptor_ = -1;
};

std::string drain(int descriptor) {
  std::string text;
  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t count = read(descriptor, block.data(), block.size());
    if (count <= 0) {
      return text;
    }
    text.append(block.data(), static_cast<std::size_t>(count));
  }
}

// The text of a file that is removed.
std::string take_file(const std::string& path) {
  std::string text = testing::file_text(path);
  std::filesystem::remove(path);
  return text;
}

class StreamTest : public ToolTest {
 protected:
  void SetUp() override {
    // The runner's own setting must not decide whether a bar is drawn.
    ASSERT_EQ(setenv("TERM", "xterm", 1), 0);
    init();
  }
};

TEST_F(StreamTest, AReaderThatHasGoneEndsTheToolQuietly) {
  const std::string id = put(noise(400'000), "application/octet-stream");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"ls", store()},
                                                    {"get", store(), id},
                                                    {"export", store()},
                                                    {"changes", store()},
                                                    {"stat", store(), "--json"},
                                                    {"--help"}}) {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    Pipe pipe;
    pipe.close_read_end();
    const StreamFile err;
    ToolProcess process(arguments, null_device(), pipe.write_end(), err.descriptor());
    EXPECT_EQ(process.wait(), 1);
    EXPECT_THAT(err.text(), IsEmpty());
  }
}

TEST_F(StreamTest, AFullOutputIsAnError) {
  put("x");
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  const StreamFile err;
  ToolProcess process({"ls", store()}, null_device(), full, err.descriptor());
  EXPECT_EQ(process.wait(), 1);
  EXPECT_THAT(err.text(), HasSubstr("standard output"));
  (void)close(full);
}

TEST_F(StreamTest, AFollowerSeesChangesUntilItIsInterrupted) {
  put("first");
  const StreamFile out;
  const StreamFile err;
  ToolProcess process({"changes", store(), "--follow", "--json"}, null_device(), out.descriptor(),
                      err.descriptor());
  const auto lines = [&out] { return std::ranges::count(out.text(), '\n'); };
  EXPECT_TRUE(eventually([&] { return lines() == 1; }));
  put("second");
  EXPECT_TRUE(eventually([&] { return lines() == 2; }));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(), 0);
  EXPECT_THAT(err.text(), IsEmpty());
}

TEST_F(StreamTest, AFollowerEndsWhenItsReaderHasGone) {
  put("first");
  Pipe pipe;
  ToolProcess process({"changes", store(), "--follow"}, null_device(), pipe.write_end(),
                      null_device());
  std::array<char, 16> block{};
  EXPECT_GT(read(pipe.read_end(), block.data(), block.size()), 0);
  pipe.close_read_end();
  EXPECT_EQ(process.wait(), 0);
}

TEST_F(StreamTest, AnInterruptedExportSaysSo) {
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    put(noise(3'000'000, seed), "application/octet-stream");
  }
  Pipe pipe;
  const StreamFile err;
  ToolProcess process({"export", store()}, null_device(), pipe.write_end(), err.descriptor());
  std::array<char, 16> block{};
  ASSERT_GT(read(pipe.read_end(), block.data(), block.size()), 0);
  // The pipe is full long before the end of the export, so the signal comes in the middle.
  process.signal(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  pipe.close_write_end();
  drain(pipe.read_end());
  EXPECT_EQ(process.wait(), 1);
  EXPECT_THAT(err.text(), ::testing::StartsWith("fhirbin: "));
}

TEST_F(StreamTest, InterruptedFilesAppearWholeOrNotAtAll) {
  const std::string content = noise(30'000'000);
  const std::string id = put(content, "application/octet-stream");
  const std::size_t files = folder_.names().size();
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"get", store(), id, "-o", file("target")},
        {"get", store(), id, "--accept", "application/fhir+json", "-o", file("target")},
        {"export", store(), "--inline-limit", "100000000", "-o", file("target")}}) {
    ToolProcess undisturbed(arguments, null_device(), null_device(), null_device());
    ASSERT_EQ(undisturbed.wait(), 0);
    const std::string whole = take_file(file("target"));
    for (const int delay_ms : {0, 2, 5, 10, 20, 50, 100}) {
      SCOPED_TRACE(::testing::PrintToString(arguments) + " after " + std::to_string(delay_ms) +
                   " ms");
      ToolProcess process(arguments, null_device(), null_device(), null_device());
      std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
      process.signal(SIGTERM);
      const int status = process.wait();
      const bool appeared = std::filesystem::exists(file("target"));
      // Before the tool watches for signals, and once its work is done, one ends it the ordinary
      // way.
      EXPECT_TRUE(status == 128 + SIGTERM || status == (appeared ? 0 : 1)) << status;
      EXPECT_EQ(folder_.names().size(), files + (appeared ? 1 : 0));
      if (appeared) {
        EXPECT_TRUE(take_file(file("target")) == whole);  // Without printing both.
      }
    }
  }
}

TEST_F(StreamTest, ALongPutShowsItsProgressOnATerminalOnly) {
  const std::vector<std::string> arguments{"put", store(), "--content-type", "text/plain"};
  Terminal terminal;
  Pipe pipe;
  const StreamFile out;
  ToolProcess process(arguments, pipe.read_end(), out.descriptor(), terminal.descriptor());
  for (int turn = 0; turn < 6; ++turn) {
    const std::string piece(5000, 'x');
    ASSERT_EQ(write(pipe.write_end(), piece.data(), piece.size()),
              static_cast<ssize_t>(piece.size()));
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
  }
  pipe.close_write_end();
  EXPECT_EQ(process.wait(), 0);
  EXPECT_THAT(out.text(), ::testing::StartsWith("Binary/"));

  const std::string screen = terminal.text();
  EXPECT_THAT(screen, HasSubstr("storing"));
  EXPECT_THAT(screen, HasSubstr("KiB"));
  EXPECT_THAT(screen, ::testing::EndsWith(kWipeLine));
  for (std::size_t start = 0; start < screen.size();) {
    const std::size_t end = std::min(screen.find(kWipeLine, start), screen.size());
    EXPECT_LT(end - start, kColumns);
    start = end + kWipeLine.size();
  }
}

TEST_F(StreamTest, BinaryContentGoesToATerminalOnlyWhenForced) {
  const std::string binary = put(std::string("\x1b[2J\0", 5), "application/octet-stream");
  const std::string plain = put("na\xC3\xAFve\n\tyes\n");
  const struct {
    const char* name;
    std::vector<std::string> arguments;
    int status;
    std::string screen;
  } cases[] = {
      {"binary", {binary}, 2, ""},
      {"forced", {binary, "-o", "-"}, 0, std::string("\x1b[2J\0", 5)},
      {"text", {plain}, 0, "na\xC3\xAFve\r\n"},
      {"FHIR", {binary, "--accept", "application/fhir+json"}, 0, "\"resourceType\""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Terminal terminal;
    const StreamFile err;
    std::vector<std::string> arguments{"get", store()};
    arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
    ToolProcess process(arguments, null_device(), terminal.descriptor(), err.descriptor());
    EXPECT_EQ(process.wait(), c.status) << err.text();
    const std::string screen = terminal.text();
    EXPECT_THAT(screen, HasSubstr(c.screen));
    if (c.status != 0) {
      EXPECT_THAT(screen, IsEmpty());
      EXPECT_THAT(err.text(), HasSubstr("-o FILE"));
    }
  }
}

}  // namespace
}  // namespace fhirbin
