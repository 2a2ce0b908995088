#pragma once

// Everything at once.
#include "fhirbin/store.h"
