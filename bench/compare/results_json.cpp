#include <charconv>

#include "bench/compare/report.h"

namespace fhirbin::compare {
namespace {

std::string json_text(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      text.push_back('\\');
    }
    // Names and messages are one line of text; what else there may be does not matter.
    text.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  }
  return text + "\"";
}

std::string number(double value) {
  std::array<char, 64> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

std::string optional_number(const std::optional<double>& value) {
  return value ? number(*value) : "null";
}

// Renders each item and puts them between brackets, a line each.
template <class Items, class Render>
std::string listed(char open, const Items& items, char close, const Render& render) {
  std::string text(1, open);
  const char* separator = "\n";
  for (const auto& item : items) {
    text.append(separator).append(render(item));
    separator = ",\n";
  }
  return text + "\n" + close;
}

std::string array_of(const std::vector<double>& values) {
  std::string text = "[";
  for (const double value : values) {
    text.append(text.size() > 1 ? "," : "").append(number(value));
  }
  return text + "]";
}

std::string series(const Series& values) {
  if (values.empty()) {
    return "null";
  }
  return R"({"median":)" + number(values.median()) + R"(,"least":)" + number(values.least()) +
         R"(,"most":)" + number(values.most()) + R"(,"samples":)" + array_of(values.samples) + "}";
}

std::string row_json(const Row& row) {
  return R"({"name":)" + json_text(row.name) + R"(,"work":)" + json_text(row.work) +
         R"(,"against":)" + json_text(row.against) + R"(,"unit":)" + json_text(row.unit) +
         R"(,"ours":)" + series(row.ours) + R"(,"theirs":)" + series(row.theirs) + R"(,"ratios":)" +
         series(row.ratios()) + R"(,"measured":)" + number(row.measured()) + R"(,"sense":)" +
         json_text(row.goal.sense == Sense::kAtLeast ? "at least" : "at most") + R"(,"floor":)" +
         optional_number(row.goal.floor) + R"(,"aim":)" + optional_number(row.goal.aim) +
         R"(,"verdict":)" + json_text(verdict_name(row.verdict())) + R"(,"our_memory_mb":)" +
         number(row.our_memory_mb) + R"(,"their_memory_mb":)" + number(row.their_memory_mb) +
         R"(,"skipped":)" + json_text(row.skipped) + R"(,"failure":)" + json_text(row.failure) +
         "}";
}

std::string cell_json(const Table::Cell& cell) {
  return std::holds_alternative<double>(cell) ? number(std::get<double>(cell))
                                              : json_text(std::get<std::string>(cell));
}

std::string line_json(const std::vector<Table::Cell>& line) {
  return listed('[', line, ']', cell_json);
}

std::string table_json(const Table& table) {
  return R"({"name":)" + json_text(table.name) + R"(,"note":)" + json_text(table.note) +
         R"(,"columns":)" + listed('[', table.columns, ']', json_text) + R"(,"lines":)" +
         listed('[', table.lines, ']', line_json) + R"(,"failure":)" + json_text(table.failure) +
         "}";
}

}  // namespace

std::string make_results(const Suite& suite, const Description& machine) {
  const auto entry = [](const auto& pair) {
    return json_text(pair.first) + ":" + json_text(pair.second);
  };
  return R"({"smoke":)" + std::string(suite.plan().smoke ? "true" : "false") + R"(,"machine":)" +
         listed('{', machine, '}', entry) + R"(,"rows":)" +
         listed('[', suite.rows(), ']', row_json) + R"(,"tables":)" +
         listed('[', suite.tables(), ']', table_json) + "}\n";
}

}  // namespace fhirbin::compare
