#pragma once

// Everything at once.
#include "fhirbin/rest.h"
#include "fhirbin/store.h"
