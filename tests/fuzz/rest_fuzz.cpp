// Property: whatever comes in, a Service answers with a status that it knows; an error has an
// OperationOutcome; no header field could end its line; a length that is told is that of the body;
// a request changes the store exactly when it is a write and was not refused; and at the end the
// store verifies.

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "engine/rest/header_list.h"
#include "engine/util/bytes.h"
#include "fhirbin/store.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/rest_requests.h"
#include "tests/support/json_document.h"
#include "tests/support/temporary_folder.h"

namespace {

using fhirbin::as_bytes;
using fhirbin::as_text;
using fhirbin::ByteSpan;
using fhirbin::ByteVector;
using fhirbin::FhirVersion;
using fhirbin::Result;
using fhirbin::Source;
using fhirbin::Store;
using fhirbin::fuzz::require;
using fhirbin::fuzz::Script;
using fhirbin::fuzz::ScriptedRequest;
using fhirbin::rest::HeaderList;
using fhirbin::rest::Response;
using fhirbin::rest::Service;
using fhirbin::rest::ServiceOptions;
using fhirbin::testing::JsonDocument;

constexpr std::uint64_t kMaxIngestBytes = 8192;
constexpr std::size_t kMaxTargetBytes = 2048;

// A store that serves many inputs, until it has grown large.
class Subject {
 public:
  explicit Subject(FhirVersion version)
      : folder_(fhirbin::testing::memory_directory_path()),
        store_(Store::create(folder_.path() / "fuzz.fhirbin",
                             {.fhir_version = version,
                              .keep_history = version != FhirVersion::kR4B,
                              .update_may_create = version != FhirVersion::kR5,
                              .inline_limit_bytes = 256},
                             {.max_ingest_bytes = kMaxIngestBytes, .worker_threads = 1})
                   .value()) {}
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  ~Subject() {
    const auto report = store_.verify();
    require(report && report->damage_count == 0, "the store verifies");
  }

  Store& store() { return store_; }
  bool is_worn_out() { return ++inputs_ > 3000; }

  // How many changes there were since the last call.
  std::size_t take_changes() {
    const auto page = store_.changes(seen_).value();
    seen_ = page.last_sequence;
    return page.changes.size();
  }

 private:
  fhirbin::testing::TemporaryFolder folder_;
  Store store_;
  std::uint64_t seen_ = 0;
  int inputs_ = 0;
};

Subject& subject_of(int version) {
  static std::array<std::unique_ptr<Subject>, 5> subjects;
  std::unique_ptr<Subject>& subject = subjects.at(static_cast<std::size_t>(version));
  if (subject != nullptr && subject->is_worn_out()) {
    subject.reset();
  }
  if (subject == nullptr) {
    subject = std::make_unique<Subject>(static_cast<FhirVersion>(version + 1));
  }
  return *subject;
}

// Gives a body in pieces, and breaks off at its end if it is told to.
class PieceSource final : public Source {
 public:
  PieceSource(ByteSpan bytes, std::size_t piece_bytes, bool breaks_off)
      : rest_(bytes), piece_bytes_(piece_bytes), breaks_off_(breaks_off) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t length = std::min({buffer.size(), piece_bytes_, rest_.size()});
    if (length == 0 && breaks_off_) {
      return std::unexpected<fhirbin::Error>(fhirbin::Error{.message = "broke off"});
    }
    std::copy_n(rest_.begin(), length, buffer.begin());
    rest_ = rest_.subspan(length);
    return length;
  }

 private:
  ByteSpan rest_;
  std::size_t piece_bytes_;
  bool breaks_off_;
};

ServiceOptions options_of(unsigned bits) {
  ServiceOptions options;
  options.base_path = (bits & 1) != 0 ? "/fhir" : "";
  options.return_representation = (bits & 2) != 0;
  options.accept_plain_json = (bits & 4) != 0;
  options.require_if_match = (bits & 8) != 0;
  options.view.inline_limit_bytes = (bits & 16) != 0 ? 16 : 10U << 20;
  options.max_target_bytes = kMaxTargetBytes;
  options.max_wait = std::chrono::milliseconds(0);
  return options;
}

Response answer(Service& service, const ScriptedRequest& request, const Script& script) {
  if ((script.options & 32) != 0) {
    fhirbin::rest::Exchange exchange = service.begin(request.head);
    for (std::size_t at = 0; at < request.body.size(); at += script.piece_bytes) {
      exchange.write(as_bytes(std::string_view(request.body).substr(at, script.piece_bytes)));
    }
    return exchange.finish();
  }
  PieceSource body(as_bytes(request.body), script.piece_bytes, (script.options & 64) != 0);
  fhirbin::rest::Request pulled;
  static_cast<fhirbin::rest::RequestHead&>(pulled) = request.head;
  pulled.body = request.body.empty() && script.options % 2 == 0 ? nullptr : &body;
  return service.handle(pulled);
}

std::string read_body(Response& response) {
  std::string text;
  ByteVector buffer(777);
  while (response.body != nullptr) {
    const auto filled = response.body->read(buffer);
    require(filled.has_value(), "a sound store gives whole bodies");
    if (*filled == 0) {
      break;
    }
    text += as_text(ByteSpan(buffer).first(*filled));
  }
  return text;
}

void check_headers(const Response& response) {
  for (const fhirbin::rest::Header& header : response.headers) {
    require(header.name.find_first_not_of(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") == std::string::npos,
            "names of header fields are tokens");
    require(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
            "no header field ends its line");
  }
}

void check_body(const ScriptedRequest& request, const Response& response, const std::string& body) {
  // Both tell the length of what a GET would have sent (rest.h).
  const bool is_head_only = request.head.method == "HEAD" || response.status == 304;
  require(!is_head_only || body.empty(), "a HEAD and a 304 get no body");
  if (!is_head_only && response.content_length) {
    require(body.size() == *response.content_length, "the length is that of the body");
  }
  if (is_head_only) {
    return;
  }
  const HeaderList headers(response.headers);
  const std::string type(headers.find("Content-Type").value_or(""));
  const bool is_fhir = type.starts_with("application/fhir+json; charset") ||
                       type.starts_with("application/json+fhir; charset");
  if (response.status >= 400) {
    require(is_fhir, "an error is FHIR JSON");
    const JsonDocument outcome(body);
    require(outcome.text("/resourceType") == "OperationOutcome" &&
                outcome.text("/issue/0/severity") == "error" && outcome.has("/issue/0/code"),
            "an error is an OperationOutcome");
  } else if (is_fhir && !headers.find("Accept-Ranges")) {
    require(JsonDocument(body).has("/resourceType"), "FHIR JSON is a resource");
  }
}

void check_status(const Response& response) {
  static const std::set<int> kKnown = {200, 201, 204, 206, 304, 400, 403, 404, 405,
                                       406, 409, 410, 412, 413, 414, 415, 416, 422};
  require(kKnown.contains(response.status), "a sound store leads to known statuses");
  require(response.status == 200 ||
              fhirbin::rest::reason_phrase(response.status) != std::string_view("OK"),
          "a status has its phrase");
}

void check_changes(const ScriptedRequest& request, int status, std::size_t changes) {
  const std::string& method = request.head.method;
  if (status >= 400 || (method != "POST" && method != "PUT" && method != "DELETE")) {
    require(changes == 0, "what is refused or only read changes nothing");
  } else if (method == "DELETE") {
    require(changes <= 1, "a delete is one change at most");
  } else {
    require(changes == 1, "a write is one change");
  }
}

// What was stored raw is read back as it was sent.
void check_read_back(Service& service, const ScriptedRequest& request, const Response& response) {
  const HeaderList sent(request.head.headers);
  const HeaderList got(response.headers);
  const auto type = sent.find("Content-Type");
  const auto location = got.find("Location");
  if (!location || location->size() > kMaxTargetBytes || !type ||
      !type->starts_with("text/plain")) {
    return;
  }
  fhirbin::rest::Request read;
  read.method = "GET";
  read.target = *location;
  Response native = service.handle(read);
  require(native.status == 200, "what was written can be read at its Location");
  require(HeaderList(native.headers).find("Content-Type") == type, "the type is kept as it came");
  require(read_body(native) == request.body, "content is kept as it came");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Script script = fhirbin::fuzz::parse_script({reinterpret_cast<const char*>(data), size});
  Subject& subject = subject_of(script.version);
  Service service(subject.store(), options_of(script.options));
  for (const ScriptedRequest& request : script.requests) {
    Response response = answer(service, request, script);
    check_status(response);
    check_headers(response);
    check_body(request, response, read_body(response));
    check_changes(request, response.status, subject.take_changes());
    if (response.status == 200 || response.status == 201) {
      check_read_back(service, request, response);
    }
  }
  return 0;
}
