#pragma once

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/fhir/lifter.h"

namespace fhirbin::fhir {

// Keeps the content that a lifter passes on.
class KeepingSink final : public ContentSink {
 public:
  Result<void> write(ByteSpan content) override {
    kept += as_text(content);
    largest_write = std::max(largest_write, content.size());
    return {};
  }

  std::string kept;
  std::size_t largest_write = 0;
};

// What a whole body came to.
struct Lifted {
  std::optional<Error> error;
  Lifter::Kind kind = Lifter::Kind::kUndecided;
  bool has_payload = false;
  std::string envelope;
  std::string content;

  // Whether two ways of cutting a body came to the same. What was passed on before an error may
  // differ.
  friend bool operator==(const Lifted& a, const Lifted& b) {
    if (a.error.has_value() != b.error.has_value() || a.kind != b.kind) {
      return false;
    }
    if (a.error) {
      return a.error->code == b.error->code && a.error->issue == b.error->issue &&
             a.error->message == b.error->message;
    }
    const bool is_binary = a.kind == Lifter::Kind::kBinary;
    return !is_binary ||
           (a.has_payload == b.has_payload && a.envelope == b.envelope && a.content == b.content);
  }

  friend void PrintTo(const Lifted& lifted, std::ostream* out) {
    *out << "kind " << static_cast<int>(lifted.kind) << ", "
         << (lifted.error ? lifted.error->message : "no error") << ", envelope "
         << lifted.envelope.substr(0, 300) << ", content of " << lifted.content.size() << " bytes";
  }
};

// Lifts `body`, cut at the offsets in `cuts` (in rising order).
inline Lifted lift(FhirVersion version, std::string_view body,
                   const std::vector<std::size_t>& cuts = {}) {
  Lifter lifter(version);
  KeepingSink sink;
  Lifted lifted;
  const auto note = [&](const Result<void>& result) {
    if (!result && !lifted.error) {
      lifted.error = result.error();
    }
  };
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    note(lifter.feed(as_bytes(body.substr(begin, cut - begin)), sink));
    begin = cut;
  }
  note(lifter.feed(as_bytes(body.substr(begin)), sink));
  note(lifter.finish(sink));
  lifted.kind = lifter.kind();
  lifted.has_payload = lifter.has_payload();
  lifted.envelope = lifter.envelope();
  lifted.content = std::move(sink.kept);
  return lifted;
}

// Lifts `body` one byte at a time.
inline Lifted lift_bytewise(FhirVersion version, std::string_view body) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < body.size(); ++i) {
    cuts.push_back(i);
  }
  return lift(version, body, cuts);
}

}  // namespace fhirbin::fhir
