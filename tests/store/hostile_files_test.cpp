#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/folder_image.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

// Files of a store as rotten disks, careless copying and unkind people leave them: whatever is done
// to them, a call gives the right bytes or an error.
namespace fhirbin::testing {
namespace {

using Random = std::mt19937_64;

// A few in a usual run; FHIRBIN_HOSTILE_CASES asks for more.
int case_count() {
  const char* const wanted = std::getenv("FHIRBIN_HOSTILE_CASES");  // NOLINT(concurrency-mt-unsafe)
  return wanted != nullptr ? std::atoi(wanted) : 32;                // NOLINT(cert-err34-c)
}

void flip_bits(std::string& bytes, Random& random) {
  for (std::uint64_t left = 1 + (random() % 4); left != 0 && !bytes.empty(); --left) {
    char& byte = bytes[random() % bytes.size()];
    byte = static_cast<char>(byte ^ (1 << (random() % 8)));
  }
}

void flip_a_bit_of_a_page_header(std::string& bytes, Random& random) {
  if (bytes.size() >= 4096) {
    char& byte = bytes[(random() % (bytes.size() / 4096) * 4096) + (random() % 32)];
    byte = static_cast<char>(byte ^ (1 << (random() % 8)));
  }
}

void cut(std::string& bytes, Random& random) {
  bytes.resize(random() % 8 == 0 ? 0 : random() % (bytes.size() + 1));
}

void zero_a_page(std::string& bytes, Random& random) {
  if (bytes.size() >= 4096) {
    const std::size_t at = random() % (bytes.size() / 4096) * 4096;
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 4096, '\0');
  }
}

void swap_pages(std::string& bytes, Random& random) {
  const std::size_t pages = bytes.size() / 16384;
  if (pages >= 2) {
    const auto a = static_cast<std::ptrdiff_t>(random() % pages * 16384);
    const auto b = static_cast<std::ptrdiff_t>(random() % pages * 16384);
    if (a != b) {
      std::swap_ranges(bytes.begin() + a, bytes.begin() + a + 16384, bytes.begin() + b);
    }
  }
}

void replace_by_noise(std::string& bytes, Random& random) {
  std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
}

void write_image(const std::filesystem::path& folder, const FolderImage& image) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::remove_all(entry.path());
  }
  for (const auto& [name, bytes] : image) {
    if (name.ends_with('/')) {
      std::filesystem::create_directories(folder / name);
    } else {
      std::filesystem::create_directories((folder / name).parent_path());
      std::ofstream(folder / name, std::ios::binary) << bytes;
    }
  }
}

class HostileFilesTest : public ::testing::Test {
 protected:
  // Two states of one store; the newer one as a crash leaves it, with a log and a filling volume.
  void SetUp() override {
    for (std::uint64_t i = 0; i < 3; ++i) {
      add(random_bytes(180'000, i));
      add(text_bytes(3'000 + (1000 * i), i));
    }
    older_ = take_folder_image(store_.path());
    for (std::uint64_t i = 10; i < 12; ++i) {
      add(random_bytes(150'000, i));
      add(text_bytes(9'000, i));
    }
    newer_ = take_folder_image(store_.path());
    store_.close();
  }

  void add(ByteVector content) {
    const std::string id = put(*store_, content)->id;
    contents_.emplace(id, std::move(content));
  }

  FolderImage damage(Random& random) const {
    FolderImage image = newer_;
    std::vector<std::string> names;
    for (const auto& [name, bytes] : image) {
      if (!name.ends_with('/') && !name.ends_with("-shm")) {
        names.push_back(name);
      }
    }
    const std::string& name = names[random() % names.size()];
    switch (random() % 10) {
      case 0:
        image.erase(name);
        break;
      case 1:
        if (older_.contains(name)) {
          image[name] = older_.at(name);
        }
        break;
      case 2:
        std::swap(image[name], image[names[random() % names.size()]]);
        break;
      default: {
        constexpr void (*kDamages[])(std::string&, Random&) = {flip_bits,
                                                               flip_a_bit_of_a_page_header,
                                                               flip_a_bit_of_a_page_header,
                                                               cut,
                                                               zero_a_page,
                                                               swap_pages,
                                                               replace_by_noise};
        kDamages[random() % std::size(kDamages)](image[name], random);
      }
    }
    if (random() % 2 == 0) {
      image.erase("catalog.db-shm");
    }
    return image;
  }

  TemporaryStore store_{CreateOptions{.inline_limit_bytes = 20'000}, OpenOptions{},
                        small_chunks(300'000)};
  std::map<std::string, ByteVector> contents_;
  FolderImage older_;
  FolderImage newer_;
};

TEST_F(HostileFilesTest, WhateverIsDoneToThemNoCallGivesWrongBytes) {
  int unopened = 0;
  int wrong = 0;
  int vanished = 0;
  int unfound = 0;
  int whole = 0;
  const int cases = case_count();
  for (int i = 0; i < cases; ++i) {
    SCOPED_TRACE(i);
    Random random(static_cast<std::uint64_t>(i));
    write_image(store_.path(), damage(random));
    auto store = Store::open(store_.path(), {.read_only = i % 8 == 7});
    if (!store) {
      ++unopened;
      continue;
    }
    bool harmed = false;
    for (const auto& [id, content] : contents_) {
      const auto read = read_all(*store, id);
      harmed = harmed || !read;
      wrong += read && !equal_bytes(*read, content) ? 1 : 0;
      const bool denied = !read && (read.error().code == ErrorCode::kNotFound ||
                                    read.error().code == ErrorCode::kGone);
      vanished += denied ? 1 : 0;
      EXPECT_TRUE(!denied) << read.error().message;
    }
    const auto report = store->verify();
    unfound += harmed && report && report->damage_count == 0 ? 1 : 0;
    whole += harmed ? 0 : 1;
    if (i % 8 != 7) {
      const ByteVector added = random_bytes(60'000, 99);
      if (const auto put_now = put(*store, added)) {
        const auto read = read_all(*store, put_now->id);
        EXPECT_TRUE(read && equal_bytes(*read, added));
      }
      (void)store->collect_garbage();
      for (const auto& [id, content] : contents_) {
        const auto read = read_all(*store, id);
        wrong += read && !equal_bytes(*read, content) ? 1 : 0;
        EXPECT_TRUE(harmed || read) << "lost by writing";
      }
    }
    (void)store->close();  // a damaged catalog may refuse its checkpoint
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(vanished, 0);
  EXPECT_EQ(unfound, 0);
  RecordProperty("cases", cases);
  RecordProperty("unopened", unopened);
  RecordProperty("whole", whole);
  EXPECT_LT(unopened, cases);
}

TEST_F(HostileFilesTest, APipeInAFilesPlaceIsAnErrorAndNoEndlessWait) {
  const std::string id = contents_.begin()->first;
  std::vector<std::string> names = {"lock", "catalog.db", "catalog.db-wal", "volumes/00000001.db"};
  for (const auto& [name, bytes] : newer_) {
    if (name.ends_with("-journal")) {
      names.push_back(name);
    }
  }
  ASSERT_GT(names.size(), 4U);
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    write_image(store_.path(), newer_);
    std::filesystem::remove(store_.path() / name);
    ASSERT_EQ(::mkfifo((store_.path() / name).c_str(), 0600), 0);
    auto store = Store::open(store_.path());
    bool harmed = !store;
    for (const auto& [each, content] : contents_) {
      const auto read = store ? read_all(*store, each) : Result<ByteVector>();
      EXPECT_TRUE(!store || !read || equal_bytes(*read, content));
      harmed = harmed || !read;
    }
    EXPECT_TRUE(harmed);
  }
}

}  // namespace
}  // namespace fhirbin::testing
