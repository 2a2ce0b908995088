#pragma once

#include <functional>
#include <memory>
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

  Result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  Next next_;
  StreamPart part_;
  std::size_t text_read_ = 0;
  bool ended_ = false;
};

}  // namespace fhirbin::rest
