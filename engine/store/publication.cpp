#include "engine/store/publication.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "engine/codec/page_codec.h"
#include "engine/fhir/elements.h"
#include "engine/fhir/envelope.h"
#include "engine/storage/binary_table.h"
#include "engine/storage/change_table.h"
#include "engine/storage/content_table.h"
#include "engine/storage/version_table.h"
#include "engine/store/content_rows.h"
#include "engine/store/next_version.h"
#include "engine/store/version_view.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using storage::Connection;
using storage::VersionRecord;

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
    return same_inline(content.size_bytes, {.codec = stored.codec, .stored = stored.stored},
                       {.codec = content.inline_codec, .stored = content.inline_stored});
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
  record_.number = former_ ? former_->number + 1 : 1;
  record_.action = head_exists() ? ChangeAction::kUpdate : ChangeAction::kCreate;
  record_.last_updated_ms = next_instant(*store_, former_);
  FHIRBIN_TRY_ASSIGN(record_.sequence, storage::ChangeTable(connection).next_sequence());
  record_.binary_key = binary_ ? binary_->key : record_.sequence;
  record_.content_type = draft_->content_type;
  record_.security_context = draft_->security_context;
  record_.elements = elements_;
  FHIRBIN_TRY(insert_content(connection, store_->settings(), draft_->content, record_));
  FHIRBIN_TRY(insert_as_head(*store_, connection, record_, former_));
  return draft_->pin != nullptr ? draft_->pin->erase_within(connection) : Result<void>();
}

}  // namespace fhirbin::store
