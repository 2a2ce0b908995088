#pragma once

#include <string>
#include <string_view>

#include "fhirbin/error.h"

namespace fhirbin::fhir {

// "Elements" is what a version keeps of its resource besides content and modelled fields: one
// minified JSON object with any of the members meta (without versionId and lastUpdated),
// implicitRules, language, and the underscore siblings _id, _implicitRules, _language,
// _contentType, _data, _content. The empty object is "{}".

// The elements of an update: `next` with the tags and security labels of `former` carried forward
// and merged by system and code; everything else is `next`'s. Errors: kCorrupt when `former` is not
// what parse_envelope() makes.
Result<std::string> merge_elements(std::string_view former, std::string_view next);

// A minified Reference {"reference": ...} for an X-Security-Context value; empty for empty.
std::string make_reference(std::string_view reference);

// The reference member of a minified Reference, unescaped; empty where there is none.
Result<std::string> reference_of(std::string_view reference_json);

}  // namespace fhirbin::fhir
