#include "engine/store/publication.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

#include "engine/codec/page_codec.h"
#include "engine/fhir/elements.h"
#include "engine/fhir/envelope.h"
#include "engine/fhir/resource_id.h"
#include "engine/storage/binary_table.h"
#include "engine/storage/change_table.h"
#include "engine/storage/content_table.h"
#include "engine/storage/version_table.h"
#include "engine/storage/volume_table.h"
#include "engine/store/hide.h"
#include "engine/store/version_view.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;
using storage::VersionRecord;

// Strictly rising along the versions of one Binary, even where the clock stands still or goes back.
std::int64_t next_instant(StoreContext& store, const std::optional<VersionRecord>& former) {
  const std::int64_t now = store.environment().clock->now().time_since_epoch().count();
  return former ? std::max(now, former->last_updated_ms + 1) : now;
}

Result<void> check_if_match(const std::optional<std::uint64_t>& if_match,
                            const std::optional<VersionRecord>& former) {
  if (if_match && (!former || former->number != *if_match)) {
    return fail(ErrorCode::kVersionConflict,
                "the Binary's current version is not the one expected");
  }
  return {};
}

struct EncodedContent {
  std::uint8_t codec = 0;
  ByteSpan stored;
};

// Whether both decode to the same bytes. The same content is stored differently at another
// compression level.
Result<bool> same_inline(std::uint64_t size_bytes, const EncodedContent& a,
                         const EncodedContent& b) {
  if (a.codec == b.codec && equal_bytes(a.stored, b.stored)) {
    return true;
  }
  ByteVector decoded_a(size_bytes);
  ByteVector decoded_b(size_bytes);
  codec::PageDecoder decoder;
  FHIRBIN_TRY(decoder.decode(static_cast<codec::PageCodec>(a.codec), a.stored, decoded_a));
  FHIRBIN_TRY(decoder.decode(static_cast<codec::PageCodec>(b.codec), b.stored, decoded_b));
  return equal_bytes(decoded_a, decoded_b);
}

// Makes `record` the head and, in a store without history, hides the former one.
Result<void> insert_as_head(StoreContext& store, Connection& connection,
                            const VersionRecord& record,
                            const std::optional<VersionRecord>& former) {
  storage::VersionTable versions(connection, store.settings());
  FHIRBIN_TRY(versions.insert(record));
  FHIRBIN_TRY(
      storage::BinaryTable(connection).set_head(record.binary_key, record.number, record.sequence));
  if (former && !store.settings().keep_history) {
    PurgeReport ignored;
    FHIRBIN_TRY(hide_version(connection, store.settings(), *former, record.sequence, ignored));
  }
  return {};
}

}  // namespace

Result<VersionInfo> Publication::run() {
  FHIRBIN_TRY(store_->catalog().write(
      {.check = [this](Connection& connection) { return check(connection); },
       .apply = [this](Connection& connection) { return apply(connection); }}));
  if (draft_->pin != nullptr && !unchanged_) {
    draft_->pin->disarm();
  }
  return to_version_info(unchanged_ ? *former_ : record_);
}

Result<void> Publication::check(Connection& connection) {
  former_.reset();
  unchanged_ = false;
  FHIRBIN_TRY_ASSIGN(binary_, storage::BinaryTable(connection).find(draft_->id));
  if (binary_) {
    FHIRBIN_TRY_ASSIGN(former_,
                       storage::VersionTable(connection, store_->settings()).head_of(*binary_));
  }
  FHIRBIN_TRY(check_preconditions());
  elements_ = draft_->elements;
  if (head_exists()) {
    FHIRBIN_TRY_ASSIGN(elements_, fhir::merge_elements(former_->elements, draft_->elements));
    if (elements_.size() > fhir::kMaxEnvelopeBytes) {
      return fail(ErrorCode::kTooLarge,
                  "the tags and security labels carried forward exceed 1 MiB with the new ones");
    }
    if (draft_->options.skip_noop_update) {
      FHIRBIN_TRY_ASSIGN(unchanged_, equals_head(connection));
    }
  }
  return {};
}

Result<void> Publication::check_preconditions() const {
  if (draft_->is_create && binary_) {
    return fail(ErrorCode::kVersionConflict,
                "the id that was drawn is taken");  // 2^-74, or a bad generator
  }
  if (!draft_->is_create && !binary_ && !store_->settings().update_may_create) {
    return fail(ErrorCode::kMethodNotAllowed,
                "there is no Binary with this id, and updates may not create one");
  }
  if (draft_->options.if_exists && !head_exists()) {
    return fail(ErrorCode::kVersionConflict, "the Binary does not exist");
  }
  if (draft_->options.if_none_match && head_exists()) {
    return fail(ErrorCode::kVersionConflict, "the Binary exists already");
  }
  return check_if_match(draft_->options.if_match, former_);
}

Result<bool> Publication::equals_head(Connection& connection) {
  const StagedContent& content = draft_->content;
  if (former_->size_bytes != content.size_bytes || former_->digest != content.digest ||
      former_->placement != content.placement || former_->content_type != draft_->content_type ||
      former_->security_context != draft_->security_context || former_->elements != elements_) {
    return false;
  }
  storage::ContentTable contents(connection, store_->settings());
  if (content.placement == storage::Placement::kInline) {
    FHIRBIN_TRY_ASSIGN(const auto stored, contents.load_inline(*former_));
    return same_inline(content.size_bytes, {stored.codec, stored.stored},
                       {content.inline_codec, content.inline_stored});
  }
  if (content.placement == storage::Placement::kChunks) {
    // Each shared chunk was compared byte by byte when it was staged.
    FHIRBIN_TRY_ASSIGN(const chunk::ChunkMap map, contents.load_map(*former_));
    return map.count() == content.chunks.size() &&
           std::ranges::equal(content.chunks, std::views::iota(std::size_t{0}, map.count()), {},
                              &StagedChunk::shared_id,
                              [&map](std::size_t i) { return map.entry(i).chunk_id; });
  }
  return true;
}

Result<void> Publication::apply(Connection& connection) {
  if (unchanged_) {
    return {};
  }
  record_ = {};
  record_.id = draft_->id;
  if (binary_) {
    record_.binary_key = binary_->key;
  } else {
    FHIRBIN_TRY_ASSIGN(record_.binary_key, storage::BinaryTable(connection).insert(draft_->id));
  }
  record_.number = former_ ? former_->number + 1 : 1;
  record_.action = head_exists() ? ChangeAction::kUpdate : ChangeAction::kCreate;
  record_.last_updated_ms = next_instant(*store_, former_);
  FHIRBIN_TRY_ASSIGN(record_.sequence, storage::ChangeTable(connection)
                                           .append(record_.action, record_.binary_key,
                                                   record_.number, record_.last_updated_ms));
  record_.content_type = draft_->content_type;
  record_.security_context = draft_->security_context;
  record_.elements = elements_;
  FHIRBIN_TRY(insert_content(connection, record_));
  FHIRBIN_TRY(insert_as_head(*store_, connection, record_, former_));
  return draft_->pin != nullptr ? draft_->pin->erase_within(connection) : Result<void>();
}

Result<void> Publication::insert_content(Connection& connection, VersionRecord& record) {
  const StagedContent& content = draft_->content;
  storage::ContentTable contents(connection, store_->settings());
  record.size_bytes = content.size_bytes;
  record.digest = content.digest;
  record.placement = content.placement;
  if (content.placement == storage::Placement::kInline) {
    record.stored_bytes = content.inline_stored.size();
    return contents.insert_inline(record.sequence, content.inline_codec, content.inline_stored);
  }
  if (content.placement == storage::Placement::kNone) {
    return {};
  }
  FHIRBIN_TRY_ASSIGN(const chunk::ChunkMap map, insert_chunks(connection));
  record.chunk_count = map.count();
  record.map_hash = storage::compute_map_hash(store_->settings().hash_secret, map);
  FHIRBIN_TRY(contents.insert_map(record.sequence, map));
  storage::VolumeTable volumes(connection);
  for (const VolumeBooks& books : content.volumes) {
    FHIRBIN_TRY(volumes.set_books(books.number, books.pages, books.stored_bytes));
  }
  return {};
}

Result<chunk::ChunkMap> Publication::insert_chunks(Connection& connection) {
  storage::ChunkTable chunks(connection);
  std::map<std::uint64_t, std::uint64_t> shared;                                 // id -> uses
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> id_of_place;  // own pages
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> uses_of_place;
  for (const StagedChunk& staged : draft_->content.chunks) {
    if (staged.shared_id != 0) {
      ++shared[staged.shared_id];
    } else {
      ++uses_of_place[{staged.place.volume, staged.place.page}];
    }
  }
  for (const auto& [id, uses] : shared) {
    FHIRBIN_TRY(chunks.add_references(id, uses));
  }
  chunk::ChunkMap map;
  for (const StagedChunk& staged : draft_->content.chunks) {
    std::uint64_t id = staged.shared_id;
    if (id == 0) {
      const std::pair place{staged.place.volume, staged.place.page};
      std::uint64_t& own = id_of_place[place];
      if (own == 0) {
        FHIRBIN_TRY_ASSIGN(own, chunks.insert({.hash = staged.hash,
                                               .raw_length = staged.length,
                                               .stored_length = staged.stored_length,
                                               .codec = staged.codec,
                                               .references = uses_of_place[place],
                                               .place = staged.place}));
      }
      id = own;
    }
    map.append({.chunk_id = id, .length = staged.length, .hash = staged.hash});
  }
  return map;
}

Result<std::optional<VersionInfo>> publish_deletion(StoreContext& store, std::string_view id,
                                                    const RemoveOptions& options) {
  FHIRBIN_TRY(fhir::check_resource_id(id));
  std::optional<VersionRecord> former;
  VersionRecord record;
  const auto nothing_there = [&] { return !former || former->action == ChangeAction::kDelete; };
  const auto check = [&](Connection& connection) -> Result<void> {
    former.reset();
    FHIRBIN_TRY_ASSIGN(const auto binary, storage::BinaryTable(connection).find(id));
    if (binary) {
      FHIRBIN_TRY_ASSIGN(former,
                         storage::VersionTable(connection, store.settings()).head_of(*binary));
    }
    if (nothing_there()) {
      return options.if_exists
                 ? Result<void>(fail(ErrorCode::kVersionConflict, "the Binary does not exist"))
                 : Result<void>();
    }
    return check_if_match(options.if_match, former);
  };
  const auto apply = [&](Connection& connection) -> Result<void> {
    if (nothing_there()) {
      return {};
    }
    record = {};
    record.id = former->id;
    record.binary_key = former->binary_key;
    record.number = former->number + 1;
    record.action = ChangeAction::kDelete;
    record.last_updated_ms = next_instant(store, former);
    record.elements = "{}";
    FHIRBIN_TRY_ASSIGN(record.sequence, storage::ChangeTable(connection)
                                            .append(record.action, record.binary_key, record.number,
                                                    record.last_updated_ms));
    return insert_as_head(store, connection, record, former);
  };
  FHIRBIN_TRY(store.catalog().write({.check = check, .apply = apply}));
  if (nothing_there()) {
    return std::optional<VersionInfo>();
  }
  FHIRBIN_TRY_ASSIGN(VersionInfo info, to_version_info(record));
  return std::optional<VersionInfo>(std::move(info));
}

}  // namespace fhirbin::store
