#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhirbin/options.h"
#include "fhirbin/rest.h"

// One way to speak to a store over FHIR REST, so that the same test can be run over several.
namespace fhirbin::testing {

// What a store and its service are made with.
struct ServiceSetup {
  CreateOptions store = {};
  bool return_representation = false;
  bool accept_plain_json = false;
  bool require_if_match = false;
};

// An answer, read to its end.
struct Reply {
  int status = 0;
  std::vector<rest::Header> headers;
  std::string body;
  // False when the message broke off: its length or its last chunk never came.
  bool complete = false;

  // The value of the only field of that name, in any case; nullopt when there is none.
  std::optional<std::string> header(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

using Headers = std::vector<rest::Header>;

// Thread-compatible. Owns a store of its own that goes with it.
class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  // `target` follows the base, e.g. "/Binary/17". No header is added but Host and, where there is a
  // body, Content-Length.
  virtual Reply send(std::string_view method, std::string_view target, const Headers& headers,
                     std::optional<std::string_view> body) = 0;

  // What Location begins with.
  virtual std::string base_url() const = 0;

  // Takes the service down, lets `change` do something to the store's folder, and takes it up
  // again.
  virtual void restart(const std::function<void(const std::filesystem::path&)>& change) = 0;

  // The store's folder, while it is served.
  virtual std::filesystem::path store_path() const = 0;
};

enum class Transport : std::uint8_t {
  kPulled,  // rest::Service::handle()
  kPushed,  // rest::Service::begin(), the body in small pieces
  kHttp,    // `fhirbin serve` and curl, a process each
};

inline bool is_http(Transport transport) { return transport == Transport::kHttp; }

std::unique_ptr<Client> make_client(Transport transport, const ServiceSetup& setup);

// The two kinds of client behind it.
std::unique_ptr<Client> make_in_process_client(Transport transport, const ServiceSetup& setup);
std::unique_ptr<Client> make_curl_client(const ServiceSetup& setup);

// For what only a program that links the library can set: opens and serves otherwise.
struct InProcessSettings {
  OpenOptions open = {};
  InlinePolicy view = {};
};
std::unique_ptr<Client> make_in_process_client(Transport transport, const ServiceSetup& setup,
                                               const InProcessSettings& settings);

}  // namespace fhirbin::testing
