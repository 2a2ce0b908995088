#include "fhirbin/source.h"

#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>

#include "engine/util/bytes.h"
#include "engine/util/file_io.h"
#include "engine/util/try.h"

namespace fhirbin {
namespace {

int open_for_reading(const std::filesystem::path& path) noexcept {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

class FileSource final : public Source {
 public:
  explicit FileSource(std::filesystem::path path)
      : path_(std::move(path)),
        descriptor_(open_for_reading(path_)),
        open_error_(descriptor_.is_open() ? 0 : errno) {}

  Result<std::size_t> read(MutableByteSpan buffer) override {
    if (open_error_ == ENOENT || open_error_ == ENOTDIR) {
      return fail(ErrorCode::kNotFound, "there is no file " + path_.native());
    }
    if (open_error_ != 0) {
      return os_failure(open_error_, "open " + path_.native());
    }
    return read_some(descriptor_.get(), buffer, path_.native());
  }

  std::optional<std::uint64_t> size_hint() const override {
    return remaining_bytes(descriptor_.get());
  }

 private:
  std::filesystem::path path_;
  FileDescriptor descriptor_;
  int open_error_;  // errno of the failed open, or 0
};

class DescriptorSource final : public Source {
 public:
  explicit DescriptorSource(int descriptor) : descriptor_(descriptor) {}

  Result<std::size_t> read(MutableByteSpan buffer) override {
    return read_some(descriptor_, buffer, "from a descriptor");
  }

  std::optional<std::uint64_t> size_hint() const override { return remaining_bytes(descriptor_); }

 private:
  int descriptor_;
};

class BytesSource final : public Source {
 public:
  explicit BytesSource(ByteSpan borrowed) : rest_(borrowed) {}
  explicit BytesSource(ByteVector owned) : owned_(std::move(owned)), rest_(owned_) {}

  Result<std::size_t> read(MutableByteSpan buffer) override {
    const std::size_t count = std::min(buffer.size(), rest_.size());
    if (count > 0) {
      std::memcpy(buffer.data(), rest_.data(), count);
      rest_ = rest_.subspan(count);
    }
    return count;
  }

  std::optional<std::uint64_t> size_hint() const override { return rest_.size(); }

 private:
  ByteVector owned_;
  ByteSpan rest_;
};

}  // namespace

Source::~Source() = default;

std::unique_ptr<Source> file_source(std::filesystem::path path) {
  return std::make_unique<FileSource>(std::move(path));
}

std::unique_ptr<Source> descriptor_source(int descriptor) {
  return std::make_unique<DescriptorSource>(descriptor);
}

std::unique_ptr<Source> bytes_source(std::span<const std::byte> bytes) {
  return std::make_unique<BytesSource>(bytes);
}

std::unique_ptr<Source> bytes_source(std::vector<std::byte> bytes) {
  return std::make_unique<BytesSource>(std::move(bytes));
}

}  // namespace fhirbin
