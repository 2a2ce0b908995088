#pragma once

#include <microhttpd.h>

#include "fhirbin/rest.h"
#include "tools/http/http_request.h"

namespace fhirbin::tool {

// Hands `answer` to libmicrohttpd, which pulls its body and counts it in `request`.
MHD_Result queue_answer(MHD_Connection* connection, HttpRequest& request, rest::Response answer);

}  // namespace fhirbin::tool
