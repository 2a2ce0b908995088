#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "fhirbin/error.h"
#include "fhirbin/sink.h"

namespace fhirbin::tool {

// The results of a command, on their way to standard output. Buffered; nothing is flushed by the
// destructor, since a failure there could not be told. SIGPIPE must be ignored. Thread-compatible.
class StandardOutput final : public Sink {
 public:
  explicit StandardOutput(int descriptor) : descriptor_(descriptor) {}

  Result<void> write(std::span<const std::byte> bytes) override;
  Result<void> finish() override { return flush(); }
  Result<void> flush();

  // write(), for text of the tool's own. Throws Failure.
  void print(std::string_view text);

  bool is_terminal() const;

  // Whether a write failed because the reader of the pipe has gone: nobody is left to talk to.
  bool broken() const { return broken_; }

  // Whether the reader of the pipe has gone, asked without writing.
  bool reader_has_gone() const;

 private:
  Result<void> write_through(std::span<const std::byte> bytes);

  int descriptor_;
  std::string buffer_;
  bool broken_ = false;
};

}  // namespace fhirbin::tool
