#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fhirbin/rest.h"

namespace fhirbin::fuzz {

// One request of an input.
struct ScriptedRequest {
  rest::RequestHead head;
  std::string body;
};

// What an input says, in a form that people can write: a line of three letters (FHIR version,
// options, size of the body's pieces), then requests parted by lines of `====`, each with a line
// "METHOD TARGET", lines "Name: value", an empty line and the body. Any bytes are a script.
struct Script {
  int version = 0;
  unsigned options = 0;
  std::size_t piece_bytes = 1;
  std::vector<ScriptedRequest> requests;
};

inline std::string_view take_until(std::string_view& rest, std::string_view end) {
  const std::string_view taken = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(taken.size() + end.size(), rest.size()));
  return taken;
}

inline ScriptedRequest parse_request(std::string_view text) {
  ScriptedRequest request;
  std::string_view line = take_until(text, "\n");
  request.head.method = take_until(line, " ");
  request.head.target = line;
  while (!text.empty()) {
    line = take_until(text, "\n");
    if (line.empty()) {
      break;
    }
    const std::string_view name = take_until(line, ": ");
    request.head.headers.push_back({std::string(name), std::string(line)});
  }
  request.body = text;
  return request;
}

inline Script parse_script(std::string_view text) {
  const auto letter = [](std::string_view line, std::size_t at) -> unsigned {
    return at < line.size() ? static_cast<unsigned char>(line[at]) : '0';
  };
  Script script;
  const std::string_view first = take_until(text, "\n");
  script.version = static_cast<int>(letter(first, 0) % 5);
  script.options = letter(first, 1);
  script.piece_bytes = std::size_t{1} << letter(first, 2) % 14;
  while (!text.empty() && script.requests.size() < 8) {
    script.requests.push_back(parse_request(take_until(text, "\n====\n")));
  }
  return script;
}

}  // namespace fhirbin::fuzz
