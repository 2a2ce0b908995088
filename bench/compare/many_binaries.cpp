#include "bench/compare/many_binaries.h"

#include "bench/compare/callers.h"
#include "bench/compare/inputs.h"
#include "bench/compare/require.h"

namespace fhirbin::compare {

void create_many(Store& store, std::uint64_t first, std::uint64_t count) {
  run_callers(kFillingCallers, [&](unsigned caller) {
    Bytes object(kSmallObjectBytes);
    for (std::uint64_t i = caller; i < count; i += kFillingCallers) {
      fill_random(object, first + i);
      (void)put_bytes(store, object);
    }
  });
}

std::vector<std::string> sample_ids(Store& store) {
  constexpr std::uint64_t kMost = 10'000;
  const std::uint64_t step = 1 + (require(store.stats()).binaries / kMost);
  std::vector<std::string> ids;
  std::uint64_t index = 0;
  ListQuery query{.count = 1000};
  do {
    ListPage page = require(store.list(query));
    for (VersionInfo& head : page.heads) {
      if (index++ % step == 0) {
        ids.push_back(std::move(head.id));
      }
    }
    query.page_token = std::move(page.next_page_token);
  } while (!query.page_token.empty());
  return ids;
}

void read_many(Store& store, const std::vector<std::string>& ids, std::uint64_t count) {
  Numbers numbers(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    read_all(store, ids[numbers.below(ids.size())]);
  }
}

}  // namespace fhirbin::compare
