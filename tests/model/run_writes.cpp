#include <algorithm>
#include <regex>

#include "tests/model/expectations.h"
#include "tests/model/queries.h"
#include "tests/model/resource_text.h"
#include "tests/model/run.h"
#include "tests/support/store_calls.h"

namespace fhirbin::testing {
namespace {

ModelElements elements_of(unsigned labels) {
  const ModelElements all[] = {
      {},
      {.tags = {{"a", ""}}},
      {.tags = {{"a", "again"}}},
      {.security = {{"R", ""}}, .tags = {{"b", ""}}},
      {.security = {{"R", "restricted"}, {"V", ""}}},
      {.profile = "urn:profile-1"},
      {.language = "de"},
      {.language = "fr", .profile = "urn:profile-2", .tags = {{"c", ""}, {"a", ""}}},
  };
  return all[labels];
}

bool is_fhir_json(std::string_view content_type) { return content_type.ends_with("+json"); }

bool is_uuid(const std::string& id) {
  static const std::regex pattern(
      "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  return std::regex_match(id, pattern);
}

}  // namespace

// ---- What is to be written

ContentInfo Run::headers_of(const Command& command) const {
  constexpr std::array kTypes{"text/plain", "application/pdf", "Text/PLAIN; charset=utf-8",
                              "image/png"};
  constexpr std::array kContexts{"", "Patient/1", "Patient/2"};
  static_assert(kTypes.size() * kContexts.size() == kHeaders);
  if (const ModelVersion* head = head_of(command.target); command.headers == 0 && head != nullptr &&
                                                          head->content != nullptr &&
                                                          !is_fhir_json(head->info.content_type)) {
    return {.content_type = head->info.content_type,
            .security_context = head->info.security_context};
  }
  return {.content_type = kTypes.at(command.headers % kTypes.size()),
          .security_context = kContexts.at(command.headers / kTypes.size())};
}

WriteOptions Run::options_of(const Command& command) const {
  return {.if_match = if_match_of(command),
          .if_none_match = command.condition == Condition::kIfNoneMatch,
          .skip_noop_update = command.condition == Condition::kSkipNoOp ||
                              command.condition == Condition::kSkipNoOpAndMatchesHead};
}

Run::Write Run::prepare(const Command& command, bool creates) const {
  const ModelVersion* head = head_of(command.target);
  const ByteSpan head_content =
      head != nullptr && head->content != nullptr ? ByteSpan(*head->content) : ByteSpan();
  ByteVector content =
      make_content(command.recipe, model_.options().inline_limit_bytes, head_content);

  Write write;
  write.info = headers_of(command);
  write.draft.options = options_of(command);
  if (!creates) {
    write.draft.id = id_of(command.target);
  }
  write.draft.content_type = write.info.content_type;
  if (model_.options().fhir_version != FhirVersion::kDstu2) {
    write.draft.security_context = write.info.security_context;  // C3
  }
  if (command.body == BodyKind::kOtherResource) {
    const std::string other = other_resource_body(content.size());
    content.assign(as_bytes(other).begin(), as_bytes(other).end());
    write.info.content_type = kFhirJson;
    write.draft.content_type = kFhirJson;  // C2
  }
  write.draft.content = std::make_shared<const ByteVector>(std::move(content));
  write.body = *write.draft.content;
  if (command.body == BodyKind::kBinary || command.body == BodyKind::kBinaryTypeLast) {
    fill_binary_body(command, write);
  }
  return write;
}

void Run::fill_binary_body(const Command& command, Write& write) const {
  const FhirVersion fhir_version = model_.options().fhir_version;
  const bool wrong_id = command.flaw == Flaw::kWrongId;
  BodyShape shape{.type_last = command.body == BodyKind::kBinaryTypeLast,
                  .without_payload = command.flaw == Flaw::kView,
                  .cut_off = command.flaw == Flaw::kCutOff,
                  .id = wrong_id ? "another" : write.draft.id.value_or("ignored")};
  if (command.labels % 3 == 1 && fhir_version != FhirVersion::kDstu2) {
    shape.security_context = "Patient/of-the-body";
    write.draft.security_context = shape.security_context;  // C16
  }
  if (shape.cut_off || (wrong_id && write.draft.id)) {
    write.draft.flaw = ErrorCode::kInvalidResource;  // C13
  } else if (shape.without_payload) {
    write.draft.flaw = ErrorCode::kBusinessRule;
  }
  write.draft.elements = elements_of(command.labels);
  const std::string json = binary_body(write.draft, fhir_version, shape);
  write.body.assign(as_bytes(json).begin(), as_bytes(json).end());
  write.info.content_type = command.place % 2 == 0 ? kFhirJson : "application/json+fhir";
}

// ---- Writing

void Run::note_overlap() {
  writers_overlapped_ = writers_overlapped_ ||
                        std::ranges::any_of(writers_, [](const auto& open) { return bool(open); });
}

// Uploads that overlap may store the same chunk twice. The engine then tells chunks apart by their
// ids, so that an update may miss that it changes nothing; it makes an equal version, which is
// safe.
ModelDraft Run::as_settled(const ModelDraft& draft, const VersionInfo& made) const {
  ModelDraft settled = draft;
  const ModelBinary* binary = model_.find(made.id);
  const bool in_chunks = draft.content->size() > model_.options().inline_limit_bytes;
  if (writers_overlapped_ && in_chunks && binary != nullptr &&
      made.version > binary->head().info.version) {
    settled.options.skip_noop_update = false;
  }
  return settled;
}

void Run::create(const Command& command) {
  note_overlap();
  const Write write = prepare(command, true);
  check_written(write, store_->create(bytes_source(write.body), write.info, write.draft.options));
}

void Run::update(const Command& command) {
  note_overlap();
  const Write write = prepare(command, false);
  const ModelVersion* head = head_of(command.target);
  const bool same_content =
      head != nullptr && head->content != nullptr && *head->content == *write.draft.content;
  const std::uint64_t before = expect_ok("stats", store_->stats()).chunk_raw_bytes;
  check_written(write, store_->update(*write.draft.id, bytes_source(write.body), write.info,
                                      write.draft.options));
  if (same_content) {
    expect_same("the chunks' bytes after the same content was written again",
                expect_ok("stats", store_->stats()).chunk_raw_bytes, before);
  }
}

void Run::check_written(const Write& write, const Result<VersionInfo>& result) {
  const ModelDraft& draft = write.draft;
  if (const auto refusal = model_.refusal(draft)) {
    expect_error("a write", result, *refusal);
  } else {
    const VersionInfo info = expect_ok("a write", result);
    if (!draft.id) {
      expect_true("a new id is a UUID of its own and", is_uuid(info.id) && !model_.find(info.id));
      created_.push_back(info.id);
    }
    expect_same_text("what a write returns", describe(info),
                     describe(model_.write(as_settled(draft, info), info.id)));
    check_head(*store_, model_, info.id);
  }
  if (draft.id) {
    check_head(*store_, model_, *draft.id);
  }
}

void Run::remove(const Command& command) {
  const std::string id = id_of(command.target);
  const RemoveOptions options{.if_match = if_match_of(command)};
  const auto result = store_->remove(id, options);
  if (const auto refusal = model_.removal_refusal(id, options)) {
    expect_error("a removal", result, *refusal);
  } else {
    const auto got = expect_ok("a removal", result);
    const auto want = model_.remove(id);
    expect_same_text("what a removal returns", got ? describe(*got) : "nothing",
                     want ? describe(*want) : "nothing");
  }
  check_head(*store_, model_, id);
}

void Run::purge(const Command& command) {
  const std::string id = id_of(command.target);
  const std::uint64_t keep = command.amount % 4;
  const auto result = store_->purge_history(id, keep);
  if (keep == 0) {
    expect_error("a purge of everything", result, ErrorCode::kInvalidArgument);
  } else if (model_.find(id) == nullptr) {
    expect_error("a purge of an unknown id", result, ErrorCode::kNotFound);
  } else {
    expect_same("versions purged", expect_ok("a purge", result).versions_purged,
                model_.purge(id, keep));
  }
  check_head(*store_, model_, id);
}

// ---- Writers

void Run::open_writer(const Command& command) {
  writers_.at(command.slot).reset();
  note_overlap();
  const bool creates = command.place % 2 == 1;
  Write write = prepare(command, creates);
  auto writer = creates ? store_->begin_create(write.info, write.draft.options)
                        : store_->begin_update(*write.draft.id, write.info, write.draft.options);
  writers_.at(command.slot)
      .emplace(OpenWriter{.write = std::move(write),
                          .writer = expect_ok("a Writer", std::move(writer))});
}

bool Run::send(std::optional<OpenWriter>& open, std::size_t size_bytes) {
  const ByteSpan rest = ByteSpan(open->write.body).subspan(open->sent_bytes);
  const ByteSpan piece = rest.first(std::min(size_bytes, rest.size()));
  open->sent_bytes += piece.size();
  const auto written = open->writer.write(piece);
  if (written) {
    return true;
  }
  expect_true("only a body with a flaw is refused and", open->write.draft.flaw.has_value());
  expect_error("a piece of a body", written, *open->write.draft.flaw);
  expect_error("a spent Writer", open->writer.commit(), *open->write.draft.flaw);
  open.reset();
  return false;
}

void Run::write_piece(const Command& command) {
  if (auto& open = writers_.at(command.slot)) {
    const std::size_t share = open->write.body.size() * command.place / 16;
    (void)send(open, command.version == 0 ? share : size_of(command));
  }
}

void Run::commit_writer(const Command& command) {
  auto& open = writers_.at(command.slot);
  if (!open || !send(open, open->write.body.size())) {
    return;
  }
  check_written(open->write, open->writer.commit());
  expect_error("a second commit", open->writer.commit(), ErrorCode::kInvalidArgument);
  open.reset();
}

}  // namespace fhirbin::testing
