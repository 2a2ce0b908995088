#include <algorithm>

#include "tests/model/expectations.h"
#include "tests/model/queries.h"
#include "tests/model/resource_text.h"
#include "tests/model/run.h"

namespace fhirbin::testing {
namespace {

const char* media_filter(unsigned drawn) {
  constexpr std::array kFilters{"", "text/plain", "image/*", "application/*",
                                "application/fhir+json"};
  return kFilters.at(drawn % kFilters.size());
}

}  // namespace

void Run::open_reader(const Command& command) {
  const std::string id = id_of(command.target);
  const auto want = model_.content_version(id, number_of(command));
  auto got = store_->open_reader(id, number_of(command));
  if (!expect_like("a Reader", got, want)) {
    return;
  }
  expect_same_text("what is being read", describe(got->info()), describe((*want)->info));
  readers_.at(command.slot)
      .emplace(OpenReader{.reader = *std::move(got), .content = (*want)->content});
}

// A Reader may have been opened long ago: it gives its own bytes, or kGone once they were purged.
void Run::read_reader(const Command& command) {
  if (auto& open = readers_.at(command.slot)) {
    read_range(*open, command);
  }
}

void Run::read_range(OpenReader& open, const Command& command) {
  const std::uint64_t offset = open.content->size() * command.place / 16;
  ByteVector bytes(size_of(command));
  const auto copied = open.reader.read_at(offset, bytes);
  const VersionInfo& info = open.reader.info();
  if (!copied) {
    expect_error("reading a range", copied, ErrorCode::kGone);
    expect_true("only purged content is gone and", !model_.keeps(info.id, info.version));
    return;
  }
  bytes.resize(*copied);
  const ByteSpan rest = ByteSpan(*open.content).subspan(offset);
  expect_same_bytes("a range", bytes, rest.first(std::min(rest.size(), size_of(command))));
}

void Run::read_version(const Command& command) {
  const std::string id = id_of(command.target);
  if (const auto number = number_of(command)) {
    check_version(*store_, model_, id, *number);
  }
  const auto want = model_.content_version(id, number_of(command));
  auto got = store_->open_reader(id, number_of(command));
  if (!expect_like("a Reader", got, want)) {
    return;
  }
  OpenReader open{.reader = *std::move(got), .content = (*want)->content};
  read_range(open, command);
  read_in_order(open, std::max<std::size_t>(size_of(command), 500));
}

void Run::read_in_order(OpenReader& open, std::size_t piece_bytes) {
  ByteVector all;
  ByteVector piece(piece_bytes);
  while (true) {
    const std::size_t copied = expect_ok("reading in order", open.reader.read(piece));
    append_bytes(all, ByteSpan(piece).first(copied));
    if (copied < piece.size()) {
      break;
    }
  }
  expect_same_bytes("content read in order", all, *open.content);
}

HistoryQuery Run::history_query(const Command& command) const {
  HistoryQuery query{.count = 1 + (command.amount % 4)};
  if (command.version % 2 == 1) {
    query.since = instant_of(command);
  }
  if (command.version >= 5) {
    query.at = instant_of(command);
  }
  return query;
}

void Run::ask_list(const Command& command) {
  ListQuery query{.count = 1 + (command.amount % 4)};
  query.content_type = media_filter(command.place);
  query.include_deleted = command.slot == 1;
  if (command.slot == 2) {
    query.min_size_bytes = size_of(command);
  }
  if (command.version % 2 == 1) {
    query.since = instant_of(command);
  }
  check_list(*store_, model_, query);
}

void Run::ask_json(const Command& command) {
  JsonOptions options{.summary = command.slot == 1};
  if (command.slot == 2) {
    options.view.emplace();
    options.view->inline_limit_bytes = size_of(command);
    // Measured as text, only a limit right at the size tells strictly more from as much.
    const auto version = model_.content_version(id_of(command.target), number_of(command));
    if (version && command.place % 2 == 1) {
      const std::size_t whole = resource_json(**version, model_.options().fhir_version).size();
      options.view->measure = InlinePolicy::Measure::kSerialized;
      options.view->inline_limit_bytes = whole + (command.amount % 3) - 1;
    }
  }
  check_json(*store_, model_, id_of(command.target), number_of(command), options);
}

void Run::ask_export(const Command& command) {
  ExportOptions options;
  options.inline_limit_bytes = size_of(command);
  options.history = command.slot != 0;
  if (command.version >= 4) {
    options.since = instant_of(command);
  }
  if (command.version % 2 == 1) {
    options.content_type = media_filter(command.place);
  }
  check_export(*store_, model_, options);
}

}  // namespace fhirbin::testing
