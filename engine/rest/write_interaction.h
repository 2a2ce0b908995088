#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/rest/call.h"
#include "engine/rest/preference.h"
#include "engine/util/bytes.h"
#include "fhirbin/writer.h"

namespace fhirbin::rest {

// POST [base]/Binary and PUT [base]/Binary/{id}: takes the body in pieces and answers at its end,
// or as soon as the answer no longer depends on the rest. Dropped without finish() it leaves no
// trace. Thread-compatible; the Call must outlive it.
class WriteInteraction {
 public:
  explicit WriteInteraction(const Call& call);

  // Looks at everything that stands before the body.
  void begin();
  bool wants_body() const noexcept { return writer_.has_value() && !answer_; }
  void write(ByteSpan bytes);
  Response finish();

 private:
  Result<void> prepare();
  Result<void> check_length();
  Result<void> check_unsupported() const;
  Result<void> check_preference();
  Result<void> read_preconditions();
  Result<void> check_preconditions_early() const;
  Result<void> start_writer();
  Result<Response> publish();
  Result<Response> written_response(const VersionInfo& info) const;
  void add_resource(Response& response, const VersionInfo& info) const;
  Response refuse(const Error& error) const;
  void end_early(const Error& error);

  bool is_update() const noexcept { return call_->route.place == Place::kInstance; }

  const Call* call_;
  WriteOptions options_;
  ReturnPreference preference_ = ReturnPreference::kNone;
  std::optional<std::uint64_t> declared_bytes_;  // Content-Length
  std::uint64_t taken_bytes_ = 0;
  std::optional<Writer> writer_;
  std::optional<Response> answer_;  // known before the end of the body
};

}  // namespace fhirbin::rest
