#include "engine/rest/read_interaction.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "engine/rest/entity_tag.h"
#include "engine/rest/http_date.h"
#include "engine/rest/negotiation.h"
#include "engine/rest/operation_outcome.h"
#include "engine/rest/range_header.h"
#include "engine/rest/response.h"
#include "engine/util/number_text.h"
#include "engine/util/try.h"

namespace fhirbin::rest {
namespace {

HttpDate now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::optional<HttpDate> date_of(const Call& call, std::string_view header) {
  const auto value = call.headers().find(header);
  return value ? parse_http_date(*value, now()) : std::nullopt;  // a date that is none is ignored
}

// Pulls one range out of a Reader.
class RangeSource final : public Source {
 public:
  RangeSource(Reader reader, ByteRange range)
      : reader_(std::move(reader)), next_(range.offset), left_(range.length) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
    FHIRBIN_TRY_ASSIGN(const std::size_t copied, copy_to(buffer.first(wanted)));
    next_ += copied;
    left_ -= copied;
    return copied;
  }

  std::optional<std::uint64_t> size_hint() const override { return left_; }

 private:
  // A Reader may fetch less than a chunk for what is asked for at once. Where that is not the end
  // of the range, more of the chunk will be wanted.
  Result<std::size_t> copy_to(std::span<std::byte> target) {
    if (target.size() == left_) {
      return reader_.read_at(next_, target);
    }
    FHIRBIN_TRY_ASSIGN(const auto piece, reader_.view_at(next_));
    const std::size_t length = std::min(piece.size(), target.size());
    std::ranges::copy(piece.first(length), target.begin());
    return length;
  }

  Reader reader_;
  std::uint64_t next_;
  std::uint64_t left_;
};

Result<VersionInfo> find_version(const Call& call) {
  if (call.route.place != Place::kVersion) {
    return call.store->head(call.route.id);
  }
  FHIRBIN_TRY_ASSIGN(const std::uint64_t version, parse_version_id(call.route.version));
  return call.store->version(call.route.id, version);
}

Response gone_response(const Call& call, const VersionInfo& deletion) {
  Response response = error_response(
      Error{.code = ErrorCode::kGone, .message = "the Binary was deleted"}, call.fhir_version());
  add_version_headers(response, deletion);
  return response;
}

// If-Match and If-Unmodified-Since of a read.
Result<bool> preconditions_hold(const Call& call, const VersionInfo& info) {
  if (const auto value = call.headers().combined("If-Match")) {
    FHIRBIN_TRY_ASSIGN(const EntityTags tags, parse_entity_tags(*value, "If-Match"));
    return tags.contains(info.version);
  }
  const auto unmodified_since = date_of(call, "If-Unmodified-Since");
  return !unmodified_since || to_http_date(info.last_updated) <= *unmodified_since;
}

// If-None-Match, and only without it If-Modified-Since.
Result<bool> is_unchanged(const Call& call, const VersionInfo& info) {
  if (const auto value = call.headers().combined("If-None-Match")) {
    FHIRBIN_TRY_ASSIGN(const EntityTags tags, parse_entity_tags(*value, "If-None-Match"));
    return tags.contains(info.version);
  }
  const auto modified_since = date_of(call, "If-Modified-Since");
  return modified_since && to_http_date(info.last_updated) <= *modified_since;
}

// Whether the date of this version can be that of no other version of the address that was asked:
// dates have whole seconds, and there may be several versions in one.
bool has_date_of_its_own(const Call& call, const VersionInfo& info) {
  if (call.route.place == Place::kVersion || info.version == 1) {
    return true;
  }
  const auto former = call.store->version(info.id, info.version - 1);
  return former && to_http_date(former->last_updated) < to_http_date(info.last_updated);
}

// Whether If-Range lets a range be answered: it names this version. Tags are compared although ours
// are weak: a version never changes, so equal tags mean equal bytes.
bool range_applies(const Call& call, const VersionInfo& info) {
  const auto value = call.headers().find("If-Range");
  if (!value) {
    return true;
  }
  if (value->contains('"')) {
    const auto tags = parse_entity_tags(*value, "If-Range");
    return tags && tags->contains(info.version);
  }
  const auto date = parse_http_date(*value, now());
  return date && *date == to_http_date(info.last_updated) && has_date_of_its_own(call, info);
}

void add_native_headers(Response& response, const VersionInfo& info) {
  response.headers.push_back({"Content-Type", info.content_type});
  if (!info.security_context.empty()) {
    response.headers.push_back({"X-Security-Context", info.security_context});
  }
  response.headers.push_back({"Accept-Ranges", "bytes"});
  // Stored content may be active, and is nobody's page: never guess its type, never show it inline.
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.headers.push_back({"Content-Disposition", "attachment"});
}

Response unsatisfiable(const Call& call, const Error& error, std::uint64_t size_bytes) {
  Response response = error_response(error, call.fhir_version());
  response.headers.push_back({"Content-Range", "bytes */" + std::to_string(size_bytes)});
  return response;
}

Result<Response> answer_native(const Call& call, const VersionInfo& info) {
  Response response;
  response.status = 200;
  ByteRange range{.offset = 0, .length = info.size_bytes};
  const auto header = call.headers().combined("Range");
  if (header && call.head->method == "GET" && range_applies(call, info)) {
    auto wanted = parse_range_header(*header, info.size_bytes);
    if (!wanted) {
      return unsatisfiable(call, wanted.error(), info.size_bytes);
    }
    if (*wanted) {
      range = **wanted;
      response.status = 206;
    }
  }
  add_native_headers(response, info);
  if (response.status == 206) {
    response.headers.push_back(
        {"Content-Range", "bytes " + std::to_string(range.offset) + '-' +
                              std::to_string(range.offset + range.length - 1) + '/' +
                              std::to_string(info.size_bytes)});
  }
  response.content_length = range.length;
  if (call.head->method != "HEAD") {
    FHIRBIN_TRY_ASSIGN(Reader reader, call.store->open_reader(info.id, info.version));
    response.body = std::make_unique<RangeSource>(std::move(reader), range);
  }
  return response;
}

Result<Response> answer_fhir(const Call& call, const VersionInfo& info) {
  const auto summary = call.target.parameter("_summary");
  const JsonOptions options{.summary = summary == "true" || summary == "text", .view = {}};
  FHIRBIN_TRY_ASSIGN(auto json, call.store->open_fhir_json(info.id, info.version, options));
  Response response;
  response.status = 200;
  response.headers.push_back({"Content-Type", std::string(fhir_json_type(call.fhir_version()))});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.content_length = json->size_hint();
  response.body = std::move(json);
  return response;
}

// Of what is not sent, only the length is told (RFC 9110 section 8.6).
Result<Response> not_modified(const Call& call, const VersionInfo& info, Form form) {
  Response response;
  response.status = 304;
  response.content_length = info.size_bytes;
  if (form == Form::kFhir) {
    FHIRBIN_TRY_ASSIGN(const Response whole, answer_fhir(call, info));
    response.content_length = whole.content_length;
  }
  return response;
}

Response precondition_failed(const Call& call) {
  return error_response(412,
                        Error{.code = ErrorCode::kVersionConflict,
                              .message = "the current version is not the one the request expects"},
                        call.fhir_version());
}

Result<Response> answer_form(const Call& call, const VersionInfo& info) {
  FHIRBIN_TRY_ASSIGN(const Form form, negotiate_read(call.headers().combined("Accept"), call.target,
                                                     info.content_type, call.fhir_version()));
  FHIRBIN_TRY_ASSIGN(const bool wanted, preconditions_hold(call, info));
  if (!wanted) {
    return precondition_failed(call);
  }
  FHIRBIN_TRY_ASSIGN(const bool unchanged, is_unchanged(call, info));
  if (unchanged) {
    return not_modified(call, info, form);
  }
  return form == Form::kNative ? answer_native(call, info) : answer_fhir(call, info);
}

}  // namespace

Result<std::uint64_t> parse_version_id(std::string_view text) {
  const auto version = parse_number(text);
  if (!version || text.starts_with('0') || *version > INT64_MAX) {
    return fail(ErrorCode::kNotFound, "the Binary has no such version");
  }
  return *version;
}

Result<Response> answer_read(const Call& call) {
  FHIRBIN_TRY_ASSIGN(const VersionInfo info, find_version(call));
  if (info.deleted) {
    return gone_response(call, info);
  }
  FHIRBIN_TRY_ASSIGN(Response response, answer_form(call, info));
  if (response.status < 400) {
    add_version_headers(response, info);
  }
  return response;
}

}  // namespace fhirbin::rest
