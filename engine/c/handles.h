#pragma once

#include <memory>
#include <utility>

#include "engine/c/results.h"
#include "fhirbin/reader.h"
#include "fhirbin/store.h"
#include "fhirbin/writer.h"

// What stands behind the opaque handles of fhirbin/c.h, which gives them their names.
// NOLINTBEGIN(readability-identifier-naming)

struct fhirbin_store {
  fhirbin::Store value;
};

struct fhirbin_writer {
  fhirbin::Writer value;
};

struct fhirbin_reader {
  explicit fhirbin_reader(fhirbin::Reader reader) : value(std::move(reader)), info(value.info()) {}

  fhirbin::Reader value;
  fhirbin::c::OwnedVersion info;
};

// NOLINTEND(readability-identifier-naming)
