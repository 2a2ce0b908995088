#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/serve/raw_client.h"
#include "tests/tool/tool_process.h"

namespace fhirbin {

// `fhirbin serve` on a free port of the loopback. Ends with the object, and with the test's process
// however that ends.
class ServerProcess {
 public:
  // Returns once it listens. Throws when it does not come to that.
  explicit ServerProcess(const std::string& store, const std::vector<std::string>& options = {});
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  std::uint16_t port() const { return port_; }
  pid_t id() const { return id_; }
  const std::string& url() const { return url_; }  // as it printed it

  // Sends SIGTERM and waits: the exit status, or 128 + a signal. Killed after two minutes.
  int stop();

  // Lines of /proc/PID/status in KiB, such as VmHWM and VmRSS.
  std::uint64_t memory_kib(const std::string& line) const;
  // Makes VmHWM what VmRSS is.
  void forget_peak() const;

 private:
  void start(const std::vector<std::string>& arguments);

  pid_t id_ = -1;
  std::uint16_t port_ = 0;
  std::string url_;
};

// A test with a store and a server on it.
class ServeTest : public ToolTest {
 protected:
  // What tells one state of the store from another.
  struct Figures {
    std::uint64_t sequence = 0;
    std::uint64_t binaries = 0;
    std::uint64_t versions = 0;
    std::uint64_t logical_bytes = 0;
    std::uint64_t chunks = 0;
    std::uint64_t inline_bytes = 0;
    std::uint64_t pins = 0;
    bool operator==(const Figures&) const = default;
  };

  Figures figures() {
    const std::string json = on_store("stat", {"--json"}).out;
    return {.sequence = number(json, "sequence"),
            .binaries = number(json, "binaries"),
            .versions = number(json, "versions"),
            .logical_bytes = number(json, "logical_bytes"),
            .chunks = number(json, "chunks"),
            .inline_bytes = number(json, "inline_bytes"),
            .pins = number(json, "pins")};
  }

  // Waits until the store's figures are these: an upload that broke off is given up by the server a
  // moment after the client knows.
  bool returns_to(const Figures& before) {
    return eventually([&] { return figures() == before; });
  }

  void expect_outcome(const HttpAnswer& answer, int status) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.header("Content-Type"), "application/fhir+json; charset=utf-8");
    EXPECT_TRUE(answer.complete);
    simdjson::dom::parser parser;
    simdjson::dom::element outcome;
    ASSERT_EQ(parser.parse(answer.body).get(outcome), simdjson::SUCCESS) << answer.body;
    std::string_view type;
    std::string_view severity;
    std::string_view code;
    EXPECT_EQ(outcome["resourceType"].get(type), simdjson::SUCCESS);
    EXPECT_EQ(type, "OperationOutcome");
    EXPECT_EQ(outcome["issue"].at(0)["severity"].get(severity), simdjson::SUCCESS);
    EXPECT_EQ(severity, "error");
    EXPECT_EQ(outcome["issue"].at(0)["code"].get(code), simdjson::SUCCESS);
    EXPECT_FALSE(code.empty());
  }

  // The id in an answer's Location.
  static std::string id_of(const HttpAnswer& answer) {
    const std::string location = answer.header("Location");
    const std::size_t start = location.find("/Binary/");
    return start == std::string::npos
               ? ""
               : location.substr(start + 8, location.rfind("/_history") - start - 8);
  }

  // Stores a Binary through the server and returns its id.
  static std::string post(RawClient& client, const std::string& content,
                          const std::string& type = "text/plain") {
    const HttpAnswer answer =
        client.call("POST", "/fhir/Binary", {"Content-Type: " + type}, content);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return id_of(answer);
  }
};

}  // namespace fhirbin
