#pragma once

#include <cstdint>

#include "fhirbin/rest.h"

namespace fhirbin::tool {

// Writes `answer` to the socket of a connection that ends with it, whatever the client is sending
// meanwhile, and ends our side of the connection. Returns the length of the answer's body in bytes.
std::uint64_t send_parting_answer(int socket, rest::Response answer, const char* reason_phrase);

// Reads on what the client still sends after a parting answer: closing at once would reset the
// connection, and with it the answer that is on its way. Ends when the client closes, is silent for
// a moment or goes on for too long, and when the socket is shut down.
void wait_for_parting_client(int socket);

}  // namespace fhirbin::tool
