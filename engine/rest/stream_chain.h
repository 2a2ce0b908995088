#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "fhirbin/source.h"

namespace fhirbin::rest {

// One part of a body: a text, then, if there is one, a stream.
struct StreamPart {
  std::string text;
  std::unique_ptr<Source> stream;
};

// A body of parts that are made one at a time, when the one before was read to its end: a Bundle of
// a thousand resources holds one of them.
class StreamChain final : public Source {
 public:
  // Gives the next part, or nullopt at the end.
  using Next = std::function<Result<std::optional<StreamPart>>()>;

  explicit StreamChain(Next next) : next_(std::move(next)) {}

  // After an error every read fails alike: what was lost with it must not be skipped.
  Result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  Result<std::size_t> fill(std::span<std::byte> buffer);

  Next next_;
  std::optional<Error> error_;
  StreamPart part_;
  std::size_t text_read_ = 0;
  bool ended_ = false;
};

}  // namespace fhirbin::rest
