#include "tests/model/queries.h"

#include <algorithm>
#include <chrono>

#include "tests/model/expectations.h"
#include "tests/model/resource_text.h"
#include "tests/support/store_calls.h"

namespace fhirbin::testing {
namespace {

constexpr std::size_t kMostPages = 10'000;  // more than any sequence has changes

// Follows the tokens of `ask` to the last page; `use` takes each page.
template <class Query, class Ask, class Use>
void follow_pages(Query query, Ask ask, Use use) {
  for (std::size_t pages = 0; pages < kMostPages; ++pages) {
    auto page = ask(query);
    use(page);
    if (page.next_page_token.empty()) {
      return;
    }
    query.page_token = page.next_page_token;
  }
  fail_sequence("a listing", "has no end");
}

template <class Ask>
void check_history_pages(std::string_view what, const HistoryQuery& query,
                         const std::vector<VersionInfo>& want, Ask ask) {
  std::vector<VersionInfo> got;
  follow_pages(query, ask, [&](const HistoryPage& page) {
    expect_true("no page of a history is longer than asked for and",
                page.versions.size() <= query.count);
    expect_same("the total of a history", page.total, want.size());
    got.insert(got.end(), page.versions.begin(), page.versions.end());
  });
  expect_same_text(what, describe(got), describe(want));
}

bool exported(const ModelVersion& version, const ExportOptions& options) {
  return !version.info.deleted && (!options.since || version.info.last_updated >= *options.since) &&
         matches_media_type(version.info.content_type, options.content_type);
}

}  // namespace

void check_head(Store& store, const Model& model, std::string_view id) {
  const auto got = store.head(id);
  const auto want = model.version(id, std::nullopt);
  if (expect_like("the head", got, want)) {
    expect_same_text("the head", describe(*got), describe((*want)->info));
  }
}

void check_version(Store& store, const Model& model, std::string_view id, std::uint64_t number) {
  const auto got = store.version(id, number);
  const auto want = model.version(id, number);
  if (expect_like("a version", got, want)) {
    expect_same_text("a version", describe(*got), describe((*want)->info));
  }
}

void check_history(Store& store, const Model& model, std::string_view id, HistoryQuery query) {
  if (model.find(id) == nullptr) {
    return expect_error("the history of an unknown id", store.history(id, query),
                        ErrorCode::kNotFound);
  }
  check_history_pages("a history", query, model.history(id, query), [&](const HistoryQuery& next) {
    return expect_ok("a history", store.history(id, next));
  });
}

void check_store_history(Store& store, const Model& model, HistoryQuery query) {
  check_history_pages("the store's history", query, model.history(query),
                      [&](const HistoryQuery& next) {
                        return expect_ok("the store's history", store.history(next));
                      });
}

void check_list(Store& store, const Model& model, ListQuery query) {
  std::vector<VersionInfo> got;
  follow_pages(
      query, [&](const ListQuery& next) { return expect_ok("a listing", store.list(next)); },
      [&](const ListPage& page) {
        expect_true("no page of a listing is longer than asked for and",
                    page.heads.size() <= query.count);
        got.insert(got.end(), page.heads.begin(), page.heads.end());
      });
  expect_same_text("a listing", describe(got), describe(model.list(query)));
}

void check_changes(Store& store, const Model& model, std::uint64_t after, std::uint32_t limit) {
  const std::uint64_t last = model.changes().size();
  expect_same("whether there are changes",
              expect_ok("waiting", store.wait_for_change(after, std::chrono::milliseconds(0))),
              last > after ? 1 : 0);
  std::vector<Change> got;
  std::uint64_t cursor = after;
  while (true) {
    const ChangePage page = expect_ok("the change feed", store.changes(cursor, limit));
    if (page.changes.empty()) {
      break;
    }
    expect_true("no page of changes is longer than asked for and", page.changes.size() <= limit);
    cursor = page.last_sequence;
    got.insert(got.end(), page.changes.begin(), page.changes.end());
  }
  expect_same("the last cursor", cursor, std::max(last, after));
  const std::uint64_t skipped = std::min(after, last);
  expect_same_text(
      "the change feed", describe(got),
      describe(std::vector<Change>(model.changes().begin() + static_cast<std::ptrdiff_t>(skipped),
                                   model.changes().end())));
}

void check_json(Store& store, const Model& model, std::string_view id,
                std::optional<std::uint64_t> number, const JsonOptions& options) {
  const auto got = read_json(store, id, number, options);
  const auto want = model.content_version(id, number);
  if (expect_like("FHIR JSON", got, want)) {
    expect_same_text("FHIR JSON", *got,
                     resource_json(**want, model.options().fhir_version, options));
  }
}

void check_export(Store& store, const Model& model, const ExportOptions& options) {
  const FhirVersion fhir_version = model.options().fhir_version;
  const JsonOptions view{.view = static_cast<const InlinePolicy&>(options)};
  std::string want;
  std::uint64_t lines = 0;
  std::uint64_t substituted = 0;
  for (const auto& [id, binary] : model.binaries()) {
    for (const ModelVersion* version : binary.kept()) {
      if (exported(*version, options)) {
        const std::string line = resource_json(*version, fhir_version, view);
        substituted += line == resource_json(*version, fhir_version) ? 0U : 1U;
        want += line + '\n';
        ++lines;
      }
      if (!options.history) {
        break;
      }
    }
  }
  std::string got;
  const auto sink = string_sink(got);
  const ExportReport report = expect_ok("an export", store.export_ndjson(*sink, options));
  expect_same_text("an export", got, want);
  expect_same("the lines of an export", report.lines, lines);
  expect_same("the substituted lines of an export", report.substituted, substituted);
  expect_same("the inlined lines of an export", report.inlined, lines - substituted);
  expect_same("the bytes of an export", report.bytes, want.size());
  expect_same("the sequence of an export", report.sequence, model.changes().size());
}

void check_stats(Store& store, const Model& model) {
  const StoreStats got = expect_ok("stats", store.stats());
  const StoreStats want = model.stats();
  expect_true("the FHIR version is kept and", got.fhir_version == want.fhir_version);
  expect_same("stats: the sequence", got.sequence, want.sequence);
  expect_same("stats: Binaries", got.binaries, want.binaries);
  expect_same("stats: deleted", got.deleted, want.deleted);
  expect_same("stats: versions", got.versions, want.versions);
  expect_same("stats: logical bytes", got.logical_bytes, want.logical_bytes);
  const auto text = [](const StoreStats& stats) {
    std::string lines;
    for (const MediaTypeStats& sum : stats.media_types) {
      lines += sum.content_type + ' ' + std::to_string(sum.versions) + ' ' +
               std::to_string(sum.logical_bytes) + '\n';
    }
    return lines;
  };
  expect_same_text("stats: media types", text(got), text(want));
}

void check_verify(Store& store, const Model& model) {
  const VerifyReport report = expect_ok("verify", store.verify());
  for (const Damage& damage : report.damages) {
    fail_sequence("verify", "finds damage: " + damage.what);
  }
  const StoreStats want = model.stats();
  expect_same("verify: damages", report.damage_count, 0);
  expect_true("verify is complete and", report.complete);
  expect_same("verify: Binaries", report.binaries, want.binaries + want.deleted);
  expect_same("verify: versions", report.versions, want.versions);
}

}  // namespace fhirbin::testing
