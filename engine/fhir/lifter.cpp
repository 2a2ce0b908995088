#include "engine/fhir/lifter.h"

#include <array>
#include <optional>
#include <string>

#include "engine/fhir/envelope.h"
#include "engine/fhir/json_grammar.h"
#include "engine/fhir/json_string.h"
#include "engine/fhir/payload_decoder.h"
#include "engine/util/try.h"

namespace fhirbin::fhir {
namespace {

Error invalid(std::string message, IssueType issue) {
  return {.code = ErrorCode::kInvalidResource, .message = std::move(message), .issue = issue};
}

std::unexpected<Error> not_json(std::string message) {
  return std::unexpected<Error>(invalid(std::move(message), IssueType::kStructure));
}

// Collects a name with escapes undone; longer ones than any that matter equal none of them.
class ShortName {
 public:
  void clear() noexcept { length_ = 0; }

  void append(std::string_view text) noexcept {
    for (const char c : text) {
      if (length_ < name_.size()) {
        name_[length_] = c;
        ++length_;
      }
    }
  }

  std::string_view view() const noexcept { return {name_.data(), length_}; }

 private:
  std::array<char, std::string_view("resourceType").size() + 1> name_{};
  std::size_t length_ = 0;
};

}  // namespace

struct Lifter::Impl {
  // Where in the text the scan stands.
  enum class Place : std::uint8_t { kStructure, kKey, kTypeName, kPayload, kSkipped, kString };
  // The top-level member whose value comes next.
  enum class Member : std::uint8_t { kNone, kResourceType, kData, kContent };

  explicit Impl(FhirVersion fhir_version) : version(fhir_version) {}

  Result<void> feed(std::string_view rest, ContentSink& content);
  Result<void> finish();

  Result<void> scan_structure(std::string_view& rest);
  Result<void> take_event(JsonGrammar::Event event);
  Result<void> begin_string();
  Result<void> begin_payload(Member of);
  Result<void> scan_string(std::string_view& rest, ContentSink& content);
  Result<void> take_text(std::string_view raw, std::string_view text, ContentSink& content);
  Result<void> end_string(ContentSink& content);
  Result<void> decide_kind();
  Result<void> hold_payload_fault();
  Result<void> hold(Error error);
  Result<void> keep(std::string_view text);
  void start(Place at) noexcept;
  static Member member_named(std::string_view name) noexcept;

  FhirVersion version;
  Kind kind = Kind::kUndecided;
  Place place = Place::kStructure;
  Member member = Member::kNone;
  JsonGrammar grammar;
  JsonStringScanner string;
  ShortName name;
  PayloadDecoder payload;
  bool has_payload = false;        // the version's own member
  bool has_other_payload = false;  // the other versions' member
  std::string envelope;
  bool is_envelope_dropped = false;
  std::optional<Error> held;   // the first fault that counts only if the body is a Binary
  std::optional<Error> spent;  // what the first failed call said
};

Result<void> Lifter::Impl::feed(std::string_view rest, ContentSink& content) {
  while (!rest.empty() && kind != Kind::kOther) {
    FHIRBIN_TRY(place == Place::kStructure ? scan_structure(rest) : scan_string(rest, content));
  }
  return {};
}

Result<void> Lifter::Impl::finish() {
  if (kind == Kind::kOther) {
    return {};
  }
  if (place != Place::kStructure || !grammar.is_complete()) {
    return not_json("the FHIR JSON body is empty or cut off");
  }
  if (kind == Kind::kUndecided) {
    kind = Kind::kOther;
  }
  return {};
}

Result<void> Lifter::Impl::scan_structure(std::string_view& rest) {
  while (!rest.empty() && place == Place::kStructure && kind != Kind::kOther) {
    const std::string_view one = rest.substr(0, 1);
    rest.remove_prefix(1);
    const JsonGrammar::Event event = grammar.step(one.front());
    if (event != JsonGrammar::Event::kNone) {
      FHIRBIN_TRY(take_event(event));
    }
    FHIRBIN_TRY(keep(one));
  }
  return {};
}

Result<void> Lifter::Impl::take_event(JsonGrammar::Event event) {
  switch (event) {
    case JsonGrammar::Event::kNone:
      return {};
    case JsonGrammar::Event::kKey:
      start(grammar.depth() == 1 ? Place::kKey : Place::kString);
      return {};
    case JsonGrammar::Event::kString:
      return begin_string();
    case JsonGrammar::Event::kValue:
      if (std::exchange(member, Member::kNone) == Member::kResourceType &&
          kind == Kind::kUndecided) {
        kind = Kind::kOther;  // a type that is no string names no resource
      }
      if (grammar.depth() > kMaxJsonDepth) {
        return hold(invalid("the Binary is nested too deeply", IssueType::kInvalid));
      }
      return {};
    case JsonGrammar::Event::kTooDeep:
      return not_json("the FHIR JSON body is nested too deeply");
    case JsonGrammar::Event::kFault:
      break;
  }
  return not_json("the FHIR JSON body is not JSON");
}

Result<void> Lifter::Impl::begin_string() {
  const Member of = std::exchange(member, Member::kNone);
  switch (of) {
    case Member::kResourceType:
      start(Place::kTypeName);
      return {};
    case Member::kData:
    case Member::kContent:
      return begin_payload(of);
    case Member::kNone:
      start(Place::kString);
      return {};
  }
  return {};
}

// A payload that cannot count is skipped in constant memory like one that does.
Result<void> Lifter::Impl::begin_payload(Member of) {
  const std::string own(payload_member(version));
  if (own != (of == Member::kData ? "data" : "content")) {
    start(Place::kSkipped);
    has_other_payload = true;
    return hold(invalid("the content of a Binary of this FHIR version belongs in `" + own + "`",
                        IssueType::kStructure));
  }
  start(has_payload ? Place::kSkipped : Place::kPayload);
  if (std::exchange(has_payload, true)) {
    return hold(invalid("member `" + own + "` stands twice", IssueType::kStructure));
  }
  return {};
}

Result<void> Lifter::Impl::scan_string(std::string_view& rest, ContentSink& content) {
  while (!rest.empty()) {
    const std::string_view before = rest;
    const JsonStringScanner::Piece piece = string.next(rest);
    switch (piece.step) {
      case JsonStringScanner::Step::kText:
        FHIRBIN_TRY(take_text(before.substr(0, before.size() - rest.size()), piece.text, content));
        break;
      case JsonStringScanner::Step::kMore:
        return {};
      case JsonStringScanner::Step::kEnd:
        return end_string(content);
      case JsonStringScanner::Step::kFault:
        return not_json("the FHIR JSON body holds a string that is not JSON");
    }
  }
  return {};
}

Result<void> Lifter::Impl::take_text(std::string_view raw, std::string_view text,
                                     ContentSink& content) {
  switch (place) {
    case Place::kPayload:
      if (held || text.empty()) {
        return {};
      }
      FHIRBIN_TRY(payload.write(text, content));
      return hold_payload_fault();
    case Place::kSkipped:
      return {};
    case Place::kKey:
    case Place::kTypeName:
      name.append(text);
      return keep(raw);
    case Place::kStructure:
    case Place::kString:
      return keep(raw);
  }
  return {};
}

Result<void> Lifter::Impl::end_string(ContentSink& content) {
  const Place at = std::exchange(place, Place::kStructure);
  FHIRBIN_TRY(keep("\""));
  if (at == Place::kKey) {
    member = member_named(name.view());
  }
  if (at == Place::kTypeName && kind == Kind::kUndecided) {
    return decide_kind();
  }
  if (at == Place::kPayload && !held) {
    FHIRBIN_TRY(payload.finish(content));
    return hold_payload_fault();
  }
  return {};
}

Result<void> Lifter::Impl::decide_kind() {
  kind = name.view() == "Binary" ? Kind::kBinary : Kind::kOther;
  if (kind == Kind::kBinary && held) {
    return std::unexpected<Error>(*held);
  }
  return {};
}

Result<void> Lifter::Impl::hold_payload_fault() {
  const std::optional<Error>& fault = payload.fault();
  return fault ? hold(*fault) : Result<void>();
}

// Reports a fault that only a Binary can have; while the kind is open it is remembered.
Result<void> Lifter::Impl::hold(Error error) {
  if (kind == Kind::kBinary) {
    return std::unexpected<Error>(std::move(error));
  }
  if (!held) {
    held = std::move(error);
  }
  return {};
}

Result<void> Lifter::Impl::keep(std::string_view text) {
  if (is_envelope_dropped) {
    return {};
  }
  if (text.size() <= kMaxEnvelopeBytes - envelope.size()) {
    envelope.append(text);
    return {};
  }
  is_envelope_dropped = true;
  envelope = {};
  return hold(invalid("the Binary has more than 1 MiB besides its content", IssueType::kInvalid));
}

Lifter::Impl::Member Lifter::Impl::member_named(std::string_view name) noexcept {
  if (name == "resourceType") {
    return Member::kResourceType;
  }
  if (name == "data") {
    return Member::kData;
  }
  return name == "content" ? Member::kContent : Member::kNone;
}

void Lifter::Impl::start(Place at) noexcept {
  place = at;
  name.clear();
  const bool is_payload = at == Place::kPayload || at == Place::kSkipped;
  string.begin(is_payload ? JsonStringScanner::RawBreaks::kAccepted
                          : JsonStringScanner::RawBreaks::kRefused);
}

Lifter::Lifter(FhirVersion version) : impl_(std::make_unique<Impl>(version)) {}
Lifter::Lifter(Lifter&&) noexcept = default;
Lifter& Lifter::operator=(Lifter&&) noexcept = default;
Lifter::~Lifter() = default;

Result<void> Lifter::feed(ByteSpan text, ContentSink& content) {
  if (const std::optional<Error>& spent = impl_->spent) {
    return std::unexpected<Error>(*spent);
  }
  Result<void> fed = impl_->feed(as_text(text), content);
  if (!fed) {
    impl_->spent = fed.error();
  }
  return fed;
}

Result<void> Lifter::finish(ContentSink& /*content*/) {
  if (const std::optional<Error>& spent = impl_->spent) {
    return std::unexpected<Error>(*spent);
  }
  return impl_->finish();
}

Lifter::Kind Lifter::kind() const noexcept { return impl_->kind; }

bool Lifter::has_payload() const noexcept {
  return impl_->has_payload && !impl_->has_other_payload;
}

std::string_view Lifter::envelope() const noexcept { return impl_->envelope; }

}  // namespace fhirbin::fhir
