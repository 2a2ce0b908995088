#include "engine/util/byte_buffer.h"

#include <gtest/gtest.h>

namespace fhirbin {
namespace {

TEST(ByteBufferTest, ShrinkingAndGrowingWithinItsMemoryTouchesNoByte) {
  ByteBuffer buffer;
  buffer.assign(1000, std::byte{7});
  const std::byte* const memory = buffer.data();
  buffer.resize(10);
  buffer.resize(1000);
  EXPECT_EQ(buffer.data(), memory);
  EXPECT_EQ(memory[999], std::byte{7}) << "cleared, which costs as much as a copy";
  EXPECT_EQ(ByteBuffer(3, std::byte{1}), (ByteBuffer{std::byte{1}, std::byte{1}, std::byte{1}}));
}

}  // namespace
}  // namespace fhirbin
