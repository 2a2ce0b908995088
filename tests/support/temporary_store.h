#pragma once

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/store/store_impl.h"
#include "engine/util/bytes.h"
#include "fhirbin/store.h"

namespace fhirbin::testing {

// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fhirbin-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      std::abort();
    }
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A new store in a folder of its own.
class TemporaryStore {
 public:
  explicit TemporaryStore(CreateOptions create = {}, OpenOptions open = {},
                          const store::Environment& environment = store::system_environment())
      : open_(open), environment_(environment) {
    store_ =
        std::make_unique<Store>(Store::Impl::create(path(), create, open, environment).value());
  }

  std::filesystem::path path() const { return folder_.path() / "test.fhirbin"; }
  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }

  void close() { store_.reset(); }
  // Closes and opens again.
  void reopen() {
    close();
    store_ = std::make_unique<Store>(Store::Impl::open(path(), open_, environment_).value());
  }

 private:
  TemporaryFolder folder_;
  OpenOptions open_;
  store::Environment environment_;
  std::unique_ptr<Store> store_;
};

// Bytes that do not compress and depend on the seed alone.
inline ByteVector random_bytes(std::size_t size_bytes, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  ByteVector bytes(size_bytes);
  for (std::size_t i = 0; i < size_bytes; i += 8) {
    const std::uint64_t word = generator();
    std::memcpy(bytes.data() + i, &word, std::min<std::size_t>(8, size_bytes - i));
  }
  return bytes;
}

inline Result<VersionInfo> put(Store& store, ByteSpan bytes,
                               std::string content_type = "text/plain", WriteOptions options = {}) {
  return store.create(bytes_source(bytes), {.content_type = std::move(content_type)}, options);
}

inline Result<VersionInfo> put_json(Store& store, std::string_view json,
                                    WriteOptions options = {}) {
  return put(store, as_bytes(json), "application/fhir+json", options);
}

inline Result<VersionInfo> replace(Store& store, std::string_view id, ByteSpan bytes,
                                   WriteOptions options = {},
                                   std::string content_type = "text/plain") {
  return store.update(id, bytes_source(bytes), {.content_type = std::move(content_type)}, options);
}

inline Result<ByteVector> read_all(Store& store, std::string_view id,
                                   std::optional<std::uint64_t> version = {}) {
  FHIRBIN_TRY_ASSIGN(Reader reader, store.open_reader(id, version));
  ByteVector bytes(reader.size_bytes() + 1);
  FHIRBIN_TRY_ASSIGN(const std::size_t size, reader.read_at(0, bytes));
  bytes.resize(size);
  return bytes;
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

}  // namespace fhirbin::testing
