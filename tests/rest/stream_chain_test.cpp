#include "engine/rest/stream_chain.h"

#include <new>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/util/bytes.h"
#include "engine/util/try.h"
#include "tests/support/result_matchers.h"
#include "tests/support/test_sources.h"

namespace fhirbin::rest {
namespace {

using fhirbin::testing::AwkwardSource;
using fhirbin::testing::is_error;
using fhirbin::testing::is_ok;

// Gives the parts in order, then the end, as often as it is asked.
StreamChain::Next giving(std::vector<StreamPart> parts) {
  auto kept = std::make_shared<std::vector<StreamPart>>(std::move(parts));
  return [kept, next = std::size_t{0}]() mutable -> Result<std::optional<StreamPart>> {
    if (next == kept->size()) {
      return std::nullopt;
    }
    return std::move((*kept)[next++]);
  };
}

std::vector<StreamPart> sample_parts() {
  std::vector<StreamPart> parts;
  parts.push_back({.text = "[", .stream = bytes_source(as_bytes("one"))});
  parts.push_back({.text = "", .stream = nullptr});
  parts.push_back({.text = ",", .stream = nullptr});
  parts.push_back({.text = "", .stream = bytes_source(as_bytes("two"))});
  parts.push_back({.text = ",", .stream = bytes_source(ByteSpan())});
  parts.push_back({.text = "]", .stream = nullptr});
  return parts;
}

TEST(StreamChainTest, JoinsItsPartsWhateverTheBuffer) {
  for (std::size_t size = 1; size < 16; ++size) {
    StreamChain chain(giving(sample_parts()));
    ByteVector buffer(size);
    std::string text;
    while (true) {
      const auto filled = chain.read(buffer);
      ASSERT_THAT(filled, is_ok());
      if (*filled == 0) {
        break;
      }
      text += as_text(ByteSpan(buffer).first(*filled));
    }
    EXPECT_EQ(text, "[one,two,]") << size;
    EXPECT_EQ(chain.read(buffer).value(), 0U);
  }
}

TEST(StreamChainTest, NoPartsAreAnEmptyBody) {
  StreamChain chain(giving({}));
  ByteVector buffer(4);
  EXPECT_EQ(chain.read(buffer).value(), 0U);
}

TEST(StreamChainTest, AnEmptyBufferTakesNothing) {
  StreamChain chain(giving(sample_parts()));
  EXPECT_EQ(chain.read({}).value(), 0U);
  ByteVector buffer(1);
  EXPECT_EQ(chain.read(buffer).value(), 1U);
}

// A reader that went on after an error would get a text that lacks a piece and looks whole.
TEST(StreamChainTest, AfterAnErrorThereIsNothingMore) {
  std::vector<StreamPart> parts;
  parts.push_back({.text = "",
                   .stream = std::make_unique<AwkwardSource>(
                       as_bytes("one"), AwkwardSource::Habits{.fails_after = 0})});
  parts.push_back({.text = "two", .stream = nullptr});
  StreamChain broken_stream(giving(std::move(parts)));
  int calls = 0;
  StreamChain broken_next([&calls]() -> Result<std::optional<StreamPart>> {
    if (calls++ == 0) {
      return fail(ErrorCode::kBusy, "not now");
    }
    return StreamPart{.text = "two", .stream = nullptr};
  });
  ByteVector buffer(8);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(broken_stream.read(buffer), is_error(ErrorCode::kIo));
    EXPECT_THAT(broken_next.read(buffer), is_error(ErrorCode::kBusy));
  }
  EXPECT_EQ(calls, 1);
}

TEST(StreamChainTest, RunningOutOfMemoryIsAnErrorAndNoException) {
  StreamChain chain([]() -> Result<std::optional<StreamPart>> { throw std::bad_alloc(); });
  ByteVector buffer(8);
  EXPECT_THAT(chain.read(buffer), is_error(ErrorCode::kOutOfMemory));
}

}  // namespace
}  // namespace fhirbin::rest
