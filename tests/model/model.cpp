#include "tests/model/model.h"

#include <algorithm>
#include <cctype>
#include <ranges>
#include <tuple>
#include <utility>

#include "engine/util/hash.h"
#include "engine/util/try.h"

namespace fhirbin::testing {
namespace {

// Tags and labels of the former version stay; a repeated one takes its place.
std::vector<Coding> merge(std::vector<Coding> former, const std::vector<Coding>& next) {
  for (const Coding& coding : next) {
    const auto same = std::ranges::find(former, coding.code, &Coding::code);
    if (same != former.end()) {
      *same = coding;
    } else {
      former.push_back(coding);
    }
  }
  return former;
}

ModelElements merge(const ModelElements& former, ModelElements next) {
  next.security = merge(former.security, next.security);
  next.tags = merge(former.tags, next.tags);
  return next;
}

bool same_codings(const std::vector<Coding>& a, const std::vector<Coding>& b) {
  return std::ranges::equal(a, b, [](const Coding& x, const Coding& y) {
    return std::tie(x.code, x.display) == std::tie(y.code, y.display);
  });
}

bool same_elements(const ModelElements& a, const ModelElements& b) {
  return a.language == b.language && a.profile == b.profile &&
         same_codings(a.security, b.security) && same_codings(a.tags, b.tags);
}

std::string essence(std::string_view content_type) {
  std::string text(content_type.substr(0, content_type.find(';')));
  std::erase(text, ' ');
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_no_op(const ModelVersion& head, const ModelVersion& next) {
  return *head.content == *next.content && head.info.content_type == next.info.content_type &&
         head.info.security_context == next.info.security_context &&
         same_elements(head.elements, next.elements);
}

bool matches(const ListQuery& query, const VersionInfo& head) {
  return (query.include_deleted || !head.deleted) &&
         (!query.since || head.last_updated >= *query.since) &&
         head.size_bytes >= query.min_size_bytes &&
         (query.content_type.empty() ||
          (!head.deleted && matches_media_type(head.content_type, query.content_type)));
}

std::unexpected<Error> refuse(ErrorCode code) { return fail(code, "says the model"); }

}  // namespace

const ModelVersion* ModelBinary::find(std::uint64_t number) const {
  return number > purged_ && number <= versions_.size() ? &versions_[number - 1] : nullptr;
}

std::vector<const ModelVersion*> ModelBinary::kept() const {
  std::vector<const ModelVersion*> found;
  for (std::uint64_t number = versions_.size(); number > purged_; --number) {
    found.push_back(&versions_[number - 1]);
  }
  return found;
}

std::uint64_t ModelBinary::keep_newest(std::uint64_t count) {
  const std::uint64_t former = purged_;
  purged_ = std::max(former, versions_.size() - std::min<std::uint64_t>(count, versions_.size()));
  return purged_ - former;
}

std::optional<ErrorCode> Model::refusal(const ModelDraft& draft) const {
  if (draft.flaw) {
    return draft.flaw;
  }
  const ModelBinary* binary = draft.id ? find(*draft.id) : nullptr;
  if (draft.id && binary == nullptr && !options_.update_may_create) {
    return ErrorCode::kMethodNotAllowed;  // this store does not create by update
  }
  const bool exists = binary != nullptr && binary->exists();
  if (draft.options.if_none_match && exists) {
    return ErrorCode::kVersionConflict;
  }
  const std::uint64_t head = binary != nullptr ? binary->head().info.version : 0;
  if (draft.options.if_match && *draft.options.if_match != head) {
    return ErrorCode::kVersionConflict;
  }
  return std::nullopt;
}

VersionInfo Model::write(const ModelDraft& draft, const std::string& id) {
  const ModelBinary* binary = find(id);
  const bool exists = binary != nullptr && binary->exists();
  ModelVersion next{.info = {.id = id,
                             .created = !exists,
                             .content_type = draft.content_type,
                             .security_context = draft.security_context,
                             .size_bytes = draft.content->size(),
                             .digest = {compute_hash(0, *draft.content).bytes}},
                    .elements = draft.elements,
                    .content = draft.content};
  if (exists) {
    next.elements = merge(binary->head().elements, draft.elements);
    if (draft.options.skip_noop_update && is_no_op(binary->head(), next)) {
      return binary->head().info;
    }
  }
  return append_version(id, std::move(next));
}

std::optional<ErrorCode> Model::removal_refusal(std::string_view id,
                                                const RemoveOptions& options) const {
  const ModelBinary* binary = find(id);
  if (binary == nullptr || !binary->exists()) {
    return std::nullopt;  // D2
  }
  const bool conflict = options.if_match && *options.if_match != binary->head().info.version;
  return conflict ? std::optional(ErrorCode::kVersionConflict) : std::nullopt;
}

std::optional<VersionInfo> Model::remove(std::string_view id) {
  const ModelBinary* binary = find(id);
  if (binary == nullptr || !binary->exists()) {
    return std::nullopt;
  }
  ModelVersion deletion;
  deletion.info.deleted = true;
  return append_version(std::string(id), std::move(deletion));
}

std::uint64_t Model::purge(std::string_view id, std::uint64_t keep) {
  ModelBinary& binary = binaries_.find(id)->second;
  const std::uint64_t gone = binary.keep_newest(keep);
  if (gone != 0) {
    append_change(ChangeAction::kPurge, std::string(id), binary.head().info.version, now);
  }
  return gone;
}

std::uint64_t Model::append_change(ChangeAction action, const std::string& id,
                                   std::uint64_t version, Instant instant) {
  changes_.push_back({.sequence = changes_.size() + 1,
                      .action = action,
                      .id = id,
                      .version = version,
                      .last_updated = instant});
  return changes_.back().sequence;
}

VersionInfo Model::append_version(const std::string& id, ModelVersion version) {
  const auto found = binaries_.find(id);
  const VersionInfo* former = found != binaries_.end() ? &found->second.head().info : nullptr;
  version.info.id = id;
  version.info.version = former != nullptr ? former->version + 1 : 1;
  version.info.last_updated =
      former != nullptr ? std::max(now, former->last_updated + std::chrono::milliseconds(1)) : now;
  ChangeAction action = version.info.created ? ChangeAction::kCreate : ChangeAction::kUpdate;
  if (version.info.deleted) {
    action = ChangeAction::kDelete;
  }
  version.info.sequence =
      append_change(action, id, version.info.version, version.info.last_updated);
  ModelBinary& binary = binaries_[id];
  binary.append(std::move(version));
  if (!options_.keep_history) {
    binary.keep_newest(1);
  }
  return binary.head().info;
}

const ModelBinary* Model::find(std::string_view id) const {
  const auto found = binaries_.find(id);
  return found != binaries_.end() ? &found->second : nullptr;
}

Result<const ModelVersion*> Model::version(std::string_view id,
                                           std::optional<std::uint64_t> number) const {
  const ModelBinary* binary = find(id);
  if (binary == nullptr) {
    return refuse(ErrorCode::kNotFound);
  }
  const ModelVersion* found = binary->find(number.value_or(binary->head().info.version));
  if (found == nullptr) {
    return refuse(ErrorCode::kNotFound);
  }
  return found;
}

Result<const ModelVersion*> Model::content_version(std::string_view id,
                                                   std::optional<std::uint64_t> number) const {
  FHIRBIN_TRY_ASSIGN(const ModelVersion* found, version(id, number));
  if (found->info.deleted) {
    return refuse(ErrorCode::kGone);  // R10, R11
  }
  return found;
}

bool Model::keeps(std::string_view id, std::uint64_t number) const {
  const ModelBinary* binary = find(id);
  return binary != nullptr && binary->find(number) != nullptr;
}

std::vector<VersionInfo> Model::history(std::string_view id, const HistoryQuery& query) const {
  std::vector<VersionInfo> found;
  for (const ModelVersion* version : find(id)->kept()) {
    if (query.at && (version->info.last_updated > *query.at || !found.empty())) {
      continue;
    }
    found.push_back(version->info);
  }
  std::erase_if(found, [&](const VersionInfo& info) {
    return query.since && info.last_updated < *query.since;
  });
  return found;
}

std::vector<VersionInfo> Model::history(const HistoryQuery& query) const {
  std::vector<VersionInfo> found;
  for (const auto& [id, binary] : binaries_) {
    std::ranges::move(history(id, query), std::back_inserter(found));
  }
  std::ranges::sort(found, std::ranges::greater(), &VersionInfo::sequence);
  return found;
}

std::vector<VersionInfo> Model::list(const ListQuery& query) const {
  std::vector<VersionInfo> found;
  for (const auto& [id, binary] : binaries_) {
    if (matches(query, binary.head().info)) {
      found.push_back(binary.head().info);
    }
  }
  return found;
}

StoreStats Model::stats() const {
  StoreStats stats;
  stats.fhir_version = options_.fhir_version;
  stats.sequence = changes_.size();
  std::map<std::string, MediaTypeStats> by_essence;
  for (const auto& [id, binary] : binaries_) {
    ++(binary.exists() ? stats.binaries : stats.deleted);
    for (const ModelVersion* version : binary.kept()) {
      ++stats.versions;
      stats.logical_bytes += version->info.size_bytes;
      if (!version->info.deleted) {
        MediaTypeStats& sum = by_essence[essence(version->info.content_type)];
        ++sum.versions;
        sum.logical_bytes += version->info.size_bytes;
      }
    }
  }
  for (auto& [name, sum] : by_essence) {
    sum.content_type = name;
    stats.media_types.push_back(sum);
  }
  std::ranges::stable_sort(stats.media_types, std::ranges::greater(),
                           &MediaTypeStats::logical_bytes);
  return stats;
}

bool matches_media_type(std::string_view content_type, std::string_view filter) {
  const std::string type = essence(content_type);
  if (filter.ends_with("/*")) {
    return type.starts_with(filter.substr(0, filter.size() - 1));
  }
  return filter.empty() || type == filter;
}

}  // namespace fhirbin::testing
