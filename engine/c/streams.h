#pragma once

#include <stop_token>

#include "engine/c/call.h"
#include "fhirbin/progress.h"
#include "fhirbin/sink.h"
#include "fhirbin/source.h"

namespace fhirbin::c {

// A Source that asks a caller's function. Errors of construction: kInvalidArgument.
class CallbackSource final : public Source {
 public:
  explicit CallbackSource(const fhirbin_source& source) noexcept : source_(source) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  fhirbin_source source_;
};

// A Sink that hands bytes to a caller's function.
class CallbackSink final : public Sink {
 public:
  explicit CallbackSink(const fhirbin_sink& sink) noexcept : sink_(sink) {}
  Result<void> write(std::span<const std::byte> bytes) override;
  Result<void> finish() override;

 private:
  fhirbin_sink sink_;
};

// A CallControl that asks a caller's function, whose answer stops the call. Must outlive the call.
class CallbackControl {
 public:
  explicit CallbackControl(const fhirbin_control& control);
  CallbackControl(const CallbackControl&) = delete;
  CallbackControl& operator=(const CallbackControl&) = delete;
  ~CallbackControl() = default;
  const CallControl& get() const noexcept { return control_; }

 private:
  std::stop_source stop_;
  CallControl control_;
};

// The caller's struct with all that it needs. Errors: kInvalidArgument.
Result<fhirbin_source> take_source(const fhirbin_source* source);
Result<fhirbin_sink> take_sink(const fhirbin_sink* sink);
Result<fhirbin_control> take_control(const fhirbin_control* control);

}  // namespace fhirbin::c
