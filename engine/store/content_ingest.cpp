#include "engine/store/content_ingest.h"

#include <utility>

#include "engine/util/free_memory.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

// Content that passes through so much memory that it is worth giving it back.
constexpr std::uint64_t kManyBytes = 16U << 20;

}  // namespace

ContentIngest::ContentIngest(const PagePipeline::Context& context, const chunk::Cutter& cutter)
    : context_(context), max_chunk_bytes_(cutter.parameters().max_bytes), scanner_(cutter) {}

ContentIngest::~ContentIngest() = default;

Result<void> ContentIngest::write(ByteSpan content) {
  digest_.update(content);
  size_bytes_ += content.size();
  if (is_inline()) {
    if (size_bytes_ <= context_.catalog->settings().inline_limit_bytes) {
      append_bytes(inline_, content);
      return {};
    }
    FHIRBIN_TRY(start_pipeline());
    FHIRBIN_TRY(cut(std::exchange(inline_, {})));
  }
  return cut(content);
}

Result<void> ContentIngest::start_pipeline() {
  FHIRBIN_TRY_ASSIGN(Pin pin, Pin::take(*context_.catalog));
  pin_.emplace(std::move(pin));
  pipeline_ = std::make_unique<PagePipeline>(context_);
  return {};
}

Result<void> ContentIngest::cut(ByteSpan content) {
  while (!content.empty()) {
    if (chunk_ == nullptr) {
      FHIRBIN_TRY_ASSIGN(chunk_, pipeline_->begin_chunk(max_chunk_bytes_));
    }
    const auto [length, ends] = scanner_.next(content);
    append_bytes(chunk_->raw, content.first(length));
    content = content.subspan(length);
    if (ends) {
      pipeline_->push(std::move(chunk_));
    }
  }
  return {};
}

Result<StagedContent> ContentIngest::finish() {
  StagedContent content;
  content.size_bytes = size_bytes_;
  content.digest = digest_.digest();
  if (size_bytes_ == 0) {
    return content;
  }
  if (is_inline()) {
    FHIRBIN_TRY(stage_inline(content));
    return content;
  }
  if (chunk_ != nullptr) {
    pipeline_->push(std::move(chunk_));
  }
  content.placement = storage::Placement::kChunks;
  FHIRBIN_TRY(pipeline_->finish(content));
  drop_pipeline();
  for (const VolumeBooks& books : content.volumes) {
    volumes_.push_back(books.number);
  }
  return content;
}

void ContentIngest::drop_pipeline() {
  pipeline_.reset();
  if (size_bytes_ >= kManyBytes) {
    release_free_memory();
  }
}

std::vector<std::uint32_t> ContentIngest::abandon() {
  if (pipeline_ != nullptr) {
    volumes_ = pipeline_->abandon();
    drop_pipeline();
  }
  pin_.reset();
  return std::exchange(volumes_, {});
}

Result<void> ContentIngest::stage_inline(StagedContent& content) {
  codec::PageEncoder encoder = context_.encoders->take();
  FHIRBIN_TRY_ASSIGN(const auto page, encoder.encode(inline_));
  content.placement = storage::Placement::kInline;
  content.inline_codec = static_cast<std::uint8_t>(page.codec);
  content.inline_stored.assign(page.stored.begin(), page.stored.end());
  context_.encoders->give_back(std::move(encoder));
  return {};
}

}  // namespace fhirbin::store
