#include "tools/commands/commands.h"
#include "tools/failure.h"
#include "tools/opened_store.h"
#include "tools/version_listing.h"
#include "tools/version_reference.h"

namespace fhirbin::tool {

ExitStatus run(const LsCommand& command, StandardOutput& out) {
  ListQuery query;
  query.content_type = command.content_type;
  query.since = instant_of(command.since);
  query.include_deleted = command.deleted;
  query.page_token = command.page_token;
  Store store = open_for_reading(command.store);
  VersionListing listing(out, "binaries", command.json);
  PageCounter pages(command.limit);
  do {
    query.count = pages.next_count();
    const ListPage page = take(store.list(query));
    listing.add_page(page.heads);
    pages.count(page.heads.size());
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty() && !pages.limit_reached());
  listing.finish(query.page_token);
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
