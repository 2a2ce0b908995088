#include "tools/counted_streams.h"

#include <expected>

namespace fhirbin::tool {
namespace {

Result<void> check_not_stopped(const StopSignals& signals) {
  if (signals.requested()) {
    return std::unexpected(Error{.code = ErrorCode::kCancelled, .message = "stopped by a signal"});
  }
  return {};
}

}  // namespace

CountedSource::CountedSource(std::unique_ptr<Source> inner, ProgressBar& bar)
    : inner_(std::move(inner)),
      bar_(bar),
      progress_{.bytes_total = inner_->size_hint().value_or(0)} {}

Result<std::size_t> CountedSource::read(std::span<std::byte> buffer) {
  Result<std::size_t> count = inner_->read(buffer);
  if (count) {
    progress_.bytes_done += *count;
    bar_.update(progress_);
  }
  return count;
}

Result<void> CountedSink::write(std::span<const std::byte> bytes) {
  if (Result<void> stopped = check_not_stopped(signals_); !stopped) {
    return stopped;
  }
  Result<void> result = inner_.write(bytes);
  progress_.bytes_done += bytes.size();
  bar_.update(progress_);
  return result;
}

Result<void> CountedSink::finish() {
  if (Result<void> stopped = check_not_stopped(signals_); !stopped) {
    return stopped;
  }
  return inner_.finish();
}

}  // namespace fhirbin::tool
