#include "tools/http/http_answer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace fhirbin::tool {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

// Feeds a response's body to libmicrohttpd and counts it.
struct BodyFeed {
  std::unique_ptr<Source> source;
  std::uint64_t* counter;
};

ssize_t feed_body(void* closure, std::uint64_t, char* buffer, std::size_t size) {
  auto& feed = *static_cast<BodyFeed*>(closure);
  Result<std::size_t> filled = std::unexpected(Error{.code = ErrorCode::kIo, .message = {}});
  try {
    filled = feed.source->read({reinterpret_cast<std::byte*>(buffer), size});
  } catch (...) {  // NOLINT(bugprone-empty-catch): no memory; as any other failure
  }
  if (!filled) {
    return MHD_CONTENT_READER_END_WITH_ERROR;  // closes the connection: the client sees it cut
  }
  if (*filled == 0) {
    return MHD_CONTENT_READER_END_OF_STREAM;
  }
  *feed.counter += *filled;
  return static_cast<ssize_t>(*filled);
}

void free_feed(void* closure) { delete static_cast<BodyFeed*>(closure); }

struct DestroyResponse {
  void operator()(MHD_Response* response) const noexcept { MHD_destroy_response(response); }
};
using ResponseHandle = std::unique_ptr<MHD_Response, DestroyResponse>;

ResponseHandle make_response(rest::Response& answer, HttpRequest& request) {
  // HEAD and 304 tell the length that the body of GET would have, known or not, and have none: it
  // is never asked for.
  const bool is_head_only = request.method == "HEAD" || answer.status == MHD_HTTP_NOT_MODIFIED;
  if ((answer.body == nullptr && !is_head_only) || answer.content_length == 0) {
    return ResponseHandle(MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT));
  }
  auto feed = std::make_unique<BodyFeed>(
      BodyFeed{.source = std::move(answer.body), .counter = &request.response_bytes});
  ResponseHandle response(
      MHD_create_response_from_callback(answer.content_length.value_or(MHD_SIZE_UNKNOWN),
                                        kBlockBytes, feed_body, feed.get(), free_feed));
  if (response != nullptr && is_head_only && !answer.content_length) {
    // Otherwise the end of a chunked body goes out, which the client would take for the beginning
    // of the next answer. Ends the connection.
    (void)MHD_set_response_options(response.get(), MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
  }
  if (response != nullptr) {
    [[maybe_unused]] const BodyFeed* const owned_by_response = feed.release();
  }
  return response;
}

}  // namespace

MHD_Result queue_answer(MHD_Connection* connection, HttpRequest& request, rest::Response answer) {
  request.status = answer.status;
  const bool close = answer.close_connection;
  const std::vector<rest::Header> headers = std::move(answer.headers);
  const ResponseHandle response = make_response(answer, request);
  if (response == nullptr) {
    return MHD_NO;
  }
  for (const rest::Header& header : headers) {
    if (MHD_add_response_header(response.get(), header.name.c_str(), header.value.c_str()) !=
        MHD_YES) {
      return MHD_NO;
    }
  }
  if (close) {
    (void)MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONNECTION, "close");
  }
  return MHD_queue_response(connection, static_cast<unsigned>(answer.status), response.get());
}

}  // namespace fhirbin::tool
