#pragma once

#include <cstdint>
#include <string>

#include <sys/socket.h>

namespace fhirbin::tool {

// An address of either family, ready to be bound.
struct ListeningAddress {
  sockaddr_storage storage{};
  bool is_ipv6 = false;
};

// `text`: IPv4 or IPv6, in numbers. Throws Failure.
ListeningAddress parse_listening_address(const std::string& text, std::uint16_t port);

}  // namespace fhirbin::tool
