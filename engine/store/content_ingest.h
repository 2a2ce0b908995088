#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/chunk/cut_scanner.h"
#include "engine/fhir/lifter.h"
#include "engine/store/page_pipeline.h"
#include "engine/store/pin.h"
#include "engine/store/staged_content.h"
#include "engine/util/hash.h"

namespace fhirbin::store {

// Takes content in pieces of any size and stages it: in memory up to the inline limit, beyond it
// cut and sent down a PagePipeline. Dropped before its version exists, it leaves no trace
// but dead bytes. Thread-compatible.
class ContentIngest final : public fhir::ContentSink {
 public:
  ContentIngest(const PagePipeline::Context& context, const chunk::Cutter& cutter);
  ~ContentIngest() override;

  Result<void> write(ByteSpan content) override;

  // Ends the content and makes its pages durable.
  Result<StagedContent> finish();

  // Drops all that was staged, and the pin with it; instead of finish(), or when the version could
  // not be published after it. Returns the volumes that hold dead pages now.
  std::vector<std::uint32_t> abandon();

  std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  // What keeps shared chunks and staged pages from being collected until the version exists;
  // nullptr for inline content.
  Pin* pin() noexcept { return pin_ ? &*pin_ : nullptr; }

 private:
  bool is_inline() const noexcept { return pipeline_ == nullptr; }
  Result<void> start_pipeline();
  Result<void> cut(ByteSpan content);
  void drop_pipeline();
  Result<void> stage_inline(StagedContent& content);

  const PagePipeline::Context context_;
  const std::size_t max_chunk_bytes_;
  chunk::CutScanner scanner_;
  StreamingHash digest_;
  std::uint64_t size_bytes_ = 0;
  ByteVector inline_;  // all content, while it may lie inline
  std::optional<Pin> pin_;
  std::unique_ptr<PagePipeline> pipeline_;
  std::unique_ptr<PageJob> chunk_;      // begun, and not at its end yet
  std::vector<std::uint32_t> volumes_;  // that finish() left pages in
};

}  // namespace fhirbin::store
