#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/storage/lock_file.h"
#include "engine/storage/volume_context.h"
#include "engine/storage/volume_reader.h"
#include "engine/storage/volume_writer.h"
#include "tests/support/file_text.h"
#include "tests/support/temporary_folder.h"

// A store's folder with its lock file and no catalog, child processes, and pages whose bytes follow
// from their ids.
namespace fhirbin::storage::volume_test {

inline StoreId store_id(unsigned fill = 0x5A) {
  StoreId id;
  id.bytes.fill(static_cast<std::byte>(fill));
  return id;
}

struct TestStore {
  TestStore() {
    context.paths.folder = folder.path();
    context.store_id = store_id();
    std::filesystem::create_directory(context.paths.volumes());
    EXPECT_TRUE(LockFile::create(context.paths.lock(), context.store_id));
  }

  LockFile open_lock() const { return LockFile::open(context.paths.lock(), false).value(); }
  VolumeWriter take(std::uint32_t number = 1, bool may_create = true) const {
    return VolumeWriter::take(context, number, may_create).value().value();
  }

  testing::TemporaryFolder folder;
  VolumeContext context;
};

inline ByteVector page_bytes(std::uint64_t seed, std::size_t length) {
  ByteVector bytes(length);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
  for (std::byte& byte : bytes) {
    state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    byte = static_cast<std::byte>(state >> 56U);
  }
  return bytes;
}

inline std::uint32_t length_of(const ByteVector& bytes) {
  return static_cast<std::uint32_t>(bytes.size());
}

inline ErrorCode code_of(const auto& result) { return result ? ErrorCode{} : result.error().code; }

// A pipe between processes: one tells, the other waits.
class Signal {
 public:
  Signal() { EXPECT_EQ(::pipe(ends_), 0); }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void tell() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  void wait() const {
    char byte = 0;
    EXPECT_EQ(::read(ends_[0], &byte, 1), 1);
  }

 private:
  int ends_[2] = {-1, -1};
};

// A child process that runs `body` and exits with what it returned. Killed on destruction.
class Child {
 public:
  explicit Child(const std::function<int()>& body) : id_(::fork()) {
    if (id_ == 0) {
      ::alarm(300);  // no child outlives a test that failed
      ::_exit(body());
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill(); }

  void kill() {
    if (id_ > 0) {
      ::kill(id_, SIGKILL);
      (void)wait();
    }
  }
  // The exit status; -1 when a signal ended the child.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(id_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t id_;
};

inline int sleep_for_ever() {
  while (true) {
    ::pause();
  }
}

// Lets a child die in the middle of a transaction that has already reached volume `number`: its
// journal is hot and the file holds pages that were never committed.
inline void leave_hot_journal(const VolumeContext& context, std::uint32_t number) {
  Child child([&] {
    auto connection = Connection::open({.path = context.paths.volume(number).string(),
                                        .seal = {.store_id = context.store_id,
                                                 .file_number = number,
                                                 .sqlite_page_bytes = context.sqlite_page_bytes}});
    const auto done = connection->execute(
        "PRAGMA cache_spill=ON; PRAGMA cache_size=1; PRAGMA journal_mode=PERSIST; BEGIN IMMEDIATE;"
        "INSERT INTO page(data) VALUES(zeroblob(900000)); INSERT INTO page(data) "
        "VALUES(zeroblob(900000));"
        "UPDATE page SET data=zeroblob(length(data)) WHERE id=1");
    if (done) {
      ::kill(::getpid(), SIGKILL);
    }
    return 1;
  });
  EXPECT_EQ(child.wait(), -1) << "the child was to be killed";
  const std::string journal = testing::file_text(context.paths.volume_journal(number));
  ASSERT_GT(journal.size(), 8U);
  EXPECT_EQ(journal.substr(0, 4), "\xD9\xD5\x05\xF9") << "the journal is not hot";
}

// Every file of the store's volumes and its bytes, to show that nothing was touched.
inline std::vector<std::pair<std::string, std::string>> contents(const VolumeContext& context) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : std::filesystem::directory_iterator(context.paths.volumes())) {
    files.emplace_back(entry.path().filename().string(), testing::file_text(entry.path()));
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace fhirbin::storage::volume_test
