#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/rest/header_list.h"
#include "engine/util/bytes.h"
#include "fhirbin/rest.h"

// A Service's calls in one line each.
namespace fhirbin::testing {

// A response with its body read to the end.
struct Answer {
  int status = 0;
  std::vector<rest::Header> headers;
  std::optional<std::uint64_t> content_length;
  std::string body;
  bool body_failed = false;
  bool close_connection = false;

  std::string header(std::string_view name) const {
    return std::string(rest::HeaderList(headers).find(name).value_or("(none)"));
  }
};

inline Answer read_answer(rest::Response response, std::size_t buffer_size = 4096) {
  Answer answer{.status = response.status,
                .headers = std::move(response.headers),
                .content_length = response.content_length,
                .body = {},
                .body_failed = false,
                .close_connection = response.close_connection};
  ByteVector buffer(buffer_size);
  while (response.body != nullptr) {
    const auto filled = response.body->read(buffer);
    if (!filled || *filled == 0) {
      answer.body_failed = !filled;
      break;
    }
    answer.body += as_text(ByteSpan(buffer).first(*filled));
  }
  return answer;
}

inline Answer call(rest::Service& service, std::string method, std::string target,
                   std::vector<rest::Header> headers = {}, std::string_view body = {}) {
  const auto source = bytes_source(as_bytes(body));
  rest::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers = std::move(headers);
  request.body = request.method == "POST" || request.method == "PUT" ? source.get() : nullptr;
  return read_answer(service.handle(request));
}

inline Answer push(rest::Service& service, std::string method, std::string target,
                   std::vector<rest::Header> headers, std::string_view body, std::size_t piece) {
  rest::Exchange exchange = service.begin(
      {.method = std::move(method), .target = std::move(target), .headers = std::move(headers)});
  for (std::size_t at = 0; at < body.size() && exchange.wants_body(); at += piece) {
    exchange.write(as_bytes(body.substr(at, piece)));
  }
  return read_answer(exchange.finish());
}

}  // namespace fhirbin::testing
