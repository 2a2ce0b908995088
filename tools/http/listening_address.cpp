#include "tools/http/listening_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tools/failure.h"

namespace fhirbin::tool {

ListeningAddress parse_listening_address(const std::string& text, std::uint16_t port) {
  ListeningAddress address;
  auto& four = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& six = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    return address;
  }
  address.storage = {};
  if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    address.is_ipv6 = true;
    return address;
  }
  throw Failure(ErrorCode::kInvalidArgument, "the address to listen on is no IP address");
}

}  // namespace fhirbin::tool
