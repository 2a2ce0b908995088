#include "engine/store/write_session.h"

#include <algorithm>
#include <iterator>

#include "engine/fhir/elements.h"
#include "engine/fhir/media_type.h"
#include "engine/fhir/resource_id.h"
#include "engine/store/collector.h"
#include "engine/util/guarded.h"
#include "engine/util/try.h"
#include "engine/util/uuid.h"

namespace fhirbin::store {

Result<std::unique_ptr<WriteSession>> WriteSession::begin(StoreContext& store,
                                                          std::optional<std::string> id,
                                                          const ContentInfo& info,
                                                          const WriteOptions& options) {
  if (store.catalog().read_only()) {
    return fail(ErrorCode::kReadOnly, "the store is open for reading only");
  }
  if (id) {
    FHIRBIN_TRY(fhir::check_resource_id(*id));
  }
  std::unique_ptr<WriteSession> session(new WriteSession(store, std::move(id), options));
  FHIRBIN_TRY(session->describe(info));
  return session;
}

WriteSession::~WriteSession() {
  // What cannot be given back now is left to gc.
  (void)guarded([&]() -> Result<void> {
    drop_everything();
    return {};
  });
}

void WriteSession::drop_everything() {
  drop(raw_);
  drop(lifted_);
  reclaim_dropped();
}

void WriteSession::drop(std::unique_ptr<ContentIngest>& ingest) {
  if (ingest != nullptr) {
    std::ranges::copy(ingest->abandon(), std::back_inserter(dead_volumes_));
    ingest.reset();
  }
}

// To be called when no pin of this session lives any more, since it would keep the dead pages.
void WriteSession::reclaim_dropped() {
  if (!dead_volumes_.empty()) {
    (void)reclaim_volumes(*store_, dead_volumes_);  // what cannot be given back now is left to gc
    dead_volumes_.clear();
  }
}

Result<void> WriteSession::describe(const ContentInfo& info) {
  const std::string_view content_type = fhir::trim_header_value(info.content_type);
  if (content_type.empty()) {
    return fail(ErrorCode::kInvalidResource, "a Binary needs a content type", IssueType::kRequired);
  }
  FHIRBIN_TRY_ASSIGN(const fhir::MediaType media_type, fhir::parse_media_type(content_type));
  const std::string_view reference = fhir::trim_header_value(info.security_context);
  FHIRBIN_TRY(fhir::check_security_context(reference));
  draft_.content_type = content_type;
  if (store_->settings().fhir_version != FhirVersion::kDstu2) {
    draft_.security_context = fhir::make_reference(reference);
  }
  raw_ = std::make_unique<ContentIngest>(store_->pipeline_context(), store_->cutter());
  const bool plain_json = options_.accept_plain_json && media_type.essence() == "application/json";
  if (plain_json) {
    options_.store_malformed_json_as_raw = true;  // nobody said that it is FHIR
  }
  if (plain_json || fhir::is_fhir_json(media_type)) {
    FHIRBIN_TRY(fhir::check_fhir_json_parameters(media_type, store_->settings().fhir_version));
    lifter_.emplace(store_->settings().fhir_version);
    lifted_ = std::make_unique<ContentIngest>(store_->pipeline_context(), store_->cutter());
  }
  return {};
}

Result<void> WriteSession::write(ByteSpan bytes) {
  if (spent_) {
    return std::unexpected<Error>(*spent_);
  }
  // Whoever goes on after an exception must not commit content with a hole.
  spent_ = Error{.code = ErrorCode::kOutOfMemory, .message = {}};
  Result<void> written;
  if (bytes.size() > store_->options().max_ingest_bytes - taken_bytes_) {
    written = fail(ErrorCode::kTooLarge, "the body exceeds the limit of " +
                                             std::to_string(store_->options().max_ingest_bytes) +
                                             " bytes");
  } else {
    taken_bytes_ += bytes.size();
    written = lifter_ ? write_json(bytes) : write_raw(bytes);
  }
  if (written) {
    spent_.reset();
  } else {
    spent_ = written.error();
    drop_everything();
  }
  return written;
}

Result<void> WriteSession::write_raw(ByteSpan bytes) {
  return raw_ != nullptr ? raw_->write(bytes) : Result<void>();
}

Result<void> WriteSession::write_json(ByteSpan bytes) {
  FHIRBIN_TRY(tolerate_malformed(lifter_->feed(bytes, *lifted_)));
  if (lifter_) {
    settle_kind();
  }
  return write_raw(bytes);
}

// Text that is no JSON at all is most likely a Binary cut off, and refused unless the caller wants
// it raw.
Result<void> WriteSession::tolerate_malformed(Result<void> fed) {
  if (fed || !options_.store_malformed_json_as_raw ||
      lifter_->kind() != fhir::Lifter::Kind::kUndecided ||
      fed.error().code != ErrorCode::kInvalidResource) {
    return fed;
  }
  lifter_.reset();
  drop(lifted_);
  return {};
}

void WriteSession::settle_kind() {
  if (lifter_->kind() == fhir::Lifter::Kind::kBinary) {
    drop(raw_);
  } else if (lifter_->kind() == fhir::Lifter::Kind::kOther) {
    lifter_.reset();
    drop(lifted_);
  }
}

Result<VersionInfo> WriteSession::commit() {
  if (spent_) {
    return std::unexpected<Error>(*spent_);
  }
  spent_ = Error{.code = ErrorCode::kInvalidArgument,
                 .message = "the writer was used to its end already"};
  auto info = finish_and_publish();
  if (info) {
    raw_.reset();  // named by the catalog now: nothing to drop
    lifted_.reset();
  }
  // A writer that failed keeps nothing: it may live on for long, and its pin with it.
  drop_everything();
  return info;
}

Result<VersionInfo> WriteSession::finish_and_publish() {
  if (lifter_) {
    FHIRBIN_TRY(finish_json());
  }
  return publish(raw_ != nullptr ? *raw_ : *lifted_);
}

Result<void> WriteSession::finish_json() {
  FHIRBIN_TRY(tolerate_malformed(lifter_->finish(*lifted_)));
  if (lifter_) {
    settle_kind();
  }
  return lifter_ ? draft_binary() : Result<void>();
}

Result<void> WriteSession::draft_binary() {
  FHIRBIN_TRY_ASSIGN(const fhir::Envelope envelope,
                     fhir::parse_envelope(lifter_->envelope(), store_->settings().fhir_version));
  FHIRBIN_TRY(check_envelope(envelope));
  draft_.content_type = envelope.content_type;
  if (!envelope.security_context.empty()) {
    draft_.security_context = envelope.security_context;
  }
  draft_.elements = envelope.elements;
  return {};
}

Result<void> WriteSession::check_envelope(const fhir::Envelope& envelope) const {
  if (id_ && envelope.id.empty()) {
    return fail(ErrorCode::kInvalidResource, "an update's body must carry the Binary's id",
                IssueType::kRequired);
  }
  if (id_ && envelope.id != *id_) {
    return fail(ErrorCode::kInvalidResource,
                "the body carries another id than the Binary to update", IssueType::kValue);
  }
  // An empty payload member says no more than an absent one.
  const bool lacks_content = envelope.payload_absent_reason && lifted_->size_bytes() == 0;
  if (lacks_content || envelope.subsetted) {
    return fail(ErrorCode::kBusinessRule,
                "the body is a view that leaves data out; storing it would lose the content");
  }
  return {};
}

Result<VersionInfo> WriteSession::publish(ContentIngest& ingest) {
  FHIRBIN_TRY_ASSIGN(draft_.content, ingest.finish());
  draft_.is_create = !id_;
  draft_.options = options_;
  draft_.pin = ingest.pin();
  if (id_) {
    draft_.id = *id_;
  } else {
    const Environment& environment = store_->environment();
    FHIRBIN_TRY_ASSIGN(draft_.id, make_uuid_v7(environment.clock->now(), *environment.random));
  }
  return Publication(*store_, draft_).run();
}

}  // namespace fhirbin::store
