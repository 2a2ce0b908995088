#pragma once

#include <cstdint>

#include "tests/storage/volume_fixture.h"

// Volumes full of pages to read, for the tests of what reads them.
namespace fhirbin::storage::volume_test {

inline constexpr std::uint32_t kPage = 60'000;

// A volume with pages 1 to `count`, whose bytes follow from their ids.
inline VolumeWriter fill(const TestStore& store, std::uint32_t number, std::uint64_t count) {
  VolumeWriter writer = store.take(number);
  for (std::uint64_t id = 1; id <= count; ++id) {
    EXPECT_EQ(writer.append(page_bytes(id, kPage)).value(), id);
  }
  EXPECT_TRUE(writer.commit());
  return writer;
}

inline void fill_and_seal(const TestStore& store, std::uint32_t number, std::uint64_t count) {
  VolumeWriter writer = fill(store, number, count);
  EXPECT_TRUE(writer.seal());
}

// What went wrong with reading page `page`, ErrorCode{} when its bytes are right.
inline ErrorCode read_page(VolumeReader& reader, const PagePlace& place) {
  ByteVector bytes(kPage);
  const auto done = reader.read(place, bytes);
  EXPECT_TRUE(!done || bytes == page_bytes(place.page, kPage)) << "wrong bytes";
  return code_of(done);
}

}  // namespace fhirbin::storage::volume_test
