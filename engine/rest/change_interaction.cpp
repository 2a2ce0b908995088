#include "engine/rest/change_interaction.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "engine/rest/stream_chain.h"
#include "engine/util/number_text.h"
#include "engine/util/try.h"

namespace fhirbin::rest {
namespace {

constexpr std::uint64_t kDefaultCount = 100;
constexpr std::uint64_t kMaxCount = 1000;
constexpr std::uint64_t kDefaultWaitSeconds = 30;

Result<std::uint64_t> number_of(const Call& call, std::string_view name, std::uint64_t otherwise) {
  const auto text = call.target.parameter(name);
  if (!text) {
    return otherwise;
  }
  const auto value = parse_number(*text);
  if (!value) {
    return fail(ErrorCode::kInvalidArgument, std::string(name) + " is no number",
                IssueType::kValue);
  }
  return *value;
}

Result<bool> wants_names_only(const Call& call) {
  const auto text = call.target.parameter("payload");
  if (text && *text != "full" && *text != "name") {
    return fail(ErrorCode::kInvalidArgument, "payload is neither full nor name", IssueType::kValue);
  }
  return text == "name";
}

// The notifications of a page, each opened when its turn comes.
class NotificationStream {
 public:
  NotificationStream(Store& store, std::vector<Change> changes, NotificationOptions options)
      : store_(&store), changes_(std::move(changes)), options_(options) {}

  Result<std::optional<StreamPart>> next() {
    std::string line_end = next_ == 0 ? "" : "\n";
    if (next_ == changes_.size()) {
      return std::exchange(ended_, true) || line_end.empty()
                 ? std::optional<StreamPart>()
                 : StreamPart{.text = std::move(line_end), .stream = nullptr};
    }
    FHIRBIN_TRY_ASSIGN(auto notification, store_->open_notification(changes_[next_], options_));
    ++next_;
    return StreamPart{.text = std::move(line_end), .stream = std::move(notification)};
  }

 private:
  Store* store_;
  std::vector<Change> changes_;
  NotificationOptions options_;
  std::size_t next_ = 0;
  bool ended_ = false;
};

}  // namespace

Result<Response> answer_changes(const Call& call) {
  FHIRBIN_TRY_ASSIGN(const std::uint64_t after, number_of(call, "after", 0));
  FHIRBIN_TRY_ASSIGN(const std::uint64_t count, number_of(call, "_count", kDefaultCount));
  FHIRBIN_TRY_ASSIGN(const std::uint64_t wait_seconds,
                     number_of(call, "timeout", kDefaultWaitSeconds));
  NotificationOptions options{call.options->view};
  FHIRBIN_TRY_ASSIGN(options.name_only, wants_names_only(call));
  const auto limit = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(count, 1, kMaxCount));
  FHIRBIN_TRY_ASSIGN(ChangePage page, call.store->changes(after, limit));
  const bool waits = page.changes.empty() && call.head->method != "HEAD";
  if (waits) {
    const auto longest = std::min<std::chrono::milliseconds>(
        call.options->max_wait,
        std::chrono::seconds(std::min<std::uint64_t>(wait_seconds, 86'400)));
    FHIRBIN_TRY(call.store->wait_for_change(after, longest, call.options->stop));
    FHIRBIN_TRY_ASSIGN(page, call.store->changes(after, limit));
  }
  Response response;
  response.status = 200;
  response.headers.push_back({"Content-Type", "application/x-ndjson"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.headers.push_back({"X-Last-Sequence", std::to_string(page.last_sequence)});
  auto stream = std::make_shared<NotificationStream>(*call.store, std::move(page.changes), options);
  response.body = std::make_unique<StreamChain>([stream] { return stream->next(); });
  return response;
}

}  // namespace fhirbin::rest
