#include "engine/store/environment.h"

namespace fhirbin::store {

const Environment& system_environment() {
  static SystemClock clock;  // stateless, so shared by all
  static SystemRandom random;
  static const Environment environment = [] {
    Environment machine;
    machine.clock = &clock;
    machine.random = &random;
    return machine;
  }();
  return environment;
}

}  // namespace fhirbin::store
