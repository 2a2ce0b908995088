#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fhirbin {

struct HttpAnswer {
  int status = 0;  // 0: the connection ended before a status line came
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool complete = false;  // the body came to the end that the headers had promised

  // The value of a header field, "" when it is not there. Names are compared without case.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const;
};

// Takes the pieces of a body as they come.
using BodySink = std::function<void(std::string_view)>;

// HTTP/1.1 by hand over one connection: what is sent is what is given, well-formed or not.
// Every wait ends after two minutes, as if the peer had closed.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const std::string& address = "127.0.0.1");
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient() { close(); }

  // Whether all could be sent; false when the peer has closed.
  bool send(std::string_view bytes) const;

  // Reads one answer; 1xx counts as one. `answers_head`: there is no body, whatever is announced.
  HttpAnswer read_answer(bool answers_head = false, const BodySink& sink = {});

  // Sends a request with Host and, unless `body` is nullopt, Content-Length, and reads its answer.
  HttpAnswer call(const std::string& method, const std::string& target,
                  const std::vector<std::string>& headers = {},
                  const std::optional<std::string>& body = std::nullopt);

  // Waits until the peer closes; false when it does not, or sends something first.
  bool is_closed_by_peer();
  // Whether something, or the end, comes within this time.
  bool hears_within(std::chrono::milliseconds time) const;

  // Ends our sending only.
  void finish_sending() const;
  // Ends the connection at once, as when a cable is cut: the peer sees a reset.
  void reset();
  void close();

 private:
  bool fill();  // false at the end
  std::optional<std::string> read_line();
  bool read_exactly(std::uint64_t count, const BodySink& sink);
  bool read_chunks(const BodySink& sink);
  bool read_to_end(const BodySink& sink);

  int socket_ = -1;
  std::string received_;  // and not yet used
};

// The lines of a request's head, with Host.
std::string head_of(const std::string& method, const std::string& target,
                    const std::vector<std::string>& headers = {});

// `bytes` as one chunk of a chunked body.
std::string chunk_of(std::string_view bytes);

}  // namespace fhirbin
