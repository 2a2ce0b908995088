#pragma once

#include <cstdint>
#include <string>

namespace fhirbin::tool {

// For people: "17 B", "1.5 KiB", "12.0 MiB", rounded to one decimal.
std::string human_bytes(std::uint64_t bytes);

// human_bytes() and, from 1 KiB on, the exact number: "1.5 KiB (1,536 bytes)".
std::string human_and_exact_bytes(std::uint64_t bytes);

// "1,234,567"
std::string grouped(std::uint64_t number);

// `part` of `whole` as "12.3 %"; "-" where `whole` is 0.
std::string percent(std::uint64_t part, std::uint64_t whole);

// "1 version", "2 versions"
std::string counted(std::uint64_t count, const char* singular, const char* plural);

}  // namespace fhirbin::tool
