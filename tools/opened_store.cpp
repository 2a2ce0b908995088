#include "tools/opened_store.h"

#include <utility>

#include "tools/failure.h"

namespace fhirbin::tool {

Store open_for_writing(const std::filesystem::path& path) { return take(Store::open(path)); }

Store open_for_reading(const std::filesystem::path& path) {
  // Writing first, although only reading is asked for: it alone recovers a store after a crash.
  Result<Store> store = Store::open(path);
  if (!store && store.error().code == ErrorCode::kReadOnly) {
    store = Store::open(path, {.read_only = true});
  }
  return take(std::move(store));
}

}  // namespace fhirbin::tool
