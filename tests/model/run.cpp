#include "tests/model/run.h"

#include <algorithm>
#include <utility>

#include "tests/model/expectations.h"
#include "tests/model/queries.h"
#include "tests/support/store_calls.h"

namespace fhirbin::testing {

void Run::step(const Command& command) {
  switch (command.op) {
    case Op::kCreate:
      return create(command);
    case Op::kUpdate:
      return update(command);
    case Op::kRemove:
      return remove(command);
    case Op::kPurge:
      return purge(command);
    case Op::kCollect:
      (void)expect_ok("a collection", store_->collect_garbage());
      return;
    case Op::kReopen:
      return reopen(command);
    case Op::kMoveClock:
      return move_clock(command);
    case Op::kOpenWriter:
      return open_writer(command);
    case Op::kWritePiece:
      return write_piece(command);
    case Op::kCommitWriter:
      return commit_writer(command);
    case Op::kDropWriter:
      return writers_.at(command.slot).reset();
    case Op::kOpenReader:
      return open_reader(command);
    case Op::kReadReader:
      return read_reader(command);
    case Op::kDropReader:
      return readers_.at(command.slot).reset();
    case Op::kReadVersion:
      return read_version(command);
    case Op::kHistory:
      return check_history(*store_, model_, id_of(command.target), history_query(command));
    case Op::kStoreHistory:
      return check_store_history(*store_, model_, history_query(command));
    case Op::kList:
      return ask_list(command);
    case Op::kChanges:
      return check_changes(*store_, model_, model_.changes().size() * command.place / 16,
                           1 + (command.amount % 5));
    case Op::kJson:
      return ask_json(command);
    case Op::kExport:
      return ask_export(command);
    case Op::kStats:
      return check_stats(*store_, model_);
    case Op::kVerify:
      return check_verify(*store_, model_);
  }
}

void Run::finish() {
  check_everything(*store_, model_);
  writers_ = {};
  for (unsigned slot = 0; slot < kSlots; ++slot) {
    read_reader({.slot = slot, .amount = kAmounts - 1});
  }
  readers_ = {};
  check_collected(*store_, model_);
  reopen({});
  check_everything(*store_, model_);
}

// ---- What a command's numbers mean now

std::string Run::id_of(unsigned target) const {
  constexpr std::array kOfClients{"client-a", "Client.B"};
  if (target < kOfClients.size()) {
    return kOfClients.at(target);
  }
  return created_.empty() ? "absent" : created_[(target - kOfClients.size()) % created_.size()];
}

const ModelVersion* Run::head_of(unsigned target) const {
  const ModelBinary* binary = model_.find(id_of(target));
  return binary != nullptr ? &binary->head() : nullptr;
}

std::uint64_t Run::head_number(unsigned target) const {
  const ModelVersion* head = head_of(target);
  return head != nullptr ? head->info.version : 0;
}

std::optional<std::uint64_t> Run::number_of(const Command& command) const {
  return command.version != 0 ? std::optional<std::uint64_t>(command.version) : std::nullopt;
}

std::optional<std::uint64_t> Run::if_match_of(const Command& command) const {
  const std::uint64_t head = head_number(command.target);
  switch (command.condition) {
    case Condition::kMatchesHead:
    case Condition::kSkipNoOpAndMatchesHead:
      return std::max<std::uint64_t>(head, 1);
    case Condition::kMatchesOlder:
      return head > 1 ? head - 1 : 7;
    case Condition::kMatchesNone:
      return head + 1;
    default:
      return std::nullopt;
  }
}

// One of the instants at which versions were made, or a millisecond beside it.
std::optional<Instant> Run::instant_of(const Command& command) const {
  const auto& changes = model_.changes();
  if (changes.empty()) {
    return model_.now;
  }
  const Instant made = changes[(changes.size() - 1) * command.place / 16].last_updated;
  return made + std::chrono::milliseconds(static_cast<int>(command.amount % 3) - 1);
}

std::size_t Run::size_of(const Command& command) const {
  return threshold_size(command.amount, model_.options().inline_limit_bytes);
}

void Run::reopen(const Command& command) {
  writers_ = {};  // they must go before their Store; Readers may stay
  constexpr std::array kLevels{1, 3, 9};
  const OpenOptions options{.compression_level = kLevels.at(command.amount % kLevels.size()),
                            .worker_threads = 1 + (command.amount % 2)};
  expect_ok("closing", store_.reopen(options));
}

void Run::move_clock(const Command& command) {
  constexpr std::array kSteps{1, 1000, -1000, 60'000};
  model_.now += std::chrono::milliseconds(kSteps.at(command.amount % kSteps.size()));
  store_.clock().set(model_.now);
}

}  // namespace fhirbin::testing
