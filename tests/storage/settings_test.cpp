#include "engine/storage/settings.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/storage/catalog_fixture.h"
#include "tests/support/result_matchers.h"
#include "tests/support/sample_bytes.h"

namespace fhirbin::storage {
namespace {

using catalog_test::CatalogFolder;
using testing::is_error;
using testing::is_ok;

// A catalog whose settings are altered within one transaction that never commits.
class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() { EXPECT_THAT(connection_.execute("BEGIN IMMEDIATE"), is_ok()); }

  Connection& connection() { return connection_; }

  // What loading gives once `change` was made to the setting; the change is undone.
  Result<Settings> load_after(const std::string& change, const std::string& name) {
    EXPECT_THAT(connection_.execute("SAVEPOINT alteration"), is_ok());
    const std::string sql = change + " WHERE name = '" + name + "'";
    EXPECT_THAT(connection_.execute(sql.c_str()), is_ok());
    EXPECT_EQ(connection_.changed_rows(), 1U) << name;
    Result<Settings> loaded = load_settings(connection_);
    EXPECT_THAT(connection_.execute("ROLLBACK TO alteration; RELEASE alteration"), is_ok());
    return loaded;
  }

  Result<Settings> load_with(const std::string& name, std::uint64_t value) {
    std::array<std::byte, 8> bytes{};
    store_le(bytes.data(), value);
    return load_after("UPDATE setting SET value = x'" + hex(bytes) + "'", name);
  }

 private:
  static std::string hex(ByteSpan bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string digits;
    for (const std::byte each : bytes) {
      digits.push_back(kDigits[std::to_integer<std::size_t>(each >> 4)]);
      digits.push_back(kDigits[std::to_integer<std::size_t>(each & std::byte{15})]);
    }
    return digits;
  }

  CatalogFolder folder_;
  Connection connection_ = folder_.connect();
};

void expect_equal(const Settings& loaded, const Settings& written) {
  EXPECT_EQ(loaded.store_id, written.store_id);
  EXPECT_EQ(loaded.hash_secret.bytes, written.hash_secret.bytes);
  EXPECT_EQ(loaded.fhir_version, written.fhir_version);
  EXPECT_EQ(loaded.keep_history, written.keep_history);
  EXPECT_EQ(loaded.update_may_create, written.update_may_create);
  EXPECT_EQ(loaded.inline_limit_bytes, written.inline_limit_bytes);
  EXPECT_EQ(loaded.cut_min_bytes, written.cut_min_bytes);
  EXPECT_EQ(loaded.cut_average_bytes, written.cut_average_bytes);
  EXPECT_EQ(loaded.cut_max_bytes, written.cut_max_bytes);
  EXPECT_EQ(loaded.volume_page_bytes, written.volume_page_bytes);
  EXPECT_EQ(loaded.volume_limit_bytes, written.volume_limit_bytes);
}

TEST_F(SettingsTest, WhatWasWrittenIsLoaded) {
  Settings settings = catalog_test::settings();
  const ByteVector secret = testing::random_bytes(HashSecret::kSizeBytes, 1);
  std::ranges::copy(secret, settings.hash_secret.bytes.begin());
  settings.volume_limit_bytes = (std::uint64_t{1} << 40) - 3;  // beyond 32 bits
  for (const FhirVersion version : {FhirVersion::kDstu2, FhirVersion::kStu3, FhirVersion::kR4,
                                    FhirVersion::kR4B, FhirVersion::kR5}) {
    settings.fhir_version = version;
    settings.keep_history = version < FhirVersion::kR4;
    settings.update_may_create = version > FhirVersion::kStu3;
    ASSERT_THAT(connection().execute("DELETE FROM setting"), is_ok());
    ASSERT_THAT(insert_settings(connection(), settings), is_ok());
    const auto loaded = load_settings(connection());
    ASSERT_THAT(loaded, is_ok());
    expect_equal(*loaded, settings);
  }
}

// The sizes of the fixture are 64 KiB, 256 KiB and 1 MiB for the cutter's three.
TEST_F(SettingsTest, EachNumberHasItsRange) {
  const struct {
    const char* name;
    std::uint64_t lowest;
    std::uint64_t highest;
  } ranges[] = {{"fhir_version", 1, 5},
                {"keep_history", 0, 1},
                {"update_may_create", 0, 1},
                {"inline_limit_bytes", 0, 1U << 20},
                {"cut_min_bytes", 64, 256U << 10},
                {"cut_average_bytes", 64U << 10, 1U << 20},
                {"cut_max_bytes", 256U << 10, 1U << 21},
                {"volume_page_bytes", 4096, 65'536},
                {"volume_limit_bytes", 1, std::uint64_t{1} << 40}};
  for (const auto& range : ranges) {
    SCOPED_TRACE(range.name);
    EXPECT_THAT(load_with(range.name, range.lowest), is_ok());
    EXPECT_THAT(load_with(range.name, range.highest), is_ok());
    EXPECT_THAT(load_with(range.name, range.highest + 1), is_error(ErrorCode::kCorrupt));
    EXPECT_THAT(load_with(range.name, UINT64_MAX), is_error(ErrorCode::kCorrupt));
    if (range.lowest > 0) {
      EXPECT_THAT(load_with(range.name, range.lowest - 1), is_error(ErrorCode::kCorrupt));
    }
  }
}

TEST_F(SettingsTest, AveragesAndPagesArePowersOfTwo) {
  for (const char* const name : {"cut_average_bytes", "volume_page_bytes"}) {
    SCOPED_TRACE(name);
    const std::uint64_t power = std::string(name) == "volume_page_bytes" ? 32'768 : 128U << 10;
    EXPECT_THAT(load_with(name, power), is_ok());
    EXPECT_THAT(load_with(name, power - 1), is_error(ErrorCode::kCorrupt));
    EXPECT_THAT(load_with(name, power + power / 2), is_error(ErrorCode::kCorrupt));
  }
}

TEST_F(SettingsTest, AMissingOrMalformedOneIsDamageAndNamed) {
  for (const char* const name :
       {"store_id", "hash_secret", "fhir_version", "keep_history", "update_may_create",
        "inline_limit_bytes", "chunker", "cut_min_bytes", "cut_average_bytes", "cut_max_bytes",
        "volume_page_bytes", "volume_limit_bytes"}) {
    for (const char* const change :
         {"DELETE FROM setting", "UPDATE setting SET value = x''",
          "UPDATE setting SET value = substr(value, 1, length(value) - 1)",
          "UPDATE setting SET value = CAST(value || x'00' AS BLOB)"}) {
      SCOPED_TRACE(std::string(name) + ": " + change);
      const auto loaded = load_after(change, name);
      ASSERT_THAT(loaded, is_error(ErrorCode::kCorrupt));
      EXPECT_NE(loaded.error().message.find(name), std::string::npos) << loaded.error().message;
    }
  }
}

TEST_F(SettingsTest, AnotherChunkerIsAnotherFormatAndNoneIsDamage) {
  EXPECT_THAT(load_with("chunker", 2), is_error(ErrorCode::kIncompatibleFormat));
  EXPECT_THAT(load_with("chunker", UINT64_MAX), is_error(ErrorCode::kIncompatibleFormat));
  EXPECT_THAT(load_with("chunker", 0), is_error(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace fhirbin::storage
