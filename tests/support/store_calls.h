#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/util/bytes.h"
#include "engine/util/try.h"
#include "fhirbin/store.h"

// The calls of a Store that tests make most, in one line each.
namespace fhirbin::testing {

inline constexpr const char* kFhirJson = "application/fhir+json";

inline Result<VersionInfo> put(Store& store, ByteSpan bytes,
                               std::string content_type = "text/plain", WriteOptions options = {}) {
  return store.create(bytes_source(bytes), {.content_type = std::move(content_type)}, options);
}

inline Result<VersionInfo> put_json(Store& store, std::string_view json,
                                    WriteOptions options = {}) {
  return put(store, as_bytes(json), kFhirJson, options);
}

inline Result<VersionInfo> replace(Store& store, std::string_view id, ByteSpan bytes,
                                   WriteOptions options = {},
                                   std::string content_type = "text/plain") {
  return store.update(id, bytes_source(bytes), {.content_type = std::move(content_type)}, options);
}

inline Result<VersionInfo> replace_json(Store& store, std::string_view id, std::string_view json,
                                        WriteOptions options = {}) {
  return replace(store, id, as_bytes(json), options, kFhirJson);
}

inline Result<ByteVector> read_all(Store& store, std::string_view id,
                                   std::optional<std::uint64_t> version = {}) {
  FHIRBIN_TRY_ASSIGN(Reader reader, store.open_reader(id, version));
  ByteVector bytes(reader.size_bytes() + 1);
  FHIRBIN_TRY_ASSIGN(const std::size_t size, reader.read_at(0, bytes));
  bytes.resize(size);
  return bytes;
}

// For content that is text.
inline Result<std::string> read_text(Store& store, std::string_view id,
                                     std::optional<std::uint64_t> version = {}) {
  FHIRBIN_TRY_ASSIGN(const ByteVector bytes, read_all(store, id, version));
  return std::string(as_text(bytes));
}

inline Result<std::string> read_json(Store& store, std::string_view id,
                                     std::optional<std::uint64_t> version = {},
                                     JsonOptions options = {}) {
  std::string text;
  const auto sink = string_sink(text);
  FHIRBIN_TRY(store.write_fhir_json(id, version, *sink, options));
  return text;
}

inline Result<std::string> export_text(Store& store, ExportOptions options = {}) {
  std::string text;
  const auto sink = string_sink(text);
  FHIRBIN_TRY(store.export_ndjson(*sink, options));
  return text;
}

// Leaves nothing of a Binary but its deletion, so that its content is dead.
inline Result<void> remove_and_purge(Store& store, std::string_view id) {
  FHIRBIN_TRY(store.remove(id));
  FHIRBIN_TRY(store.purge_history(id));
  return {};
}

// Gives back what a Binary takes up, as far as nobody else needs it.
inline Result<CollectReport> forget(Store& store, std::string_view id) {
  FHIRBIN_TRY(remove_and_purge(store, id));
  return store.collect_garbage();
}

// An upload that was written and waits for its commit.
inline Result<Writer> begin_upload(Store& store, ByteSpan bytes) {
  FHIRBIN_TRY_ASSIGN(Writer writer, store.begin_create({.content_type = "a/b"}));
  FHIRBIN_TRY(writer.write(bytes));
  return writer;
}

}  // namespace fhirbin::testing
