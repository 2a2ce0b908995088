#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

// A read transaction keeps the write-ahead log from being emptied, so none may last as long as a
// caller likes.
namespace fhirbin::testing {
namespace {

constexpr std::uint64_t kCheckpointBytes = 8U << 20;

// More than the log holds between two checkpoints, twice.
void write_past_two_checkpoints(Store& store) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    ASSERT_THAT(put(store, random_bytes(100'000, 1000 + i)), is_ok());
    ASSERT_LT(store.stats()->wal_bytes, kCheckpointBytes + (1U << 20)) << "a reader pins the log";
  }
}

class PausingSink final : public Sink {
 public:
  explicit PausingSink(Store& store) : store_(store) {}
  Result<void> write(std::span<const std::byte>) override {
    if (pauses_++ == 0) {
      write_past_two_checkpoints(store_);
    }
    return {};
  }
  Result<void> finish() override { return {}; }
  int pauses() const { return pauses_; }

 private:
  Store& store_;
  int pauses_ = 0;
};

TEST(WalReadersTest, NeitherAPausedReaderNorAPausedWriterPinsTheLog) {
  TemporaryStore store;
  const ByteVector large = random_bytes(5'000'000, 1);
  const std::string id = put(*store, large)->id;
  auto reader = store->open_reader(id);
  auto writer = store->begin_create({.content_type = "a/b"});
  ASSERT_THAT(reader, is_ok());
  ASSERT_THAT(writer, is_ok());
  ByteVector half(2'500'000);
  ASSERT_THAT(reader->read(half), is_ok());
  ASSERT_THAT(writer->write(half), is_ok());
  write_past_two_checkpoints(*store);
  ASSERT_THAT(reader->read(half), is_ok());
  EXPECT_TRUE(equal_bytes(half, ByteSpan(large).subspan(2'500'000)));
  EXPECT_THAT(writer->commit(), is_ok());
}

TEST(WalReadersTest, NoSlowSinkPinsTheLog) {
  TemporaryStore store;
  const std::string id = put(*store, random_bytes(1'000'000, 1))->id;
  PausingSink exported(*store);
  ExportOptions options;
  options.history = true;
  EXPECT_THAT(store->export_ndjson(exported, options), is_ok());
  EXPECT_GT(exported.pauses(), 1);
  PausingSink written(*store);
  EXPECT_THAT(store->write_fhir_json(id, {}, written), is_ok());
  EXPECT_GT(written.pauses(), 1);
}

}  // namespace
}  // namespace fhirbin::testing
