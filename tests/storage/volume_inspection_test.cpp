#include "engine/storage/volume_inspection.h"

#include "tests/storage/filled_volume.h"
#include "tests/support/file_text.h"

namespace fhirbin::storage {
namespace {

using namespace volume_test;
using testing::file_text;
using testing::write_file;

TEST(VolumeInspectionTest, DamageIsFoundByReadingAndByTheIntegrityCheck) {
  const TestStore store;
  fill_and_seal(store, 1, 10);
  const VolumeWriter filling = fill(store, 2, 10);
  std::string bytes = file_text(store.context.paths.volume(1));
  bytes[bytes.size() / 2] ^= 1;
  write_file(store.context.paths.volume(1), bytes);
  VolumeReader reader(store.context, false);
  int corrupt = 0;
  for (std::uint64_t page = 1; page <= 10; ++page) {
    corrupt += read_page(reader, {1, page, true}) == ErrorCode::kCorrupt ? 1 : 0;
  }
  EXPECT_GE(corrupt, 1);
  EXPECT_LE(corrupt, 2);
  const std::string damage = reader.check_integrity(1, true).value();
  EXPECT_NE(damage, "");
  EXPECT_EQ(damage.find('\n'), std::string::npos);
  EXPECT_EQ(reader.check_integrity(2, false).value(), "");
  EXPECT_NE(reader.check_integrity(2, true).value(), "")
      << "the books say sealed, the file does not";
}

}  // namespace
}  // namespace fhirbin::storage
