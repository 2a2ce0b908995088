#include "engine/rest/history_interaction.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/fhir/resource_writer.h"
#include "engine/rest/entity_tag.h"
#include "engine/rest/negotiation.h"
#include "engine/rest/period.h"
#include "engine/rest/response.h"
#include "engine/rest/stream_chain.h"
#include "engine/util/number_text.h"
#include "engine/util/try.h"

namespace fhirbin::rest {
namespace {

constexpr std::uint32_t kDefaultCount = 100;
constexpr std::uint32_t kMaxCount = 1000;

std::unexpected<Error> bad_parameter(std::string_view name, const char* wanted) {
  return fail(ErrorCode::kInvalidArgument, std::string(name) + " is no " + wanted,
              IssueType::kValue);
}

// What a request asks of a history. A count of 0 asks for the total alone.
struct HistoryRequest {
  HistoryQuery query;
  bool only_total = false;
};

Result<void> read_count(const Call& call, HistoryRequest& request) {
  request.query.count = kDefaultCount;
  const auto text = call.target.parameter("_count");
  if (!text) {
    return {};
  }
  const auto count = parse_number(*text);
  if (!count) {
    return bad_parameter("_count", "number");
  }
  request.only_total = *count == 0;
  request.query.count = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(*count, 1, kMaxCount));
  return {};
}

Result<HistoryRequest> read_request(const Call& call) {
  HistoryRequest request;
  FHIRBIN_TRY(read_count(call, request));
  if (const auto text = call.target.parameter("_since")) {
    const auto since = parse_period(*text);
    if (!since) {
      return bad_parameter("_since", "instant");
    }
    request.query.since = since->begin;
  }
  if (const auto text = call.target.parameter("_at")) {
    const auto at = parse_period(*text);
    if (!at) {
      return bad_parameter("_at", "dateTime");
    }
    request.query.at = at->begin;
    request.query.at_end = at->end;
  }
  request.query.page_token = call.target.parameter("_page_token").value_or("");
  return request;
}

std::string history_url(const Call& call) {
  switch (call.route.place) {
    case Place::kSystemHistory:
      return call.base_url() + "/_history";
    case Place::kTypeHistory:
      return call.base_url() + "/Binary/_history";
    default:
      return call.base_url() + "/Binary/" + call.route.id + "/_history";
  }
}

// The URL of another page of the same history: the parameters of this one but for the token.
std::string page_url(const Call& call, std::string_view page_token) {
  std::string url = history_url(call);
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    url += separator + encode_query(name) + '=' + encode_query(value);
    separator = '&';
  };
  for (const auto& [name, value] : call.target.parameters) {
    if (name == "_count" || name == "_since" || name == "_at" || name == "_format") {
      add(name, value);
    }
  }
  if (!page_token.empty()) {
    add("_page_token", page_token);
  }
  return url;
}

void append_link(std::string& text, std::string_view relation, std::string_view url) {
  text += R"({"relation":")" + std::string(relation) + R"(","url":)";
  fhir::append_json_string(text, url);
  text += '}';
}

std::string bundle_head(const Call& call, const HistoryPage& page, bool only_total) {
  std::string text = R"({"resourceType":"Bundle","type":"history","total":)";
  text += std::to_string(page.total);
  text += R"(,"link":[)";
  append_link(text, "self", page_url(call, call.target.parameter("_page_token").value_or("")));
  if (!page.next_page_token.empty() && !only_total) {
    text += ',';
    append_link(text, "next", page_url(call, page.next_page_token));
  }
  return text + ']';
}

std::string_view method_of(const VersionInfo& info) {
  if (info.deleted) {
    return "DELETE";
  }
  return info.created && info.version == 1 ? "POST" : "PUT";
}

std::string_view status_text_of(const VersionInfo& info) {
  if (info.deleted) {
    return "204 No Content";
  }
  return info.created ? "201 Created" : "200 OK";
}

// What stands in an entry behind its resource.
std::string entry_tail(const Call& call, const VersionInfo& info) {
  const std::string_view method = method_of(info);
  std::string text = R"("request":{"method":")" + std::string(method) + R"(","url":"Binary)";
  text += method == "POST" ? "" : "/" + info.id;
  text += R"("})";
  if (call.fhir_version() >= FhirVersion::kR4) {
    text += R"(,"response":{"status":")" + std::string(status_text_of(info)) + R"(","etag":)";
    fhir::append_json_string(text, format_entity_tag(info.version));
    text += R"(,"lastModified":")" + format_instant(info.last_updated) + R"("})";
  }
  return text + '}';
}

// The entries of a page, each opened when its turn comes.
class EntryStream {
 public:
  EntryStream(const Call& call, const HistoryPage& page, std::string head)
      : store_(call.store), view_(call.options->view), head_(std::move(head)) {
    for (const VersionInfo& info : page.versions) {
      entries_.push_back({.full_url = call.base_url() + "/Binary/" + info.id,
                          .tail = entry_tail(call, info),
                          .id = info.id,
                          .version = info.version,
                          .deleted = info.deleted});
    }
  }

  Result<std::optional<StreamPart>> next() {
    if (ended_) {
      return std::nullopt;
    }
    std::string text = take_separator();
    if (next_entry_ == entries_.size()) {
      ended_ = true;
      return StreamPart{.text = text + (entries_.empty() ? "}" : "]}"), .stream = nullptr};
    }
    const Entry& entry = entries_[next_entry_++];
    text += R"({"fullUrl":)";
    fhir::append_json_string(text, entry.full_url);
    text += ',';
    if (entry.deleted) {
      return StreamPart{.text = text + entry.tail, .stream = nullptr};
    }
    auto resource =
        store_->open_fhir_json(entry.id, entry.version, {.summary = false, .view = view_});
    if (!resource) {
      return without_resource(std::move(text), entry, resource.error());
    }
    pending_ = ',' + entry.tail;
    return StreamPart{.text = text + R"("resource":)", .stream = *std::move(resource)};
  }

 private:
  struct Entry {
    std::string full_url;
    std::string tail;
    std::string id;
    std::uint64_t version = 0;
    bool deleted = false;
  };

  // What the entry before still lacks, and what divides it from the next.
  std::string take_separator() {
    if (!head_.empty()) {
      return std::exchange(head_, {}) + (entries_.empty() ? "" : R"(,"entry":[)");
    }
    return std::exchange(pending_, {}) + (next_entry_ < entries_.size() ? "," : "");
  }

  // A version that was purged since the page was read stays in it without its resource.
  static Result<std::optional<StreamPart>> without_resource(std::string text, const Entry& entry,
                                                            const Error& error) {
    if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kGone) {
      return StreamPart{.text = std::move(text) + entry.tail, .stream = nullptr};
    }
    return std::unexpected<Error>(error);
  }

  Store* store_;
  InlinePolicy view_;
  std::string head_;
  std::string pending_;
  std::vector<Entry> entries_;
  std::size_t next_entry_ = 0;
  bool ended_ = false;
};

Response history_not_kept(const Call& call) {
  return error_response(
      404, Error{.code = ErrorCode::kMethodNotAllowed, .message = "this store keeps no history"},
      call.fhir_version());
}

}  // namespace

Result<Response> answer_history(const Call& call) {
  FHIRBIN_TRY(negotiate_json(call.headers().combined("Accept"), call.target, call.fhir_version()));
  if (!call.store->keeps_history()) {
    return history_not_kept(call);
  }
  FHIRBIN_TRY_ASSIGN(const HistoryRequest request, read_request(call));
  FHIRBIN_TRY_ASSIGN(HistoryPage page, call.route.place == Place::kInstanceHistory
                                           ? call.store->history(call.route.id, request.query)
                                           : call.store->history(request.query));
  std::string head = bundle_head(call, page, request.only_total);
  if (request.only_total) {
    page.versions.clear();
  }
  Response response;
  response.status = 200;
  response.headers.push_back({"Content-Type", std::string(fhir_json_type(call.fhir_version()))});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  auto entries = std::make_shared<EntryStream>(call, std::move(page), std::move(head));
  response.body = std::make_unique<StreamChain>([entries] { return entries->next(); });
  return response;
}

}  // namespace fhirbin::rest
