// Random sequences of operations on a store and on a plain model of one, which must agree.
//
// FHIRBIN_MODEL_SEQUENCES sets how many sequences are tried (300). RapidCheck's own variable sets
// the rest: RC_PARAMS="seed=1234" repeats a run, RC_PARAMS="reproduce=..." (printed with each
// failure) the one sequence that failed. A failure prints the seed, the sequence cut down to what
// is needed, and the step at which store and model part.

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/model/command.h"
#include "tests/model/run.h"

namespace fhirbin::testing {
namespace {

constexpr int kMostCommands = 40;

void run_sequence(const CreateOptions& options, const std::vector<Command>& commands) {
  Run run(options);
  std::size_t step = 0;
  try {
    for (const Command& command : commands) {
      ++step;
      run.step(command);
    }
    step = 0;
    run.finish();
  } catch (...) {
    RC_LOG() << (step != 0 ? "in step " + std::to_string(step) : "after the last step")
             << std::endl;
    throw;
  }
}

int sequence_count(int otherwise) {
  const char* const wanted = std::getenv("FHIRBIN_MODEL_SEQUENCES");
  return wanted != nullptr ? std::atoi(wanted) : otherwise;
}

TEST(ModelTest, StoreAndModelAgreeAfterAnySequence) {
  const auto property = [] {
    const CreateOptions options = *any_store().as("store");
    const std::vector<Command> commands = *any_commands(kMostCommands).as("commands");
    run_sequence(options, commands);
  };
  const rc::detail::Configuration& configuration = rc::detail::configuration();
  rc::detail::TestParams params = configuration.testParams;
  params.maxSuccess = sequence_count(300);
  const rc::detail::TestMetadata metadata{.id = "model", .description = "store and model agree"};
  const auto result = configuration.reproduce.empty()
                          ? rc::detail::checkTestable(property, metadata, params)
                          : rc::detail::checkTestable(property, metadata);
  std::ostringstream message;
  rc::detail::printResultMessage(result, message);
  EXPECT_TRUE(result.is<rc::detail::SuccessResult>())
      << message.str() << "\nThe seed of this run: " << params.seed;
}

}  // namespace
}  // namespace fhirbin::testing
