#include "engine/storage/version_record.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/sample_bytes.h"

namespace fhirbin::storage {
namespace {

using Alteration = std::function<void(VersionRecord&)>;

// Random, as those of stores are: XXH3 mixes badly under a secret that repeats itself.
HashSecret secret_of(std::uint64_t seed) {
  HashSecret secret;
  std::ranges::copy(testing::random_bytes(HashSecret::kSizeBytes, seed), secret.bytes.begin());
  return secret;
}

StoreId store_of(unsigned fill) {
  StoreId id;
  id.bytes.fill(static_cast<std::byte>(fill));
  return id;
}

VersionRecord record() {
  return {.sequence = 12,
          .binary_key = 5,
          .id = "ab",
          .number = 3,
          .last_updated_ms = 1'767'323'045'678,
          .action = ChangeAction::kUpdate,
          .content_type = "text/plain",
          .security_context = R"({"reference":"Patient/1"})",
          .elements = "{}",
          .size_bytes = 40,
          .digest = {},
          .placement = Placement::kInline,
          .stored_bytes = 30,
          .chunk_count = 0,
          .map_hash = {}};
}

Hash128 seal_of(const VersionRecord& sealed) {
  return compute_seal(secret_of(1), store_of(2), sealed);
}

template <class Field>
void flip_each_bit(Field VersionRecord::* field, std::vector<Alteration>& alterations) {
  for (unsigned bit = 0; bit < 8 * sizeof(Field); ++bit) {
    alterations.emplace_back([=](VersionRecord& altered) {
      auto number = static_cast<std::uint64_t>(altered.*field);
      altered.*field = static_cast<Field>(number ^ (std::uint64_t{1} << bit));
    });
  }
}

void flip_each_bit_of_hash(Hash128 VersionRecord::* field, std::vector<Alteration>& alterations) {
  for (unsigned bit = 0; bit < 128; ++bit) {
    alterations.emplace_back([=](VersionRecord& altered) {
      (altered.*field).bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    });
  }
}

TEST(VersionRecordTest, EveryBitOfEveryFieldIsSealed) {
  std::vector<Alteration> alterations;
  flip_each_bit(&VersionRecord::sequence, alterations);
  flip_each_bit(&VersionRecord::binary_key, alterations);
  flip_each_bit(&VersionRecord::number, alterations);
  flip_each_bit(&VersionRecord::last_updated_ms, alterations);
  flip_each_bit(&VersionRecord::action, alterations);
  flip_each_bit(&VersionRecord::size_bytes, alterations);
  flip_each_bit(&VersionRecord::placement, alterations);
  flip_each_bit(&VersionRecord::stored_bytes, alterations);
  flip_each_bit(&VersionRecord::chunk_count, alterations);
  flip_each_bit_of_hash(&VersionRecord::digest, alterations);
  flip_each_bit_of_hash(&VersionRecord::map_hash, alterations);
  for (const auto field : {&VersionRecord::content_type, &VersionRecord::security_context,
                           &VersionRecord::elements, &VersionRecord::id}) {
    alterations.emplace_back([=](VersionRecord& altered) { (altered.*field).front() ^= 1; });
    alterations.emplace_back([=](VersionRecord& altered) { (altered.*field).back() ^= 1; });
    alterations.emplace_back([=](VersionRecord& altered) { (altered.*field).push_back('\0'); });
    alterations.emplace_back([=](VersionRecord& altered) { (altered.*field).clear(); });
  }
  std::set<Hash128> seals{seal_of(record())};
  for (std::size_t i = 0; i < alterations.size(); ++i) {
    VersionRecord altered = record();
    alterations[i](altered);
    EXPECT_TRUE(seals.insert(seal_of(altered)).second) << "alteration " << i;
  }
}

// Each text goes in with its length, so that no character can change sides unnoticed.
TEST(VersionRecordTest, NoCharacterMovesFromOneTextToTheNext) {
  const std::pair<std::string VersionRecord::*, std::string VersionRecord::*> neighbours[] = {
      {&VersionRecord::content_type, &VersionRecord::security_context},
      {&VersionRecord::security_context, &VersionRecord::elements}};
  for (const auto& [left, right] : neighbours) {
    VersionRecord moved = record();
    (moved.*right).insert(0, 1, (moved.*left).back());
    (moved.*left).pop_back();
    EXPECT_NE(seal_of(moved), seal_of(record()));
  }
}

TEST(VersionRecordTest, ARecordOfAnotherStoreDoesNotMatch) {
  const Hash128 own = seal_of(record());
  EXPECT_EQ(compute_seal(secret_of(1), store_of(2), record()), own);
  EXPECT_NE(compute_seal(secret_of(3), store_of(2), record()), own);
  for (std::size_t i = 0; i < StoreId{}.bytes.size(); ++i) {
    StoreId other = store_of(2);
    other.bytes[i] ^= std::byte{1};
    EXPECT_NE(compute_seal(secret_of(1), other, record()), own) << i;
  }
}

}  // namespace
}  // namespace fhirbin::storage
