#include "tests/model/command.h"

#include <algorithm>
#include <array>
#include <string>

namespace fhirbin::testing {
namespace {

struct Kind {
  Op op;
  const char* name;
  unsigned weight;  // how often it is drawn
};

// In the order in which shrinking prefers them.
constexpr std::array kKinds{
    Kind{Op::kCreate, "create", 12},
    Kind{Op::kUpdate, "update", 22},
    Kind{Op::kRemove, "remove", 6},
    Kind{Op::kPurge, "purge", 7},
    Kind{Op::kCollect, "collect", 5},
    Kind{Op::kReopen, "reopen", 3},
    Kind{Op::kMoveClock, "move_clock", 4},
    Kind{Op::kOpenWriter, "open_writer", 8},
    Kind{Op::kWritePiece, "write_piece", 7},
    Kind{Op::kCommitWriter, "commit_writer", 7},
    Kind{Op::kDropWriter, "drop_writer", 2},
    Kind{Op::kOpenReader, "open_reader", 5},
    Kind{Op::kReadReader, "read_reader", 8},
    Kind{Op::kDropReader, "drop_reader", 1},
    Kind{Op::kReadVersion, "read_version", 6},
    Kind{Op::kHistory, "history", 4},
    Kind{Op::kStoreHistory, "store_history", 3},
    Kind{Op::kList, "list", 4},
    Kind{Op::kChanges, "changes", 3},
    Kind{Op::kJson, "json", 4},
    Kind{Op::kExport, "export", 3},
    Kind{Op::kStats, "stats", 2},
    Kind{Op::kVerify, "verify", 1},
};

const char* name_of(Op op) { return kKinds.at(static_cast<std::size_t>(op)).name; }

// Evenly drawn below `count` at any size; shrinks to 0.
rc::Gen<unsigned> below(unsigned count) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<unsigned>(0, count));
}

template <class Enum>
rc::Gen<Enum> one_of_first(unsigned count) {
  return rc::gen::map(below(count), [](unsigned value) { return static_cast<Enum>(value); });
}

// Mostly the first, which is the ordinary case; otherwise evenly drawn.
template <class Enum>
rc::Gen<Enum> mostly_first(unsigned count, unsigned ordinary_weight) {
  return rc::gen::map(below(ordinary_weight + count), [ordinary_weight](unsigned value) {
    return static_cast<Enum>(value < ordinary_weight ? 0 : value - ordinary_weight);
  });
}

rc::Gen<Op> any_op() {
  unsigned total = 0;
  for (const Kind& kind : kKinds) {
    total += kind.weight;
  }
  return rc::gen::map(below(total), [](unsigned drawn) {
    for (const Kind& kind : kKinds) {
      if (drawn < kind.weight) {
        return kind.op;
      }
      drawn -= kind.weight;
    }
    return Op::kCreate;
  });
}

// Half of all writes start from what is there, as only they can turn out to change nothing.
rc::Gen<Recipe::Kind> any_kind() {
  const auto last = static_cast<unsigned>(Recipe::Kind::kOfHead);
  return rc::gen::map(below(2 * last), [last](unsigned drawn) {
    return static_cast<Recipe::Kind>(std::min<unsigned>(drawn, last));
  });
}

rc::Gen<Recipe> any_recipe() {
  return rc::gen::build<Recipe>(rc::gen::set(&Recipe::kind, any_kind()),
                                rc::gen::set(&Recipe::size_class, below(kSizeClasses)),
                                rc::gen::set(&Recipe::seed, below(3)),
                                rc::gen::set(&Recipe::edit, mostly_first<Recipe::Edit>(4, 4)),
                                rc::gen::set(&Recipe::place, below(kPlaces)));
}

rc::Gen<Command> any_command() {
  return rc::gen::build<Command>(
      rc::gen::set(&Command::op, any_op()), rc::gen::set(&Command::target, below(kTargets)),
      rc::gen::set(&Command::version, mostly_first<unsigned>(kVersions, kVersions)),
      rc::gen::set(&Command::recipe, any_recipe()),
      rc::gen::set(&Command::body, one_of_first<BodyKind>(4)),
      rc::gen::set(&Command::flaw, mostly_first<Flaw>(4, 24)),
      rc::gen::set(&Command::labels, mostly_first<unsigned>(kLabels, 2 * kLabels)),
      rc::gen::set(&Command::headers, mostly_first<unsigned>(kHeaders, 2 * kHeaders)),
      rc::gen::set(&Command::condition, mostly_first<Condition>(7, 3)),
      rc::gen::set(&Command::slot, below(kSlots)), rc::gen::set(&Command::amount, below(kAmounts)),
      rc::gen::set(&Command::place, below(kPlaces)));
}

bool writes(Op op) { return op == Op::kCreate || op == Op::kUpdate || op == Op::kOpenWriter; }

void print_draft(std::ostream& out, const Command& command) {
  constexpr std::array kBodies{"raw", "binary", "binary_type_last", "other_resource"};
  constexpr std::array kFlaws{"", " cut_off", " view", " wrong_id"};
  constexpr std::array kConditions{"",
                                   " skip_noop",
                                   " if_match=head",
                                   " if_match=older",
                                   " if_match=none",
                                   " if_none_match",
                                   " skip_noop if_match=head"};
  out << ' ' << describe(command.recipe) << ' '
      << kBodies.at(static_cast<std::size_t>(command.body))
      << kFlaws.at(static_cast<std::size_t>(command.flaw)) << " labels=" << command.labels
      << " headers=" << command.headers
      << kConditions.at(static_cast<std::size_t>(command.condition));
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Command& command) {
  out << "\n  " << name_of(command.op) << " target=" << command.target
      << " version=" << command.version << " slot=" << command.slot << " amount=" << command.amount
      << " place=" << command.place;
  if (writes(command.op)) {
    print_draft(out, command);
  } else if (command.op == Op::kRemove) {
    out << " condition=" << static_cast<unsigned>(command.condition);
  }
  return out;
}

rc::Gen<std::vector<Command>> any_commands(int most) {
  return rc::gen::resize(most, rc::gen::container<std::vector<Command>>(any_command()));
}

rc::Gen<CreateOptions> any_store() {
  constexpr std::array<std::uint32_t, 6> kInlineLimits{700, 0, 1, 1024, 4096, 20000};
  return rc::gen::build<CreateOptions>(
      rc::gen::set(&CreateOptions::fhir_version,
                   rc::gen::map(below(5),
                                [](unsigned drawn) {
                                  constexpr std::array kFromR4{FhirVersion::kR4, FhirVersion::kR4B,
                                                               FhirVersion::kR5, FhirVersion::kStu3,
                                                               FhirVersion::kDstu2};
                                  return kFromR4.at(drawn);
                                })),
      rc::gen::set(&CreateOptions::keep_history,
                   rc::gen::map(below(4), [](unsigned drawn) { return drawn != 3; })),
      rc::gen::set(&CreateOptions::update_may_create,
                   rc::gen::map(below(2), [](unsigned drawn) { return drawn == 1; })),
      rc::gen::set(&CreateOptions::inline_limit_bytes,
                   rc::gen::map(below(kInlineLimits.size()), [kInlineLimits](unsigned drawn) {
                     return kInlineLimits.at(drawn);
                   })));
}

}  // namespace fhirbin::testing

namespace fhirbin {

std::ostream& operator<<(std::ostream& out, const CreateOptions& options) {
  return out << fhir_version_name(options.fhir_version)
             << (options.keep_history ? "" : " without_history")
             << (options.update_may_create ? " update_may_create" : "")
             << " inline_limit=" << options.inline_limit_bytes;
}

}  // namespace fhirbin
