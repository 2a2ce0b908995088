#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#include <rapidcheck.h>

#include "fhirbin/options.h"
#include "tests/model/content_recipe.h"

// What may be done to a store, as plain numbers that mean something for any state of it: targets
// are taken modulo what there is, so that a sequence stays valid when shrinking leaves commands
// out.
namespace fhirbin::testing {

enum class Op : std::uint8_t {
  kCreate,
  kUpdate,
  kRemove,
  kPurge,
  kCollect,
  kReopen,
  kMoveClock,
  kOpenWriter,
  kWritePiece,
  kCommitWriter,
  kDropWriter,
  kOpenReader,
  kReadReader,
  kDropReader,
  kReadVersion,
  kHistory,
  kStoreHistory,
  kList,
  kChanges,
  kJson,
  kExport,
  kStats,
  kVerify,
};

enum class BodyKind : std::uint8_t { kRaw, kBinary, kBinaryTypeLast, kOtherResource };

// Ways in which a body that claims to be a Binary is refused.
enum class Flaw : std::uint8_t { kNone, kCutOff, kView, kWrongId };

enum class Condition : std::uint8_t {
  kNone,
  kSkipNoOp,
  kMatchesHead,
  kMatchesOlder,
  kMatchesNone,
  kIfNoneMatch,
  kSkipNoOpAndMatchesHead,
};

// One step. Which fields count depends on `op`.
struct Command {
  Op op = Op::kCreate;
  unsigned target = 0;   // which Binary
  unsigned version = 0;  // 0 the head, else the number
  Recipe recipe = {};
  BodyKind body = BodyKind::kRaw;
  Flaw flaw = Flaw::kNone;
  unsigned labels = 0;   // which tags, labels, profile and language a FHIR JSON body has
  unsigned headers = 0;  // which Content-Type and X-Security-Context; 0 those of the head
  Condition condition = Condition::kNone;
  unsigned slot = 0;    // which of the open Writers or Readers
  unsigned amount = 0;  // page size, limit, versions to keep, length, step of the clock ...
  unsigned place = 0;   // where to read, in sixteenths; which instant, which filter
};

inline constexpr unsigned kTargets = 8;
inline constexpr unsigned kVersions = 8;
inline constexpr unsigned kLabels = 8;
inline constexpr unsigned kHeaders = 12;
inline constexpr unsigned kSlots = 3;
inline constexpr unsigned kAmounts = kSizeClasses;
inline constexpr unsigned kPlaces = 17;

std::ostream& operator<<(std::ostream& out, const Command& command);

rc::Gen<std::vector<Command>> any_commands(int most);
rc::Gen<CreateOptions> any_store();

}  // namespace fhirbin::testing

namespace fhirbin {
std::ostream& operator<<(std::ostream& out, const CreateOptions& options);
}  // namespace fhirbin
