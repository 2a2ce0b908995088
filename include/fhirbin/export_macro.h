#pragma once

// Marks what the shared library exports; everything else stays hidden.
#if defined(FHIRBIN_BUILDING) || defined(__GNUC__)
#define FHIRBIN_API __attribute__((visibility("default")))
#else
#define FHIRBIN_API
#endif
