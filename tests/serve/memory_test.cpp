#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include <gmock/gmock.h>

#include "tests/serve/server_process.h"
#include "tests/support/sanitized.h"

namespace fhirbin {
namespace {

// Bytes that neither compress nor repeat, without holding them; the same in pieces of any size.
class NoiseStream {
 public:
  explicit NoiseStream(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}

  std::string next(std::size_t wanted) {
    std::string piece(
        static_cast<std::size_t>(std::min<std::uint64_t>(wanted, size_bytes_ - next_)), '\0');
    for (char& byte : piece) {
      if (next_ % 8 == 0) {
        word_ = word_at(next_ / 8);
      }
      byte = static_cast<char>((word_ >> (8 * (next_ % 8))) & 0xFF);
      ++next_;
    }
    return piece;
  }

 private:
  // splitmix64
  static std::uint64_t word_at(std::uint64_t index) {
    std::uint64_t z = (index + 1) * 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  std::uint64_t size_bytes_;
  std::uint64_t next_ = 0;
  std::uint64_t word_ = 0;
};

std::string encode_base64(const std::string& bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve(bytes.size() / 3 * 4);
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + k]));
    };
    const std::uint32_t group = at(0) << 16 | at(1) << 8 | at(2);
    for (const int shift : {18, 12, 6, 0}) {
      text += kAlphabet[(group >> shift) & 63];
    }
  }
  return text;
}

class ServeMemoryTest : public ServeTest {
 protected:
  // FHIRBIN_SERVE_MIB: MiB of each payload, 64 by default.
  static std::uint64_t payload_bytes() {
    const char* const text = std::getenv("FHIRBIN_SERVE_MIB");
    const std::uint64_t mebibytes = text == nullptr ? 64 : std::strtoull(text, nullptr, 10);
    return (mebibytes << 20) / 3 * 3;
  }

  // Runs `work` on a fresh server and returns by how many KiB its peak exceeds that of a server
  // that was only asked for a small thing.
  std::uint64_t growth_kib(const char* what, const std::function<void(RawClient&)>& work) {
    ServerProcess server(store());
    RawClient client(server.port());
    EXPECT_EQ(client.call("GET", "/fhir/Binary/nobody").status, 404);
    const std::uint64_t idle = server.memory_kib("VmHWM");
    work(client);
    const std::uint64_t peak = server.memory_kib("VmHWM");
    std::printf("%s: idle %llu KiB, peak %llu KiB\n", what, static_cast<unsigned long long>(idle),
                static_cast<unsigned long long>(peak));
    EXPECT_EQ(server.stop(), 0);
    return peak - idle;
  }
};

TEST_F(ServeMemoryTest, BodiesOfAnySizePassWithoutBeingHeld) {
  constexpr std::size_t kPiece = 3 << 20;
  const std::uint64_t size = payload_bytes();
  // What the engine promises, and in any case too little to hold the payload.
  const std::uint64_t bound_kib = std::min<std::uint64_t>(72 << 10, size / 1024 / 4 * 3);
  init();
  std::string id;
  const auto check = [&](const char* what, const std::function<void(RawClient&)>& work) {
    const std::uint64_t growth = growth_kib(what, work);
    if (!testing::kIsSanitized) {
      EXPECT_LE(growth, bound_kib) << what;
    }
  };
  check("raw POST", [&](RawClient& client) {
    NoiseStream noise_stream(size);
    ASSERT_TRUE(client.send(head_of(
        "POST", "/fhir/Binary",
        {"Content-Type: application/octet-stream", "Content-Length: " + std::to_string(size)})));
    for (std::string piece = noise_stream.next(kPiece); !piece.empty();
         piece = noise_stream.next(kPiece)) {
      ASSERT_TRUE(client.send(piece));
    }
    const HttpAnswer answer = client.read_answer();
    ASSERT_EQ(answer.status, 201) << answer.body;
    id = id_of(answer);
  });
  // A body may have 1 GiB, so the payload of one in JSON is a little smaller at full size.
  const std::string start =
      R"({"resourceType":"Binary","contentType":"application/octet-stream","data":")";
  const std::uint64_t json_payload =
      std::min<std::uint64_t>(size, ((std::uint64_t{1} << 30) - start.size() - 2) / 4 * 3);
  check("JSON POST", [&](RawClient& client) {
    NoiseStream noise_stream(json_payload);
    ASSERT_TRUE(client.send(
        head_of("POST", "/fhir/Binary",
                {"Content-Type: application/fhir+json",
                 "Content-Length: " + std::to_string(start.size() + json_payload / 3 * 4 + 2)}) +
        start));
    for (std::string piece = noise_stream.next(kPiece); !piece.empty();
         piece = noise_stream.next(kPiece)) {
      ASSERT_TRUE(client.send(encode_base64(piece)));
    }
    ASSERT_TRUE(client.send("\"}"));
    const HttpAnswer answer = client.read_answer();
    ASSERT_EQ(answer.status, 201) << answer.body;
  });
  check("native GET", [&](RawClient& client) {
    NoiseStream noise_stream(size);
    bool equal = true;
    ASSERT_TRUE(client.send(head_of("GET", "/fhir/Binary/" + id)));
    const HttpAnswer answer = client.read_answer(false, [&](std::string_view piece) {
      equal = equal && noise_stream.next(piece.size()) == piece;
    });
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Length"), std::to_string(size));
    EXPECT_TRUE(answer.complete && equal);
  });
  check("JSON GET", [&](RawClient& client) {
    std::uint64_t received = 0;
    ASSERT_TRUE(client.send(head_of("GET", "/fhir/Binary/" + id + "?_format=json")));
    const HttpAnswer answer =
        client.read_answer(false, [&](std::string_view piece) { received += piece.size(); });
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.complete);
    EXPECT_GT(received, size / 3 * 4);
    EXPECT_LT(received, size / 3 * 4 + 1000);
  });
}

}  // namespace
}  // namespace fhirbin
