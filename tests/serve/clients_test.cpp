#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "tests/serve/server_process.h"

namespace fhirbin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargest = 50'000'000;

// What all contents are cut from, so that each byte read can be compared with what it must be.
class Contents {
 public:
  Contents() : bytes_(noise(kLargest + (1U << 20), 7)) {}
  // Contents of equal offset and size are equal; others share nothing but what they overlap in.
  std::string_view cut(std::size_t offset, std::size_t size) const {
    return std::string_view(bytes_).substr(offset, size);
  }

 private:
  const std::string bytes_;
};

struct Stored {
  std::string path;
  std::size_t offset = 0;
  std::size_t size = 0;
};

// One client with one connection: uploads, reads whole and in part, updates and deletes what it
// stored, and compares every byte.
class BusyClient {
 public:
  BusyClient(std::uint16_t port, const Contents& contents, std::uint32_t seed)
      : client_(port), contents_(&contents), random_(seed) {}

  void run_until(Clock::time_point end) {
    while (Clock::now() < end && errors_.empty()) {
      const auto dice = random_() % 100;
      if (stored_.empty() || (dice < 30 && stored_.size() < 12)) {
        upload();
      } else if (dice < 55) {
        read_whole();
      } else if (dice < 85) {
        read_range();
      } else if (dice < 92) {
        replace();
      } else {
        remove();
      }
      ++operations_;
    }
  }

  const std::string& errors() const { return errors_; }
  std::uint64_t operations() const { return operations_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  // Mostly small, with a large one now and then: 1 KB to 50 MB, even in its logarithm.
  std::size_t some_size() {
    const double power = std::uniform_real_distribution<double>(0, 4.7)(random_);
    return std::min(kLargest, static_cast<std::size_t>(1000 * std::pow(10.0, power)));
  }

  Stored& any() { return stored_[random_() % stored_.size()]; }

  void expect(bool holds, const char* what) {
    if (!holds && errors_.empty()) {
      errors_ = what;
    }
  }

  HttpAnswer send_content(const std::string& method, const std::string& target,
                          std::string_view content) {
    const bool chunked = random_() % 4 == 0;
    expect(client_.send(head_of(method, target,
                                {"Content-Type: application/octet-stream",
                                 chunked ? "Transfer-Encoding: chunked"
                                         : "Content-Length: " + std::to_string(content.size())})),
           "a request cannot be sent");
    constexpr std::size_t kPiece = 1 << 20;
    for (std::size_t start = 0; start < content.size(); start += kPiece) {
      const std::string_view piece = content.substr(start, kPiece);
      expect(chunked ? client_.send(chunk_of(piece)) : client_.send(piece),
             "a body cannot be sent");
    }
    expect(!chunked || client_.send("0\r\n\r\n"), "a body cannot be ended");
    bytes_ += content.size();
    return client_.read_answer();
  }

  void choose_content(Stored& stored) {
    stored.size = some_size();
    stored.offset = random_() % (1U << 20);
  }

  void upload() {
    Stored stored;
    choose_content(stored);
    const HttpAnswer answer =
        send_content("POST", "/fhir/Binary", contents_->cut(stored.offset, stored.size));
    expect(answer.status == 201, "a create was refused");
    const std::string location = answer.header("Location");
    const std::size_t start = std::min(location.find("/fhir/"), location.size());
    stored.path = location.substr(start, location.rfind("/_history") - start);
    stored_.push_back(stored);
  }

  void replace() {
    Stored& stored = any();
    choose_content(stored);
    expect(
        send_content("PUT", stored.path, contents_->cut(stored.offset, stored.size)).status == 200,
        "an update was refused");
  }

  void read_whole() {
    const Stored& stored = any();
    read(stored, 0, stored.size, 200, {});
  }

  void read_range() {
    const Stored& stored = any();
    const std::size_t first = random_() % stored.size;
    const std::size_t length =
        std::min<std::size_t>(stored.size - first, 1 + random_() % 1'000'000);
    read(stored, first, length, 206,
         {"Range: bytes=" + std::to_string(first) + '-' + std::to_string(first + length - 1)});
  }

  void read(const Stored& stored, std::size_t first, std::size_t length, int status,
            const std::vector<std::string>& headers) {
    const std::string_view wanted = contents_->cut(stored.offset + first, length);
    std::size_t read = 0;
    bool equal = true;
    expect(client_.send(head_of("GET", stored.path, headers)), "a read cannot be sent");
    const HttpAnswer answer = client_.read_answer(false, [&](std::string_view piece) {
      equal = equal && wanted.substr(std::min(read, wanted.size())).starts_with(piece);
      read += piece.size();
    });
    bytes_ += read;
    expect(answer.status == status, "a read was refused");
    expect(answer.complete && read == length, "a read broke off");
    expect(equal, "a read gave other bytes");
  }

  void remove() {
    const std::size_t which = random_() % stored_.size();
    expect(client_.call("DELETE", stored_[which].path).status == 204, "a delete was refused");
    expect(client_.call("GET", stored_[which].path).status == 410, "a deleted one can be read");
    stored_.erase(stored_.begin() + static_cast<std::ptrdiff_t>(which));
  }

  RawClient client_;
  const Contents* contents_;
  std::mt19937 random_;
  std::vector<Stored> stored_;
  std::string errors_;
  std::uint64_t operations_ = 0;
  std::uint64_t bytes_ = 0;
};

// FHIRBIN_SERVE_SECONDS: how long, 8 by default. From 30 on the peak memory of the last ten seconds
// is held against that of the first ten.
TEST_F(ServeTest, ManyClientsGetTheirBytesInFlatMemory) {
  const char* const text = std::getenv("FHIRBIN_SERVE_SECONDS");
  const std::uint64_t seconds = text == nullptr ? 8 : std::strtoull(text, nullptr, 10);
  const Contents contents;
  init();
  ServerProcess server(store());
  std::deque<BusyClient> clients;
  for (std::uint32_t i = 0; i < 16; ++i) {
    clients.emplace_back(server.port(), contents, i + 1);
  }
  const auto start = Clock::now();
  const auto end = start + std::chrono::seconds(seconds);
  std::vector<std::jthread> threads;
  for (BusyClient& client : clients) {
    threads.emplace_back([&client, end] { client.run_until(end); });
  }
  const auto window = std::min<Clock::duration>(std::chrono::seconds(10), (end - start) / 2);
  std::this_thread::sleep_until(start + window);
  const std::uint64_t first_kib = server.memory_kib("VmHWM");
  std::this_thread::sleep_until(end - window);
  server.forget_peak();
  std::this_thread::sleep_until(end);
  const std::uint64_t last_kib = server.memory_kib("VmHWM");
  threads.clear();

  std::uint64_t operations = 0;
  std::uint64_t bytes = 0;
  for (const BusyClient& client : clients) {
    EXPECT_EQ(client.errors(), "");
    operations += client.operations();
    bytes += client.bytes();
  }
  std::printf("%llu operations, %llu MB; peak at first %llu KiB, at last %llu KiB\n",
              static_cast<unsigned long long>(operations),
              static_cast<unsigned long long>(bytes / 1'000'000),
              static_cast<unsigned long long>(first_kib),
              static_cast<unsigned long long>(last_kib));
  if (seconds >= 30) {
    EXPECT_LE(last_kib, first_kib + first_kib / 10);
  }
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(figures().pins, 0U);
  EXPECT_EQ(on_store("verify").status, 0);
}

}  // namespace
}  // namespace fhirbin
