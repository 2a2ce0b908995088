#include <algorithm>
#include <array>

#include "tests/conformance/client.h"
#include "tests/support/temporary_folder.h"

namespace fhirbin::testing {
namespace {

constexpr const char* kHost = "localhost:8080";
constexpr const char* kBasePath = "/fhir";

// A rest::Service in this process, spoken to by its own types.
class InProcessClient final : public Client {
 public:
  InProcessClient(Transport transport, const ServiceSetup& setup, const InProcessSettings& settings)
      : transport_(transport), setup_(setup), settings_(settings) {
    store_.emplace(Store::create(store_path(), setup.store, settings.open).value());
    serve();
  }

  Reply send(std::string_view method, std::string_view target, const Headers& headers,
             std::optional<std::string_view> body) override {
    rest::RequestHead head{.method = std::string(method),
                           .target = kBasePath + std::string(target),
                           .headers = headers};
    head.headers.push_back({"Host", kHost});
    const bool has_length = std::ranges::any_of(headers, [](const rest::Header& header) {
      return header.name == "Content-Length" || header.name == "Transfer-Encoding";
    });
    if (body && !has_length) {
      head.headers.push_back({"Content-Length", std::to_string(body->size())});
    }
    return read_to_end(transport_ == Transport::kPulled ? pull(std::move(head), body)
                                                        : push(std::move(head), body));
  }

  std::string base_url() const override { return std::string("http://") + kHost + kBasePath; }

  void restart(const std::function<void(const std::filesystem::path&)>& change) override {
    service_.reset();
    store_.reset();
    change(store_path());
    store_.emplace(Store::open(store_path(), settings_.open).value());
    serve();
  }

  std::filesystem::path store_path() const override { return folder_.path() / "test.fhirbin"; }

 private:
  void serve() {
    rest::ServiceOptions options;
    options.base_path = kBasePath;
    options.return_representation = setup_.return_representation;
    options.accept_plain_json = setup_.accept_plain_json;
    options.require_if_match = setup_.require_if_match;
    options.view = settings_.view;
    service_.emplace(*store_, options);
  }

  rest::Response pull(rest::RequestHead head, std::optional<std::string_view> body) {
    rest::Request request;
    static_cast<rest::RequestHead&>(request) = std::move(head);
    const auto source =
        bytes_source(std::as_bytes(std::span(body.value_or("").data(), body.value_or("").size())));
    request.body = body ? source.get() : nullptr;
    return service_->handle(request);
  }

  // Small pieces of growing length, so that borders fall everywhere.
  rest::Response push(rest::RequestHead head, std::optional<std::string_view> body) {
    rest::Exchange exchange = service_->begin(std::move(head));
    std::string_view rest = body.value_or("");
    std::size_t piece = 1;
    while (!rest.empty() && exchange.wants_body()) {
      const std::string_view next = rest.substr(0, piece);
      exchange.write(std::as_bytes(std::span(next.data(), next.size())));
      rest.remove_prefix(next.size());
      piece += 1 + piece / 2;
    }
    return exchange.finish();
  }

  static Reply read_to_end(rest::Response response) {
    Reply reply{.status = response.status,
                .headers = std::move(response.headers),
                .body = {},
                .complete = true};
    if (response.content_length) {
      reply.headers.push_back({"Content-Length", std::to_string(*response.content_length)});
    }
    std::array<std::byte, 1 << 16> buffer;
    while (response.body != nullptr) {
      const auto filled = response.body->read(buffer);
      if (!filled) {
        reply.complete = false;
        return reply;
      }
      if (*filled == 0) {
        const bool is_whole =
            !response.content_length || *response.content_length == reply.body.size();
        reply.complete = is_whole;
        return reply;
      }
      reply.body.append(reinterpret_cast<const char*>(buffer.data()), *filled);
    }
    return reply;
  }

  TemporaryFolder folder_{memory_directory_path()};
  Transport transport_;
  ServiceSetup setup_;
  InProcessSettings settings_;
  std::optional<Store> store_;
  std::optional<rest::Service> service_;
};

}  // namespace

std::unique_ptr<Client> make_in_process_client(Transport transport, const ServiceSetup& setup,
                                               const InProcessSettings& settings) {
  return std::make_unique<InProcessClient>(transport, setup, settings);
}

}  // namespace fhirbin::testing
