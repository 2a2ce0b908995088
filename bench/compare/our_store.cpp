#include "bench/compare/our_store.h"

#include "bench/compare/require.h"

namespace fhirbin::compare {
namespace {

constexpr const char* kName = "bench.fhirbin";

}  // namespace

Store make_store(const Path& folder) { return require(Store::create(folder / kName)); }

Store open_store(const Path& folder) { return require(Store::open(folder / kName)); }

std::string put_file(Store& store, const Path& input, const char* content_type) {
  return require(store.create(file_source(input), {.content_type = content_type})).id;
}

std::string put_bytes(Store& store, std::span<const std::byte> bytes) {
  return require(store.create(bytes_source(bytes), {.content_type = kRawType})).id;
}

void read_all(Store& store, const std::string& id) {
  Reader reader = require(store.open_reader(id));
  while (!require(reader.next()).empty()) {
  }
}

std::string only_id(Store& store) { return require(store.list({.count = 1})).heads.at(0).id; }

}  // namespace fhirbin::compare
