#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/c/call.h"
#include "fhirbin/c.h"
#include "fhirbin/error.h"
#include "fhirbin/options.h"
#include "fhirbin/queries.h"
#include "tests/support/temporary_folder.h"

namespace fhirbin::testing {
namespace {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using StoreHandle =
    std::unique_ptr<fhirbin_store, decltype([](fhirbin_store* s) { fhirbin_store_close(s, {}); })>;
using WriterHandle = std::unique_ptr<fhirbin_writer, FreeWith<fhirbin_writer_free>>;
using InfoHandle = std::unique_ptr<fhirbin_version_info, FreeWith<fhirbin_version_info_free>>;

class CInterfaceTest : public ::testing::Test {
 protected:
  CInterfaceTest() {
    const std::string path = (folder_.path() / "test.fhirbin").string();
    fhirbin_store* opened = nullptr;
    EXPECT_EQ(fhirbin_store_create(path.c_str(), nullptr, nullptr, &opened, &error_), FHIRBIN_OK)
        << std::data(error_.message);
    store_.reset(opened);
  }

  static fhirbin_write_options text_options() {
    fhirbin_write_options options;
    fhirbin_write_options_init(&options, sizeof options);
    options.content_type = "text/plain";
    return options;
  }

  std::string put(std::string_view content) {
    const fhirbin_write_options options = text_options();
    fhirbin_writer* opened = nullptr;
    EXPECT_EQ(fhirbin_writer_open(store_.get(), &options, &opened, &error_), FHIRBIN_OK);
    const WriterHandle writer(opened);
    EXPECT_EQ(fhirbin_writer_write(opened, content.data(), content.size(), &error_), FHIRBIN_OK);
    fhirbin_version_info* made = nullptr;
    EXPECT_EQ(fhirbin_writer_commit(opened, &made, &error_), FHIRBIN_OK);
    const InfoHandle info(made);
    return info ? info->id : "";
  }

  TemporaryFolder folder_;
  fhirbin_error error_{sizeof(fhirbin_error), 0, 0, {}};
  StoreHandle store_;
};

TEST(CStatusTest, StatusesAreTheValuesOfErrorCode) {
  const struct {
    fhirbin_status status;
    ErrorCode code;
  } cases[] = {
      {FHIRBIN_INVALID_ARGUMENT, ErrorCode::kInvalidArgument},
      {FHIRBIN_INVALID_RESOURCE, ErrorCode::kInvalidResource},
      {FHIRBIN_NOT_FOUND, ErrorCode::kNotFound},
      {FHIRBIN_GONE, ErrorCode::kGone},
      {FHIRBIN_VERSION_CONFLICT, ErrorCode::kVersionConflict},
      {FHIRBIN_PRECONDITION_MISSING, ErrorCode::kPreconditionMissing},
      {FHIRBIN_METHOD_NOT_ALLOWED, ErrorCode::kMethodNotAllowed},
      {FHIRBIN_NOT_ACCEPTABLE, ErrorCode::kNotAcceptable},
      {FHIRBIN_UNSUPPORTED_MEDIA_TYPE, ErrorCode::kUnsupportedMediaType},
      {FHIRBIN_TOO_LARGE, ErrorCode::kTooLarge},
      {FHIRBIN_BUSINESS_RULE, ErrorCode::kBusinessRule},
      {FHIRBIN_RANGE_NOT_SATISFIABLE, ErrorCode::kRangeNotSatisfiable},
      {FHIRBIN_BUSY, ErrorCode::kBusy},
      {FHIRBIN_CORRUPT, ErrorCode::kCorrupt},
      {FHIRBIN_IO, ErrorCode::kIo},
      {FHIRBIN_OUT_OF_MEMORY, ErrorCode::kOutOfMemory},
      {FHIRBIN_NO_SPACE, ErrorCode::kNoSpace},
      {FHIRBIN_READ_ONLY, ErrorCode::kReadOnly},
      {FHIRBIN_CANCELLED, ErrorCode::kCancelled},
      {FHIRBIN_INDETERMINATE, ErrorCode::kIndeterminate},
      {FHIRBIN_INCOMPATIBLE_FORMAT, ErrorCode::kIncompatibleFormat},
  };
  fhirbin_status next = 1;
  for (const auto& c : cases) {
    EXPECT_EQ(c.status, static_cast<fhirbin_status>(c.code));
    EXPECT_EQ(c.status, next++);  // every one is listed
    EXPECT_EQ(fhirbin_status_name(c.status), error_name(c.code));
  }
  EXPECT_EQ(error_name(static_cast<ErrorCode>(next)), "Unknown") << "a code has no status";
}

TEST(CStatusTest, NumbersThatAreNoStatusHaveAName) {
  EXPECT_STREQ(fhirbin_status_name(FHIRBIN_OK), "Ok");
  for (const fhirbin_status status : {-1, 22, 257, INT32_MAX, INT32_MIN}) {
    EXPECT_STREQ(fhirbin_status_name(status), "Unknown") << status;
  }
}

TEST(CErrorTest, ALongMessageIsCutAtAWholeCharacter) {
  fhirbin_error error{sizeof(fhirbin_error), 0, 0, {}};
  const std::size_t room = sizeof error.message - 1;
  std::string message(room - 1, 'x');
  message += "\xC3\xA9";  // an e with an acute accent, across the end
  const Result<void> failed = std::unexpected(Error{.code = ErrorCode::kIo, .message = message});
  EXPECT_EQ(c::report(failed, &error), FHIRBIN_IO);
  EXPECT_EQ(std::string(std::data(error.message)), std::string(room - 1, 'x'));
}

TEST(CErrorTest, AShorterStructOfAnOlderCallerIsNotOverrun) {
  struct {
    fhirbin_error error;
    char beyond;
  } caller{};
  caller.error.struct_size = offsetof(fhirbin_error, message);
  caller.error.message[0] = 'k';
  caller.beyond = 'k';
  const Result<void> failed = std::unexpected(Error{.code = ErrorCode::kBusy, .message = "why"});
  EXPECT_EQ(c::report(failed, &caller.error), FHIRBIN_BUSY);
  EXPECT_EQ(caller.error.status, FHIRBIN_BUSY);
  EXPECT_EQ(caller.error.message[0], 'k');
  EXPECT_EQ(caller.beyond, 'k');
}

TEST_F(CInterfaceTest, EveryMissingArgumentIsAnErrorAndNotACrash) {
  fhirbin_store* const store = store_.get();
  fhirbin_store* opened = nullptr;
  fhirbin_version_info* info = nullptr;
  fhirbin_version_page* page = nullptr;
  fhirbin_change_page* changes = nullptr;
  fhirbin_store_stats* stats = nullptr;
  fhirbin_verify_report* report = nullptr;
  fhirbin_writer* writer = nullptr;
  fhirbin_reader* reader = nullptr;
  std::size_t copied = 0;
  std::int32_t changed = 0;
  const fhirbin_write_options options = text_options();
  const fhirbin_source no_read{sizeof(fhirbin_source), nullptr, nullptr};
  const fhirbin_sink no_write{sizeof(fhirbin_sink), nullptr, nullptr, nullptr};
  fhirbin_error* const e = &error_;
  const fhirbin_status statuses[] = {
      fhirbin_store_open(nullptr, nullptr, &opened, e),
      fhirbin_store_open("x", nullptr, nullptr, e),
      fhirbin_find_version(nullptr, "a", 0, &info, e),
      fhirbin_find_version(store, nullptr, 0, &info, e),
      fhirbin_find_version(store, "a", 0, nullptr, e),
      fhirbin_history(nullptr, "a", nullptr, &page, e),
      fhirbin_history(store, "a", nullptr, nullptr, e),
      fhirbin_list(nullptr, nullptr, &page, e),
      fhirbin_list(store, nullptr, nullptr, e),
      fhirbin_put(nullptr, &options, &no_read, &info, e),
      fhirbin_put(store, nullptr, &no_read, &info, e),
      fhirbin_put(store, &options, nullptr, &info, e),
      fhirbin_put(store, &options, &no_read, &info, e),
      fhirbin_writer_open(nullptr, &options, &writer, e),
      fhirbin_writer_open(store, nullptr, &writer, e),
      fhirbin_writer_open(store, &options, nullptr, e),
      fhirbin_writer_write(nullptr, "a", 1, e),
      fhirbin_writer_commit(nullptr, &info, e),
      fhirbin_remove(nullptr, "a", 0, &info, e),
      fhirbin_remove(store, nullptr, 0, &info, e),
      fhirbin_reader_open(nullptr, "a", 0, &reader, e),
      fhirbin_reader_open(store, nullptr, 0, &reader, e),
      fhirbin_reader_open(store, "a", 0, nullptr, e),
      fhirbin_reader_read(nullptr, &copied, 1, &copied, e),
      fhirbin_reader_read_at(nullptr, 0, &copied, 1, &copied, e),
      fhirbin_write_fhir_json(nullptr, "a", 0, nullptr, &no_write, e),
      fhirbin_write_fhir_json(store, nullptr, 0, nullptr, &no_write, e),
      fhirbin_write_fhir_json(store, "a", 0, nullptr, nullptr, e),
      fhirbin_write_fhir_json(store, "a", 0, nullptr, &no_write, e),
      fhirbin_export_ndjson(nullptr, nullptr, &no_write, nullptr, nullptr, e),
      fhirbin_export_ndjson(store, nullptr, nullptr, nullptr, nullptr, e),
      fhirbin_changes(nullptr, 0, 1, &changes, e),
      fhirbin_changes(store, 0, 1, nullptr, e),
      fhirbin_wait_for_change(nullptr, 0, 0, &changed, e),
      fhirbin_wait_for_change(store, 0, 0, nullptr, e),
      fhirbin_write_notification(store, nullptr, nullptr, &no_write, e),
      fhirbin_purge_history(nullptr, "a", 1, nullptr, e),
      fhirbin_purge_history(store, nullptr, 1, nullptr, e),
      fhirbin_collect_garbage(nullptr, nullptr, nullptr, e),
      fhirbin_stats(nullptr, &stats, e),
      fhirbin_stats(store, nullptr, e),
      fhirbin_verify(nullptr, nullptr, &report, e),
      fhirbin_verify(store, nullptr, nullptr, e),
  };
  for (std::size_t i = 0; i < std::size(statuses); ++i) {
    EXPECT_EQ(statuses[i], FHIRBIN_INVALID_ARGUMENT) << "call " << i;
  }
  fhirbin_version_info_free(nullptr);
  fhirbin_version_page_free(nullptr);
  fhirbin_change_page_free(nullptr);
  fhirbin_store_stats_free(nullptr);
  fhirbin_verify_report_free(nullptr);
  fhirbin_writer_free(nullptr);
  fhirbin_reader_free(nullptr);
  EXPECT_EQ(fhirbin_store_close(nullptr, nullptr), FHIRBIN_OK);
  EXPECT_EQ(fhirbin_reader_info(nullptr), nullptr);
}

TEST_F(CInterfaceTest, AFailureWithoutAnErrorStructIsStillAStatus) {
  fhirbin_version_info* info = nullptr;
  EXPECT_EQ(fhirbin_find_version(store_.get(), "nobody", 0, &info, nullptr), FHIRBIN_NOT_FOUND);
}

TEST_F(CInterfaceTest, AnOlderCallersShorterOptionsKeepTheDefaultsOfTheRest) {
  put("one");
  put("two");
  put("three");
  fhirbin_list_query query;
  fhirbin_list_query_init(&query, sizeof query);
  query.struct_size = offsetof(fhirbin_list_query, content_type);
  query.count = 2;
  query.content_type = "image/png";  // beyond what the caller says that it has
  fhirbin_version_page* page = nullptr;
  ASSERT_EQ(fhirbin_list(store_.get(), &query, &page, &error_), FHIRBIN_OK);
  EXPECT_EQ(page->count, 2U);
  EXPECT_STRNE(page->next_page_token, "");
  fhirbin_version_page_free(page);
}

TEST_F(CInterfaceTest, ANewerCallersLongerOptionsAreTakenUnlessTheySetWhatWeLack) {
  struct {
    fhirbin_list_query query;
    std::uint64_t field_of_tomorrow;
  } newer{};
  fhirbin_list_query_init(&newer.query, sizeof newer.query);
  newer.query.struct_size = sizeof newer;
  fhirbin_version_page* page = nullptr;
  EXPECT_EQ(fhirbin_list(store_.get(), &newer.query, &page, &error_), FHIRBIN_OK);
  fhirbin_version_page_free(page);
  newer.field_of_tomorrow = 1;
  EXPECT_EQ(fhirbin_list(store_.get(), &newer.query, &page, &error_), FHIRBIN_INVALID_ARGUMENT);
  newer.query.struct_size = 0;
  EXPECT_EQ(fhirbin_list(store_.get(), &newer.query, &page, &error_), FHIRBIN_INVALID_ARGUMENT);
}

TEST_F(CInterfaceTest, ASourcesOwnStatusEndsThePutAndStoresNothing) {
  const fhirbin_source failing{
      sizeof(fhirbin_source), nullptr,
      [](void*, void*, std::size_t, std::size_t*) -> fhirbin_status { return FHIRBIN_CANCELLED; }};
  const fhirbin_source strange{
      sizeof(fhirbin_source), nullptr,
      [](void*, void*, std::size_t, std::size_t*) -> fhirbin_status { return 4711; }};
  const fhirbin_source lying{
      sizeof(fhirbin_source), nullptr,
      [](void*, void*, std::size_t capacity, std::size_t* size) -> fhirbin_status {
        *size = capacity + 1;
        return FHIRBIN_OK;
      }};
  const fhirbin_write_options options = text_options();
  fhirbin_store* const store = store_.get();
  EXPECT_EQ(fhirbin_put(store, &options, &failing, nullptr, &error_), FHIRBIN_CANCELLED);
  EXPECT_EQ(fhirbin_put(store, &options, &strange, nullptr, &error_), FHIRBIN_IO);
  EXPECT_EQ(fhirbin_put(store, &options, &lying, nullptr, &error_), FHIRBIN_INVALID_ARGUMENT);
  fhirbin_change_page* changes = nullptr;
  ASSERT_EQ(fhirbin_changes(store, 0, 100, &changes, &error_), FHIRBIN_OK);
  EXPECT_EQ(changes->count, 0U);
  fhirbin_change_page_free(changes);
}

TEST_F(CInterfaceTest, ASinksOwnStatusEndsTheExport) {
  put("content");
  const fhirbin_sink full{
      sizeof(fhirbin_sink), nullptr,
      [](void*, const void*, std::size_t) -> fhirbin_status { return FHIRBIN_NO_SPACE; }, nullptr};
  EXPECT_EQ(fhirbin_export_ndjson(store_.get(), nullptr, &full, nullptr, nullptr, &error_),
            FHIRBIN_NO_SPACE);
  const fhirbin_sink unfinished{
      sizeof(fhirbin_sink), nullptr,
      [](void*, const void*, std::size_t) -> fhirbin_status { return FHIRBIN_OK; },
      [](void*) -> fhirbin_status { return FHIRBIN_IO; }};
  EXPECT_EQ(fhirbin_export_ndjson(store_.get(), nullptr, &unfinished, nullptr, nullptr, &error_),
            FHIRBIN_IO);
}

TEST_F(CInterfaceTest, AProgressFunctionCanStopTheCall) {
  put("one");
  put("two");
  int calls = 0;
  const fhirbin_control control{
      sizeof(fhirbin_control), &calls,
      [](void* context, std::uint64_t, std::uint64_t, std::uint64_t,
         std::uint64_t) -> std::int32_t { return ++*static_cast<int*>(context) == 1 ? 1 : 0; }};
  const fhirbin_sink sink{
      sizeof(fhirbin_sink), nullptr,
      [](void*, const void*, std::size_t) -> fhirbin_status { return FHIRBIN_OK; }, nullptr};
  EXPECT_EQ(fhirbin_export_ndjson(store_.get(), nullptr, &sink, &control, nullptr, &error_),
            FHIRBIN_CANCELLED);
  EXPECT_EQ(calls, 1);
}

TEST_F(CInterfaceTest, AReaderLivesOnAfterItsStoreWasClosed) {
  const std::string id = put("content");
  fhirbin_reader* reader = nullptr;
  ASSERT_EQ(fhirbin_reader_open(store_.get(), id.c_str(), 0, &reader, &error_), FHIRBIN_OK);
  EXPECT_EQ(fhirbin_store_close(store_.release(), &error_), FHIRBIN_OK);
  std::string bytes(7, ' ');
  std::size_t copied = 0;
  EXPECT_EQ(fhirbin_reader_read(reader, bytes.data(), bytes.size(), &copied, &error_), FHIRBIN_OK);
  EXPECT_EQ(bytes, "content");
  fhirbin_reader_free(reader);
}

TEST_F(CInterfaceTest, AReaderLendsItsContentUntilTheEnd) {
  const std::string id = put("content");
  fhirbin_reader* reader = nullptr;
  ASSERT_EQ(fhirbin_reader_open(store_.get(), id.c_str(), 0, &reader, &error_), FHIRBIN_OK);
  const void* bytes = nullptr;
  std::size_t size = 0;
  ASSERT_EQ(fhirbin_reader_next(reader, &bytes, &size, &error_), FHIRBIN_OK);
  EXPECT_EQ(std::string_view(static_cast<const char*>(bytes), size), "content");
  ASSERT_EQ(fhirbin_reader_next(reader, &bytes, &size, &error_), FHIRBIN_OK);
  EXPECT_EQ(size, 0U);
  size = 7;
  EXPECT_EQ(fhirbin_reader_next(nullptr, &bytes, &size, &error_), FHIRBIN_INVALID_ARGUMENT);
  EXPECT_EQ(bytes, nullptr);
  EXPECT_EQ(size, 0U);
  EXPECT_EQ(fhirbin_reader_next(reader, nullptr, &size, &error_), FHIRBIN_INVALID_ARGUMENT);
  EXPECT_EQ(fhirbin_reader_next(reader, &bytes, nullptr, &error_), FHIRBIN_INVALID_ARGUMENT);
  fhirbin_reader_free(reader);
}

TEST_F(CInterfaceTest, OptionsThatNoFieldCanHaveAreRefused) {
  fhirbin_create_options create;
  fhirbin_create_options_init(&create, sizeof create);
  const std::string path = (folder_.path() / "other.fhirbin").string();
  for (const std::int32_t version : {-1, 0, 6, 259}) {
    create.fhir_version = version;
    fhirbin_store* opened = nullptr;
    EXPECT_EQ(fhirbin_store_create(path.c_str(), &create, nullptr, &opened, &error_),
              FHIRBIN_INVALID_ARGUMENT)
        << version;
    EXPECT_EQ(opened, nullptr);
  }
  fhirbin_inline_policy policy;
  fhirbin_inline_policy_init(&policy, sizeof policy);
  policy.measure = 2;
  fhirbin_export_options options;
  fhirbin_export_options_init(&options, sizeof options);
  options.policy = &policy;
  const fhirbin_sink sink{
      sizeof(fhirbin_sink), nullptr,
      [](void*, const void*, std::size_t) -> fhirbin_status { return FHIRBIN_OK; }, nullptr};
  EXPECT_EQ(fhirbin_export_ndjson(store_.get(), &options, &sink, nullptr, nullptr, &error_),
            FHIRBIN_INVALID_ARGUMENT);
}

TEST(CDefaultsTest, TheInitFunctionsGiveTheDefaultsOfTheCppInterface) {
  fhirbin_create_options create;
  fhirbin_create_options_init(&create, sizeof create);
  EXPECT_EQ(create.struct_size, sizeof create);
  EXPECT_EQ(create.fhir_version, static_cast<std::int32_t>(CreateOptions{}.fhir_version));
  EXPECT_EQ(create.keep_history, 1);
  EXPECT_EQ(create.inline_limit_bytes, CreateOptions{}.inline_limit_bytes);
  fhirbin_open_options open;
  fhirbin_open_options_init(&open, sizeof open);
  EXPECT_EQ(open.busy_timeout_ms, OpenOptions{}.busy_timeout_ms);
  EXPECT_EQ(open.max_ingest_bytes, OpenOptions{}.max_ingest_bytes);
  EXPECT_EQ(open.compression_level, OpenOptions{}.compression_level);
  fhirbin_history_query history;
  fhirbin_history_query_init(&history, sizeof history);
  EXPECT_EQ(history.count, HistoryQuery{}.count);
  EXPECT_EQ(history.since_ms, FHIRBIN_NO_INSTANT);
  EXPECT_EQ(history.at_ms, FHIRBIN_NO_INSTANT);
  fhirbin_inline_policy policy;
  fhirbin_inline_policy_init(&policy, sizeof policy);
  EXPECT_EQ(policy.inline_limit_bytes, InlinePolicy{}.inline_limit_bytes);
}

}  // namespace
}  // namespace fhirbin::testing
