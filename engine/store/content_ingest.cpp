#include "engine/store/content_ingest.h"

#include <algorithm>
#include <utility>

#include "engine/util/try.h"

namespace fhirbin::store {

ContentIngest::ContentIngest(const PagePipeline::Context& context, const chunk::Cutter& cutter)
    : context_(context), cutter_(&cutter) {}

ContentIngest::~ContentIngest() = default;

Result<void> ContentIngest::write(ByteSpan content) {
  digest_.update(content);
  size_bytes_ += content.size();
  const std::size_t capacity =
      std::max(std::size_t{2} * cutter_->parameters().max_bytes,
               std::size_t{context_.catalog->settings().inline_limit_bytes} + 1);
  while (!content.empty()) {
    const std::size_t room = capacity - (window_.size() - window_start_);
    const ByteSpan piece = content.first(std::min(room, content.size()));
    if (window_start_ != 0 && window_.size() + piece.size() > capacity) {
      window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(window_start_));
      window_start_ = 0;
    }
    append_bytes(window_, piece);
    content = content.subspan(piece.size());
    if (is_inline() && size_bytes_ > context_.catalog->settings().inline_limit_bytes) {
      FHIRBIN_TRY(start_pipeline());
    }
    if (!is_inline()) {
      FHIRBIN_TRY(cut(false));
    }
  }
  return {};
}

Result<void> ContentIngest::start_pipeline() {
  FHIRBIN_TRY_ASSIGN(Pin pin, Pin::take(*context_.catalog));
  pin_.emplace(std::move(pin));
  window_.reserve(std::size_t{2} * cutter_->parameters().max_bytes);
  pipeline_ = std::make_unique<PagePipeline>(context_);
  return {};
}

Result<void> ContentIngest::cut(bool to_the_end) {
  const std::size_t enough = to_the_end ? 1 : cutter_->parameters().max_bytes;
  while (window_.size() - window_start_ >= enough) {
    const ByteSpan rest = ByteSpan(window_).subspan(window_start_);
    const ByteSpan piece = rest.first(cutter_->find_cut(rest));
    FHIRBIN_TRY(
        pipeline_->push(piece, compute_hash(context_.catalog->settings().hash_secret, piece)));
    window_start_ += piece.size();
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
  FHIRBIN_TRY(cut(true));
  content.placement = storage::Placement::kChunks;
  FHIRBIN_TRY(pipeline_->finish(content));
  pipeline_.reset();
  for (const VolumeBooks& books : content.volumes) {
    volumes_.push_back(books.number);
  }
  return content;
}

std::vector<std::uint32_t> ContentIngest::abandon() {
  if (pipeline_ != nullptr) {
    volumes_ = pipeline_->abandon();
    pipeline_.reset();
  }
  pin_.reset();
  return std::exchange(volumes_, {});
}

Result<void> ContentIngest::stage_inline(StagedContent& content) {
  codec::PageEncoder encoder(context_.compression_level);
  FHIRBIN_TRY_ASSIGN(const auto page, encoder.encode(window_));
  content.placement = storage::Placement::kInline;
  content.inline_codec = static_cast<std::uint8_t>(page.codec);
  content.inline_stored.assign(page.stored.begin(), page.stored.end());
  return {};
}

}  // namespace fhirbin::store
