#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/util/bytes.h"
#include "fhirbin/error.h"
#include "fhirbin/options.h"
#include "fhirbin/queries.h"
#include "fhirbin/stats.h"
#include "fhirbin/version_info.h"
#include "tests/support/test_clock.h"

// What a store should be: the FHIR rules over plain containers, with none of the
// engine's machinery. It keeps all content for ever, and knows what a store would have purged.
namespace fhirbin::testing {

struct Coding {
  std::string code;
  std::string display;  // what differs between two codings of the same system and code
};

// The elements that this suite puts into a Binary besides those of VersionInfo.
struct ModelElements {
  std::string language = {};
  std::string profile = {};
  std::vector<Coding> security = {};
  std::vector<Coding> tags = {};
};

using SharedContent = std::shared_ptr<const ByteVector>;

struct ModelVersion {
  VersionInfo info;
  ModelElements elements;
  SharedContent content;  // null for a deletion
};

// One write, understood: what is to become a version, and under which preconditions.
struct ModelDraft {
  std::optional<std::string> id;  // nullopt creates
  std::string content_type;
  std::string security_context;
  ModelElements elements;
  SharedContent content;
  WriteOptions options;
  std::optional<ErrorCode> flaw;  // what the body itself is refused with
};

class ModelBinary {
 public:
  const ModelVersion& head() const { return versions_.back(); }
  bool exists() const { return !head().info.deleted; }
  // nullptr for a version that never was or is no longer kept.
  const ModelVersion* find(std::uint64_t number) const;
  // Kept ones, the newest first.
  std::vector<const ModelVersion*> kept() const;

  void append(ModelVersion version) { versions_.push_back(std::move(version)); }
  // Returns how many versions went.
  std::uint64_t keep_newest(std::uint64_t count);

 private:
  std::vector<ModelVersion> versions_;  // all that ever were; number n at index n - 1
  std::uint64_t purged_ = 0;            // so many of them, from the front, are gone
};

class Model {
 public:
  explicit Model(const CreateOptions& options) : options_(options) {}

  const CreateOptions& options() const { return options_; }
  Instant now = kTestInstant;

  // ---- Writes. Why a draft is refused; nullopt when it is not.
  std::optional<ErrorCode> refusal(const ModelDraft& draft) const;
  // What a draft that is not refused leads to; `id` is the one it got when it creates.
  VersionInfo write(const ModelDraft& draft, const std::string& id);
  std::optional<ErrorCode> removal_refusal(std::string_view id, const RemoveOptions& options) const;
  std::optional<VersionInfo> remove(std::string_view id);
  std::uint64_t purge(std::string_view id, std::uint64_t keep);

  // ---- Reads
  const std::map<std::string, ModelBinary, std::less<>>& binaries() const { return binaries_; }
  const ModelBinary* find(std::string_view id) const;
  // Or the error that a store gives instead; nullopt as number means the head.
  Result<const ModelVersion*> version(std::string_view id, std::optional<std::uint64_t>) const;
  Result<const ModelVersion*> content_version(std::string_view id,
                                              std::optional<std::uint64_t>) const;
  bool keeps(std::string_view id, std::uint64_t number) const;
  const std::vector<Change>& changes() const { return changes_; }

  std::vector<VersionInfo> history(std::string_view id, const HistoryQuery& query) const;
  std::vector<VersionInfo> history(const HistoryQuery& query) const;
  std::vector<VersionInfo> list(const ListQuery& query) const;
  // The figures that do not depend on how content is stored.
  StoreStats stats() const;

 private:
  std::uint64_t append_change(ChangeAction action, const std::string& id, std::uint64_t version,
                              Instant instant);
  VersionInfo append_version(const std::string& id, ModelVersion version);

  CreateOptions options_;
  std::map<std::string, ModelBinary, std::less<>> binaries_;
  std::vector<Change> changes_;
};

// Whether a content type is of a media type, or of a range such as "image/*"; an empty one fits
// all.
bool matches_media_type(std::string_view content_type, std::string_view filter);

}  // namespace fhirbin::testing
