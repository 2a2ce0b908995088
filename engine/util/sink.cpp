#include "fhirbin/sink.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/util/bytes.h"
#include "engine/util/file_io.h"
#include "engine/util/random.h"
#include "engine/util/try.h"

namespace fhirbin {
namespace {

// Not derived from the target's name, which may already be as long as a name can be.
Result<std::string> make_temporary_name() {
  std::array<std::byte, 8> random{};
  FHIRBIN_TRY(SystemRandom().fill(random));
  return ".fhirbin-" + std::to_string(load_le<std::uint64_t>(random.data())) + ".tmp";
}

// Renaming over a device, a pipe or a folder would destroy it or fail late.
Result<void> check_replaceable(int folder, const std::string& name,
                               const std::filesystem::path& path) {
  struct stat status{};
  if (::fstatat(folder, name.c_str(), &status, 0) == 0 && !S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalidArgument, path.native() + " is not a regular file");
  }
  return {};
}

// Works relative to the folder's descriptor, so that a change of the working directory or a renamed
// folder between write() and finish() changes nothing.
class FileSink final : public Sink {
 public:
  explicit FileSink(std::filesystem::path path)
      : path_(std::move(path)),
        folder_path_(path_.has_parent_path() ? path_.parent_path().string() : "."),
        name_(path_.filename().string()) {}

  ~FileSink() override {
    if (!temporary_name_.empty()) {
      (void)::unlinkat(folder_.get(), temporary_name_.c_str(), 0);  // nobody is left to tell
    }
  }

  Result<void> write(ByteSpan bytes) override {
    FHIRBIN_TRY(create_once());
    return write_all(file_.get(), bytes, path_.native());
  }

  Result<void> finish() override {
    FHIRBIN_TRY(create_once());
    FHIRBIN_TRY(sync_to_disk(file_.get(), path_.native()));
    if (::renameat(folder_.get(), temporary_name_.c_str(), folder_.get(), name_.c_str()) != 0) {
      return os_failure(errno, "rename to " + path_.native());
    }
    temporary_name_.clear();
    return sync_to_disk(folder_.get(), folder_path_);
  }

 private:
  // Creates the temporary file, unless that was done before.
  Result<void> create_once() {
    if (file_.is_open()) {
      return {};
    }
    if (name_.empty()) {
      return fail(ErrorCode::kInvalidArgument, "the path of the output names no file");
    }
    folder_ = FileDescriptor(::open(folder_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder_.is_open()) {
      return os_failure(errno, "open folder " + folder_path_);
    }
    FHIRBIN_TRY(check_replaceable(folder_.get(), name_, path_));
    FHIRBIN_TRY_ASSIGN(const std::string temporary_name, make_temporary_name());
    FHIRBIN_TRY_ASSIGN(
        file_, create_private_file_in(folder_, temporary_name, "a file in " + folder_path_));
    temporary_name_ = temporary_name;
    return {};
  }

  std::filesystem::path path_;
  std::string folder_path_;
  std::string name_;
  std::string temporary_name_;  // empty while there is no temporary file
  FileDescriptor folder_;
  FileDescriptor file_;
};

// Keeps a broken pipe from killing the process: the signal is held back for this thread and, if our
// write raised it, taken away before the thread's mask is put back. Ignoring SIGPIPE would change
// the whole process, which is the application's to decide.
class BrokenPipeGuard {
 public:
  BrokenPipeGuard() noexcept {
    sigset_t pending{};
    (void)sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    (void)sigemptyset(&pipe_only_);
    (void)sigaddset(&pipe_only_, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe_only_, &previous_);
  }
  BrokenPipeGuard(const BrokenPipeGuard&) = delete;
  BrokenPipeGuard& operator=(const BrokenPipeGuard&) = delete;
  ~BrokenPipeGuard() {
    const timespec no_wait{};
    while (!was_pending_ && sigtimedwait(&pipe_only_, nullptr, &no_wait) < 0 && errno == EINTR) {
    }
    (void)pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
  }

 private:
  sigset_t pipe_only_{};
  sigset_t previous_{};
  bool was_pending_ = false;
};

class DescriptorSink final : public Sink {
 public:
  explicit DescriptorSink(int descriptor) : descriptor_(descriptor) {}

  Result<void> write(ByteSpan bytes) override {
    const BrokenPipeGuard guard;
    return write_all(descriptor_, bytes, "to a descriptor");
  }

 private:
  int descriptor_;
};

class StringSink final : public Sink {
 public:
  explicit StringSink(std::string& text) : text_(&text) {}

  Result<void> write(ByteSpan bytes) override {
    text_->append(as_text(bytes));
    return {};
  }

 private:
  std::string* text_;
};

}  // namespace

Sink::~Sink() = default;

std::unique_ptr<Sink> file_sink(std::filesystem::path path) {
  return std::make_unique<FileSink>(std::move(path));
}

std::unique_ptr<Sink> descriptor_sink(int descriptor) {
  return std::make_unique<DescriptorSink>(descriptor);
}

std::unique_ptr<Sink> string_sink(std::string& text) { return std::make_unique<StringSink>(text); }

}  // namespace fhirbin
