#include "bench/compare/inputs.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace fhirbin::compare {
namespace {

constexpr std::array<std::string_view, 32> kWords = {
    "patient",  "observation", "the",         "of",         "without",   "finding",  "left",
    "right",    "normal",      "chest",       "radiograph", "no",        "evidence", "acute",
    "disease",  "is",          "seen",        "compared",   "with",      "previous", "study",
    "from",     "mg/dL",       "haemoglobin", "unchanged",  "follow-up", "advised",  "in",
    "pressure", "blood",       "weeks",       "ordered"};

void append_sentence(std::string& text, Numbers& numbers) {
  const std::uint64_t count = 6 + numbers.below(10);
  for (std::uint64_t i = 0; i < count; ++i) {
    text.append(kWords[numbers.below(kWords.size())]).push_back(i + 1 < count ? ' ' : '.');
  }
}

void append_json_record(std::string& text, Numbers& numbers) {
  text += R"({"resource":{"resourceType":"Observation","id":")" + std::to_string(numbers.next()) +
          R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":")" +
          std::to_string(10000 + numbers.below(90000)) +
          R"("}]},"subject":{"reference":"Patient/)" + std::to_string(numbers.below(5000)) +
          R"("},"valueQuantity":{"value":)" + std::to_string(numbers.below(100000)) +
          R"(,"unit":"mg/dL"},"note":[{"text":")";
  append_sentence(text, numbers);
  text += "\"}]}},\n";
}

void append_xml_record(std::string& text, Numbers& numbers) {
  text += R"(<component><observation classCode="OBS" moodCode="EVN"><id extension=")" +
          std::to_string(numbers.next()) + R"("/><code code=")" +
          std::to_string(10000 + numbers.below(90000)) +
          R"(" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="PQ" value=")" +
          std::to_string(numbers.below(100000)) + R"(" unit="mg/dL"/><text>)";
  append_sentence(text, numbers);
  text += "</text></observation></component>\n";
}

// Like machine code: few opcodes often, registers, small displacements, calls to a few places, and
// a table of names and zeros at the end.
void append_function(std::string& code, Numbers& numbers) {
  // Two bytes each, the low one first in the code.
  static constexpr std::array<std::uint16_t, 12> kOpcodes = {0x8948, 0x8B48, 0x1F0F, 0x8D48,
                                                             0xC483, 0xC031, 0xC085, 0x0574,
                                                             0x0875, 0x00E8, 0x5441, 0x44C7};
  const std::uint64_t count = 20 + numbers.below(100);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t random = numbers.next();
    const std::uint16_t opcode = kOpcodes[(random & 15U) * 3 / 4];
    code.push_back(static_cast<char>(opcode & 0xFFU));
    code.push_back(static_cast<char>(opcode >> 8));
    code.push_back(static_cast<char>(0xC0U | ((random >> 8) & 0x3FU)));
    if ((random & 0x70000U) == 0) {
      const auto displacement = static_cast<std::uint32_t>(random >> 44) & 0xFFFFFU;
      code.append(reinterpret_cast<const char*>(&displacement), sizeof displacement);
    }
  }
  code.resize((code.size() + 15) / 16 * 16, '\0');
  if (numbers.below(64) == 0) {
    append_sentence(code, numbers);
    code.append(numbers.below(256), '\0');
  }
}

// A DICOM-like header and one slice of 512 x 512 pixels of 12 bits in 16: a bright body on a dark
// ground, with noise.
void append_slice(std::string& image, Numbers& numbers) {
  constexpr int kSide = 512;
  image.append(128, '\0').append("DICM");
  image += " UI 1.2.840.10008.5.1.4.1.1.2 UI 1.2.826." + std::to_string(numbers.next());
  const auto centre_x = static_cast<int>(200 + numbers.below(112));
  const auto centre_y = static_cast<int>(200 + numbers.below(112));
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const int distance = ((x - centre_x) * (x - centre_x)) + ((y - centre_y) * (y - centre_y));
      const bool inside = distance < 180 * 180;
      const auto noise = inside ? static_cast<int>(numbers.next() & 31U) : 0;
      const int value = inside ? 2600 - (distance / 32) + noise : 24;
      image.push_back(static_cast<char>(value & 0xFF));
      image.push_back(static_cast<char>(value >> 8));
    }
  }
}

using Append = void (*)(std::string&, Numbers&);

Append appender(InputKind kind) {
  switch (kind) {
    case InputKind::kXml:
      return append_xml_record;
    case InputKind::kProgram:
      return append_function;
    case InputKind::kImage:
      return append_slice;
    case InputKind::kJson:
    case InputKind::kIncompressible:
      break;
  }
  return append_json_record;
}

}  // namespace

const char* input_name(InputKind kind) {
  switch (kind) {
    case InputKind::kIncompressible:
      return "incompressible";
    case InputKind::kJson:
      return "json";
    case InputKind::kXml:
      return "xml";
    case InputKind::kProgram:
      return "program";
    case InputKind::kImage:
      return "image";
  }
  return "";
}

void fill_random(std::span<std::byte> bytes, std::uint64_t seed) {
  Numbers numbers(seed);
  while (!bytes.empty()) {
    const std::uint64_t number = numbers.next();
    const std::size_t count = std::min(bytes.size(), sizeof number);
    std::memcpy(bytes.data(), &number, count);
    bytes = bytes.subspan(count);
  }
}

Bytes make_block(InputKind kind, std::uint64_t seed, std::uint64_t size_bytes) {
  Bytes block(size_bytes);
  if (kind == InputKind::kIncompressible) {
    fill_random(block, seed);
    return block;
  }
  const Append append = appender(kind);
  Numbers numbers(seed);
  std::string text;
  while (text.size() < size_bytes) {
    append(text, numbers);
  }
  std::memcpy(block.data(), text.data(), size_bytes);
  return block;
}

void write_input(InputKind kind, std::uint64_t size_bytes, const Path& path) {
  const File file = File::create(path);
  std::uint64_t seed = (static_cast<std::uint64_t>(kind) + 1) << 32;
  while (size_bytes > 0) {
    const std::uint64_t count = std::min(size_bytes, kBlockBytes);
    file.write(make_block(kind, seed++, count));
    size_bytes -= count;
  }
}

void edit_document(Bytes& document, std::uint64_t seed) {
  Numbers numbers(seed);
  for (int place = 0; place < 4; ++place) {
    const auto at =
        document.begin() + static_cast<std::ptrdiff_t>(numbers.below(document.size() - kKiB));
    const auto count = static_cast<std::ptrdiff_t>(1 + numbers.below(kKiB - 1));
    const Bytes fresh = make_block(InputKind::kJson, numbers.next(), kKiB);
    switch (numbers.below(3)) {
      case 0:
        document.insert(at, fresh.begin(), fresh.begin() + count);
        break;
      case 1:
        document.erase(at, at + count);
        break;
      default:
        std::copy_n(fresh.begin(), count, at);
    }
  }
}

}  // namespace fhirbin::compare
