#include "engine/storage/settings.h"

#include <bit>
#include <string>

#include "engine/chunk/cutter.h"
#include "engine/storage/sql.h"
#include "engine/util/try.h"

namespace fhirbin::storage {
namespace {

// The chunker whose parameters the cut_* settings are. Another one takes another number.
constexpr std::uint64_t kWindowChunker = 1;

Result<void> insert(Connection& catalog, std::string_view name, ByteSpan value) {
  FHIRBIN_TRY_ASSIGN(Statement statement, catalog.prepare(sql::kInsertSetting));
  return statement.bind(1, name).bind(2, value).run();
}

Result<void> insert(Connection& catalog, std::string_view name, std::uint64_t value) {
  std::array<std::byte, 8> bytes{};
  store_le(bytes.data(), value);
  return insert(catalog, name, bytes);
}

Result<void> load(Connection& catalog, std::string_view name, MutableByteSpan value) {
  FHIRBIN_TRY_ASSIGN(Statement statement, catalog.prepare(sql::kSelectSetting));
  FHIRBIN_TRY_ASSIGN(const bool found, statement.bind(1, name).step());
  if (!found || statement.column_bytes(0).size() != value.size()) {
    return fail(ErrorCode::kCorrupt,
                "the setting " + std::string(name) + " is missing or malformed");
  }
  std::memcpy(value.data(), statement.column_bytes(0).data(), value.size());
  return {};
}

// A number between `low` and `high`.
Result<std::uint64_t> load_number(Connection& catalog, std::string_view name, std::uint64_t low,
                                  std::uint64_t high) {
  std::array<std::byte, 8> bytes{};
  FHIRBIN_TRY(load(catalog, name, bytes));
  const auto value = load_le<std::uint64_t>(bytes.data());
  if (value < low || value > high) {
    return fail(ErrorCode::kCorrupt, "the setting " + std::string(name) + " is out of range");
  }
  return value;
}

Result<void> load_sizes(Connection& catalog, Settings& settings) {
  FHIRBIN_TRY_ASSIGN(const auto inline_limit,
                     load_number(catalog, "inline_limit_bytes", 0, 1U << 20));
  FHIRBIN_TRY_ASSIGN(const auto cut_max,
                     load_number(catalog, "cut_max_bytes", chunk::kMinCutBytes, kMaxCutBytes));
  FHIRBIN_TRY_ASSIGN(const auto cut_average,
                     load_number(catalog, "cut_average_bytes", chunk::kMinCutBytes, cut_max));
  FHIRBIN_TRY_ASSIGN(const auto cut_min,
                     load_number(catalog, "cut_min_bytes", chunk::kMinCutBytes, cut_average));
  FHIRBIN_TRY_ASSIGN(const auto page, load_number(catalog, "volume_page_bytes", 4096, 65536));
  FHIRBIN_TRY_ASSIGN(const auto limit,
                     load_number(catalog, "volume_limit_bytes", 1, std::uint64_t{1} << 40));
  if (!std::has_single_bit(cut_average) || !std::has_single_bit(page)) {
    return fail(ErrorCode::kCorrupt, "a size setting is no power of two");
  }
  settings.inline_limit_bytes = static_cast<std::uint32_t>(inline_limit);
  settings.cut_min_bytes = static_cast<std::uint32_t>(cut_min);
  settings.cut_average_bytes = static_cast<std::uint32_t>(cut_average);
  settings.cut_max_bytes = static_cast<std::uint32_t>(cut_max);
  settings.volume_page_bytes = static_cast<std::uint32_t>(page);
  settings.volume_limit_bytes = limit;
  return {};
}

}  // namespace

Result<void> insert_settings(Connection& catalog, const Settings& settings) {
  FHIRBIN_TRY(insert(catalog, "store_id", settings.store_id.bytes));
  FHIRBIN_TRY(insert(catalog, "hash_secret", settings.hash_secret.bytes));
  FHIRBIN_TRY(insert(catalog, "fhir_version", static_cast<std::uint64_t>(settings.fhir_version)));
  FHIRBIN_TRY(insert(catalog, "keep_history", std::uint64_t{settings.keep_history}));
  FHIRBIN_TRY(insert(catalog, "update_may_create", std::uint64_t{settings.update_may_create}));
  FHIRBIN_TRY(insert(catalog, "inline_limit_bytes", settings.inline_limit_bytes));
  FHIRBIN_TRY(insert(catalog, "chunker", kWindowChunker));
  FHIRBIN_TRY(insert(catalog, "cut_min_bytes", settings.cut_min_bytes));
  FHIRBIN_TRY(insert(catalog, "cut_average_bytes", settings.cut_average_bytes));
  FHIRBIN_TRY(insert(catalog, "cut_max_bytes", settings.cut_max_bytes));
  FHIRBIN_TRY(insert(catalog, "volume_page_bytes", settings.volume_page_bytes));
  return insert(catalog, "volume_limit_bytes", settings.volume_limit_bytes);
}

Result<Settings> load_settings(Connection& catalog) {
  Settings settings;
  FHIRBIN_TRY(load(catalog, "store_id", settings.store_id.bytes));
  FHIRBIN_TRY(load(catalog, "hash_secret", settings.hash_secret.bytes));
  FHIRBIN_TRY_ASSIGN(const auto version, load_number(catalog, "fhir_version", 1, 5));
  FHIRBIN_TRY_ASSIGN(const auto keep_history, load_number(catalog, "keep_history", 0, 1));
  FHIRBIN_TRY_ASSIGN(const auto may_create, load_number(catalog, "update_may_create", 0, 1));
  settings.fhir_version = static_cast<FhirVersion>(version);
  settings.keep_history = keep_history != 0;
  settings.update_may_create = may_create != 0;
  FHIRBIN_TRY_ASSIGN(const auto chunker, load_number(catalog, "chunker", 1, UINT64_MAX));
  if (chunker != kWindowChunker) {
    return fail(ErrorCode::kIncompatibleFormat,
                "the store cuts content in a way this engine does not know");
  }
  FHIRBIN_TRY(load_sizes(catalog, settings));
  return settings;
}

}  // namespace fhirbin::storage
