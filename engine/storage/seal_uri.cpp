#include "engine/storage/seal_uri.h"

#include <charconv>
#include <string_view>

#include <sqlite3.h>

#include "engine/storage/seal_page.h"

namespace fhirbin::storage {
namespace {

constexpr const char* kStoreKey = "seal_store";
constexpr const char* kFileKey = "seal_file";
constexpr const char* kPageBytesKey = "seal_page_bytes";
constexpr const char* kWalReserveKey = "seal_wal_reserve";
constexpr std::string_view kUnknownStore = "learn";
constexpr std::string_view kDigits = "0123456789abcdef";

// Everything outside RFC 3986's unreserved characters and the slash, so '?', '#', '%' and spaces
// stay part of the path.
void append_escaped(std::string& uri, std::string_view path) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      uri.push_back(c);
    } else {
      const auto value = static_cast<unsigned char>(c);
      uri.push_back('%');
      uri.push_back(kDigits[value >> 4U]);
      uri.push_back(kDigits[value & 0xFU]);
    }
  }
}

std::string to_text(const std::optional<StoreId>& id) {
  if (!id) {
    return std::string(kUnknownStore);
  }
  std::string text;
  for (const std::byte b : id->bytes) {
    text.push_back(kDigits[std::to_integer<std::size_t>(b >> 4)]);
    text.push_back(kDigits[std::to_integer<std::size_t>(b & std::byte{0xF})]);
  }
  return text;
}

template <class T>
std::optional<T> parse_number(const char* text, int base = 10) noexcept {
  if (text == nullptr) {
    return std::nullopt;
  }
  const std::string_view view = text;
  T value = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value, base);
  if (error != std::errc{} || end != view.data() + view.size()) {
    return std::nullopt;
  }
  return value;
}

// Whether `text` says which store it is ("learn" or 32 hex digits), and which.
bool parse_store_id(const char* text, std::optional<StoreId>& id) noexcept {
  if (text == nullptr) {
    return false;
  }
  const std::string_view view = text;
  if (view == kUnknownStore) {
    id.reset();
    return true;
  }
  StoreId parsed;
  if (view.size() != 2 * parsed.bytes.size()) {
    return false;
  }
  for (std::size_t i = 0; i < parsed.bytes.size(); ++i) {
    const std::size_t high = kDigits.find(view[2 * i]);
    const std::size_t low = kDigits.find(view[(2 * i) + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return false;
    }
    parsed.bytes[i] = static_cast<std::byte>(high << 4U | low);
  }
  id = parsed;
  return true;
}

}  // namespace

std::string seal_uri(const std::string& path, const SealParameters& parameters) {
  // An empty authority before absolute paths: a path that starts with two slashes would name a
  // host.
  std::string uri = path.starts_with('/') ? "file://" : "file:";
  append_escaped(uri, path);
  const auto append = [&uri](char separator, std::string_view key, std::string_view value) {
    uri.push_back(separator);
    uri.append(key).append("=").append(value);
  };
  append('?', kStoreKey, to_text(parameters.store_id));
  append('&', kFileKey, std::to_string(parameters.file_number));
  append('&', kPageBytesKey, std::to_string(parameters.sqlite_page_bytes));
  append('&', kWalReserveKey, std::to_string(parameters.wal_reserve_bytes));
  if (parameters.immutable) {
    append('&', "immutable", "1");
  }
  return uri;
}

std::optional<SealParameters> read_seal_parameters(const char* database_name) noexcept {
  if (database_name == nullptr) {
    return std::nullopt;
  }
  SealParameters parameters;
  const auto value = [database_name](const char* key) {
    return sqlite3_uri_parameter(database_name, key);
  };
  const auto file_number = parse_number<std::uint32_t>(value(kFileKey));
  const auto page_bytes = parse_number<std::uint32_t>(value(kPageBytesKey));
  const auto wal_reserve = parse_number<std::uint64_t>(value(kWalReserveKey));
  if (!parse_store_id(value(kStoreKey), parameters.store_id) || !file_number || !page_bytes ||
      !wal_reserve || (*page_bytes != 0 && !is_sqlite_page_size(*page_bytes))) {
    return std::nullopt;
  }
  parameters.file_number = *file_number;
  parameters.sqlite_page_bytes = *page_bytes;
  parameters.wal_reserve_bytes = *wal_reserve;
  parameters.immutable = sqlite3_uri_boolean(database_name, "immutable", 0) != 0;
  return parameters;
}

}  // namespace fhirbin::storage
