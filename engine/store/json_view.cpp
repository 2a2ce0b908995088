#include "engine/store/json_view.h"

#include <algorithm>
#include <vector>

#include "engine/codec/base64.h"
#include "engine/store/content_reader.h"
#include "engine/util/try.h"

namespace fhirbin::store {
namespace {

using fhir::PayloadForm;

fhir::ResourceFields fields_of(const storage::VersionRecord& record) {
  return {.id = record.id,
          .version = record.number,
          .last_updated = Instant(std::chrono::milliseconds(record.last_updated_ms)),
          .content_type = record.content_type,
          .security_context = record.security_context,
          .elements = record.elements};
}

// Whether a view leaves the data out: strictly more than the limit, by the measure asked for.
bool leaves_out(const InlinePolicy& policy, const fhir::ResourceFrame& inline_frame,
                std::uint64_t content_bytes) {
  const std::uint64_t size = policy.measure == InlinePolicy::Measure::kPayload
                                 ? content_bytes
                                 : fhir::serialized_size(inline_frame, content_bytes);
  return size > policy.inline_limit_bytes;
}

Result<std::uint64_t> write_text(Sink& sink, std::string_view text) {
  FHIRBIN_TRY(sink.write(as_bytes(text)));
  return text.size();
}

Result<std::uint64_t> write_base64(ContentReader& reader, Sink& sink) {
  constexpr std::size_t kSliceBytes =
      48U << 10;  // a multiple of three, so that nothing is carried inside a chunk
  codec::Base64Encoder encoder;
  std::vector<char> text(codec::Base64Encoder::max_encoded_size(kSliceBytes));
  std::uint64_t written = 0;
  for (std::uint64_t offset = 0; offset < reader.size_bytes();) {
    FHIRBIN_TRY_ASSIGN(const ByteSpan piece, reader.piece_at(offset));
    const ByteSpan slice = piece.first(std::min(piece.size(), kSliceBytes));
    const std::size_t length = encoder.encode(slice, text);
    FHIRBIN_TRY(sink.write(as_bytes({text.data(), length})));
    written += length;
    offset += slice.size();
  }
  const std::size_t length = encoder.finish(text);
  FHIRBIN_TRY(sink.write(as_bytes({text.data(), length})));
  return written + length;
}

}  // namespace

Result<JsonView> make_json_view(FhirVersion version, const storage::VersionRecord& record,
                                bool summary, const std::optional<InlinePolicy>& policy) {
  JsonView view;
  view.form = PayloadForm::kInline;
  if (record.size_bytes == 0) {
    view.form = PayloadForm::kNone;
  } else if (summary) {
    view.form = PayloadForm::kSummary;
  }
  FHIRBIN_TRY_ASSIGN(view.frame, fhir::make_resource_frame(fields_of(record), version, view.form));
  if (view.form == PayloadForm::kInline && policy &&
      leaves_out(*policy, view.frame, record.size_bytes)) {
    view.form = PayloadForm::kAbsent;
    FHIRBIN_TRY_ASSIGN(view.frame,
                       fhir::make_resource_frame(fields_of(record), version, view.form));
  }
  return view;
}

Result<std::uint64_t> write_json_view(StoreContext& store, const storage::VersionRecord& record,
                                      const JsonView& view, Sink& sink) {
  std::unique_ptr<ContentReader> reader;
  if (view.form == PayloadForm::kInline) {
    FHIRBIN_TRY_ASSIGN(reader, ContentReader::open(store, record));
  }
  FHIRBIN_TRY_ASSIGN(std::uint64_t written, write_text(sink, view.frame.head));
  if (reader != nullptr) {
    FHIRBIN_TRY_ASSIGN(const std::uint64_t payload, write_base64(*reader, sink));
    written += payload;
  }
  FHIRBIN_TRY_ASSIGN(const std::uint64_t tail, write_text(sink, view.frame.tail));
  return written + tail;
}

}  // namespace fhirbin::store
