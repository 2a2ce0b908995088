#include "engine/c/streams.h"

namespace fhirbin::c {
namespace {

// A callback's own status, which ends the call that made it.
std::unexpected<Error> callback_failure(fhirbin_status status, const char* what) {
  const bool known = status > 0 && status <= FHIRBIN_INCOMPATIBLE_FORMAT;
  return fail(known ? static_cast<ErrorCode>(status) : ErrorCode::kIo,
              std::string("the caller's ") + what + " function failed");
}

}  // namespace

Result<std::size_t> CallbackSource::read(std::span<std::byte> buffer) {
  std::size_t size = 0;
  const fhirbin_status status = source_.read(source_.context, buffer.data(), buffer.size(), &size);
  if (status != FHIRBIN_OK) {
    return callback_failure(status, "read");
  }
  if (size > buffer.size()) {
    return fail(ErrorCode::kInvalidArgument,
                "the caller's read function reports more bytes than there was room for");
  }
  return size;
}

Result<void> CallbackSink::write(std::span<const std::byte> bytes) {
  const fhirbin_status status = sink_.write(sink_.context, bytes.data(), bytes.size());
  return status == FHIRBIN_OK ? Result<void>() : callback_failure(status, "write");
}

Result<void> CallbackSink::finish() {
  const fhirbin_status status = sink_.finish == nullptr ? FHIRBIN_OK : sink_.finish(sink_.context);
  return status == FHIRBIN_OK ? Result<void>() : callback_failure(status, "finish");
}

CallbackControl::CallbackControl(const fhirbin_control& control) {
  if (control.on_progress == nullptr) {
    return;
  }
  control_.stop = stop_.get_token();
  control_.on_progress = [this, control](const Progress& progress) {
    if (control.on_progress(control.context, progress.items_done, progress.items_total,
                            progress.bytes_done, progress.bytes_total) != 0) {
      stop_.request_stop();
    }
  };
}

Result<fhirbin_source> take_source(const fhirbin_source* source) {
  FHIRBIN_TRY(require(source, "source"));
  FHIRBIN_TRY_ASSIGN(const fhirbin_source taken, take(source, fhirbin_source{}));
  if (taken.read == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "a source needs a read function");
  }
  return taken;
}

Result<fhirbin_sink> take_sink(const fhirbin_sink* sink) {
  FHIRBIN_TRY(require(sink, "sink"));
  FHIRBIN_TRY_ASSIGN(const fhirbin_sink taken, take(sink, fhirbin_sink{}));
  if (taken.write == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "a sink needs a write function");
  }
  return taken;
}

Result<fhirbin_control> take_control(const fhirbin_control* control) {
  return take(control, fhirbin_control{});
}

}  // namespace fhirbin::c
