#pragma once

#include <string>

#include "fhirbin/version_info.h"
#include "tools/json_text.h"
#include "tools/text_table.h"

// How a version is shown.

namespace fhirbin::tool {

// One JSON object with all that is known of `info`.
void append_json(JsonText& json, const VersionInfo& info);

// The same for people, one field a line.
FieldList fields_of(const VersionInfo& info);

// "deleted", "created", "security", joined by commas; "-" for none.
std::string flags_of(const VersionInfo& info);

std::string digest_text(const ContentDigest& digest);

}  // namespace fhirbin::tool
