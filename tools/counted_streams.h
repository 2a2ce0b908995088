#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "fhirbin/sink.h"
#include "fhirbin/source.h"
#include "tools/progress_bar.h"
#include "tools/stop_signals.h"

namespace fhirbin::tool {

// Passes a Source on and shows how much of it was read.
class CountedSource final : public Source {
 public:
  CountedSource(std::unique_ptr<Source> inner, ProgressBar& bar);

  Result<std::size_t> read(std::span<std::byte> buffer) override;
  std::optional<std::uint64_t> size_hint() const override { return inner_->size_hint(); }

 private:
  std::unique_ptr<Source> inner_;
  ProgressBar& bar_;
  Progress progress_;
};

// Passes bytes on to a Sink, shows how many there were, and fails with kCancelled once a stop
// signal has come.
class CountedSink final : public Sink {
 public:
  CountedSink(Sink& inner, ProgressBar& bar, const StopSignals& signals, std::uint64_t bytes_total)
      : inner_(inner), bar_(bar), signals_(signals), progress_{.bytes_total = bytes_total} {}

  Result<void> write(std::span<const std::byte> bytes) override;
  Result<void> finish() override;

 private:
  Sink& inner_;
  ProgressBar& bar_;
  const StopSignals& signals_;
  Progress progress_;
};

}  // namespace fhirbin::tool
