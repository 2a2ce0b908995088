#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "engine/rest/call.h"
#include "engine/rest/capability_statement.h"
#include "engine/rest/change_interaction.h"
#include "engine/rest/delete_interaction.h"
#include "engine/rest/history_interaction.h"
#include "engine/rest/negotiation.h"
#include "engine/rest/read_interaction.h"
#include "engine/rest/response.h"
#include "engine/rest/write_interaction.h"
#include "engine/util/try.h"
#include "fhirbin/rest.h"

namespace fhirbin::rest {
namespace {

// Runs a part of an answer; exceptions become the answer that nothing more can be done.
template <class Body>
Response answered(FhirVersion version, Body&& body) noexcept {
  try {
    try {
      Result<Response> response = body();
      return response ? std::move(*response) : error_response(response.error(), version);
    } catch (const std::bad_alloc&) {
      return error_response(
          Error{.code = ErrorCode::kOutOfMemory, .message = "no memory for the answer"}, version);
    } catch (const std::exception&) {
      return error_response(Error{.code = ErrorCode::kIo, .message = "an unexpected failure"},
                            version);
    }
  } catch (...) {
    return {};  // not even that: status 500 without a body
  }
}

Response not_found(FhirVersion version) {
  return error_response(Error{.code = ErrorCode::kNotFound, .message = "there is nothing here"},
                        version);
}

Response not_allowed(const Call& call) {
  Response response = error_response(
      Error{.code = ErrorCode::kMethodNotAllowed, .message = "this method has no use here"},
      call.fhir_version());
  response.headers.push_back({"Allow", std::string(allowed_methods(call.route.place))});
  return response;
}

// If-None-Exist and parameters of a search: conditions that only identifiers could meet, and a
// Binary has none (rules C19 and U13).
Response conditional_unsupported(const Call& call) {
  return error_response(412,
                        Error{.code = ErrorCode::kMethodNotAllowed,
                              .message = "conditional create is not supported for Binary"},
                        call.fhir_version());
}

// A purge keeps what is current when it happens, which a condition looked at before it could not
// promise; ignored, it would let history go that the client meant to keep.
Response conditional_purge_unsupported(const Call& call) {
  return error_response(412,
                        Error{.code = ErrorCode::kMethodNotAllowed,
                              .message = "a purge takes no If-Match and no If-None-Match"},
                        call.fhir_version());
}

bool is_conditional_purge(const Call& call) {
  const HeaderList headers = call.headers();
  return call.route.place == Place::kPurge && call.head->method == "DELETE" &&
         (headers.find("If-Match") || headers.find("If-None-Match"));
}

Response options_response(std::string_view methods) {
  Response response;
  response.status = 204;
  response.headers.push_back({"Allow", std::string(methods)});
  return response;
}

// Whatever became of a call that looks at Accept: caches must look at it, too.
Result<Response> negotiated(const Call& call, Result<Response> answer) {
  Response response =
      answer ? *std::move(answer) : error_response(answer.error(), call.fhir_version());
  response.headers.push_back({"Vary", "Accept"});
  return response;
}

// The current version may change at any time, and an answer without a word on it may be kept for a
// while (RFC 9111 section 4.2.2); these are health records besides.
void forbid_unasked_reuse(Response& response) {
  response.headers.push_back({"Cache-Control", "private, no-cache"});
}

bool reads(const RequestHead& head) { return head.method == "GET" || head.method == "HEAD"; }

bool writes(const Call& call) {
  const std::string& method = call.head->method;
  return (call.route.place == Place::kType && method == "POST") ||
         (call.route.place == Place::kInstance && method == "PUT");
}

}  // namespace

class Service::Impl {
 public:
  Impl(Store& its_store, ServiceOptions its_options)
      : store(&its_store),
        options(std::move(its_options)),
        since(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())) {}

  Result<Response> answer(const Call& call) const {
    const std::string& method = call.head->method;
    if (method == "OPTIONS") {
      return options_response(allowed_methods(call.route.place));
    }
    switch (call.route.place) {
      case Place::kMetadata:
        return negotiated(call, answer_metadata(call));
      case Place::kChanges:
        return answer_changes(call);
      case Place::kSystemHistory:
      case Place::kTypeHistory:
      case Place::kInstanceHistory:
        return negotiated(call, answer_history(call));
      case Place::kInstance:
        return method == "DELETE" ? answer_delete(call) : negotiated(call, answer_read(call));
      case Place::kVersion:
        return negotiated(call, answer_read(call));
      case Place::kPurge:
        return answer_purge(call);
      case Place::kType:
        break;
    }
    return not_allowed(call);
  }

  Store* store;
  const ServiceOptions options;
  const Instant since;

 private:
  Result<Response> answer_metadata(const Call& call) const {
    FHIRBIN_TRY(
        negotiate_json(call.headers().combined("Accept"), call.target, call.fhir_version()));
    return fhir_json_response(200, call.fhir_version(),
                              make_capability_statement(call, since, FHIRBIN_VERSION));
  }
};

class Exchange::Impl {
 public:
  Impl(const Service::Impl& its_service, RequestHead its_head)
      : service(&its_service), head(std::move(its_head)) {}

  // All that can be told before the body. Errors and refusals end in `answer`.
  void begin() {
    auto refusal = take_apart();
    if (!refusal) {
      answer = error_response(refusal.error(), service->store->fhir_version());
    } else if (*refusal) {
      answer = std::move(*refusal);
    } else if (writes(call)) {
      write.emplace(call);
      write->begin();
    }
  }

  Result<Response> finish() {
    if (answer) {
      return std::move(*answer);
    }
    return write ? write->finish() : service->answer(call);
  }

  const Service::Impl* service;
  RequestHead head;
  Call call;
  std::optional<WriteInteraction> write;
  std::optional<Response> answer;

 private:
  // Fills `call`; a response when the request leads nowhere.
  Result<std::optional<Response>> take_apart() {
    const FhirVersion version = service->store->fhir_version();
    call.store = service->store;
    call.options = &service->options;
    call.head = &head;
    if (head.target.size() > service->options.max_target_bytes) {
      return error_response(
          414, Error{.code = ErrorCode::kTooLarge, .message = "the request target is too long"},
          version);
    }
    if (head.method == "OPTIONS" && head.target == "*") {
      return options_response(all_methods());  // of the server as a whole
    }
    FHIRBIN_TRY_ASSIGN(call.target, parse_target(head.target));
    auto route = find_route(call.target, service->options.base_path);
    if (!route) {
      return not_found(version);
    }
    call.route = *std::move(route);
    if (!allows(call.route.place, head.method)) {
      return not_allowed(call);
    }
    if (writes(call) && call.headers().find("If-None-Exist")) {
      return conditional_unsupported(call);
    }
    if (is_conditional_purge(call)) {
      return conditional_purge_unsupported(call);
    }
    return std::nullopt;
  }
};

// ---- Exchange

Exchange::Exchange(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Exchange::Exchange(Exchange&&) noexcept = default;
Exchange& Exchange::operator=(Exchange&&) noexcept = default;
Exchange::~Exchange() = default;

bool Exchange::wants_body() const noexcept {
  return impl_ != nullptr && !impl_->answer && impl_->write && impl_->write->wants_body();
}

void Exchange::write(std::span<const std::byte> bytes) noexcept {
  if (!wants_body()) {
    return;
  }
  try {
    impl_->write->write(bytes);
  } catch (...) {
    impl_->answer = answered(impl_->service->store->fhir_version(), []() -> Result<Response> {
      return fail(ErrorCode::kOutOfMemory, "no memory for the body");
    });
    impl_->answer->close_connection = true;
  }
}

Response Exchange::finish() noexcept {
  const std::unique_ptr<Impl> impl = std::move(impl_);  // and what it staged goes at the end
  if (impl == nullptr) {
    return {};
  }
  Response response = answered(impl->service->store->fhir_version(), [&impl]() -> Result<Response> {
    auto answer = impl->finish();
    if (answer && reads(impl->head)) {
      forbid_unasked_reuse(*answer);
    }
    return answer;
  });
  if (impl->head.method == "HEAD") {
    response.body.reset();
  }
  return response;
}

// ---- Service

Service::Service(Store& store, ServiceOptions options)
    : impl_(std::make_unique<Impl>(store, std::move(options))) {}
Service::Service(Service&&) noexcept = default;
Service& Service::operator=(Service&&) noexcept = default;
Service::~Service() = default;

Exchange Service::begin(RequestHead head) noexcept {
  try {
    auto exchange = std::make_unique<Exchange::Impl>(*impl_, std::move(head));
    Exchange::Impl* const started = exchange.get();
    try {
      started->begin();
    } catch (...) {
      started->answer = answered(impl_->store->fhir_version(), []() -> Result<Response> {
        return fail(ErrorCode::kOutOfMemory, "no memory for the request");
      });
    }
    return Exchange(std::move(exchange));
  } catch (...) {
    return Exchange(nullptr);  // answers with a bare 500
  }
}

Response Service::handle(const Request& request) noexcept {
  return answered(impl_->store->fhir_version(), [&]() -> Result<Response> {
    Exchange exchange = begin(request);
    bool read_whole = request.body == nullptr;
    if (request.body != nullptr && exchange.wants_body()) {
      std::vector<std::byte> buffer(std::size_t{64} << 10);
      while (exchange.wants_body() && !read_whole) {
        auto got = request.body->read(buffer);
        if (!got) {
          Response response = error_response(
              Error{.code = ErrorCode::kInvalidResource, .message = "the body broke off"},
              impl_->store->fhir_version());
          response.close_connection = true;
          return response;  // the exchange goes, and what it staged with it
        }
        read_whole = *got == 0;
        exchange.write(std::span(buffer).first(*got));
      }
    }
    Response response = exchange.finish();
    response.close_connection = response.close_connection || !read_whole;
    return response;
  });
}

}  // namespace fhirbin::rest
