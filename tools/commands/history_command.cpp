#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/opened_store.h"
#include "tools/version_listing.h"
#include "tools/version_reference.h"

namespace fhirbin::tool {

ExitStatus run(const HistoryCommand& command, StandardOutput& out) {
  HistoryQuery query;
  query.since = instant_of(command.since);
  query.page_token = command.page_token;
  const std::string id = command.id ? take(parse_id(*command.id)) : std::string();
  Store store = open_for_reading(command.store);
  VersionListing listing(out, "versions", command.json);
  PageCounter pages(command.limit);
  do {
    query.count = pages.next_count();
    const HistoryPage page = take(command.id ? store.history(id, query) : store.history(query));
    listing.add_page(page.versions);
    pages.count(page.versions.size());
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty() && !pages.limit_reached());
  listing.finish(query.page_token);
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
