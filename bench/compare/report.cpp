#include "bench/compare/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench/compare/plots.h"

namespace fhirbin::compare {
namespace {

// Three or four digits that matter, as people write them.
std::string number(double value) {
  const double size = std::abs(value);
  int digits = size >= 100 || size == 0 ? 0 : 3;
  for (double bound = 1; digits > 0 && size >= bound; bound *= 10) {
    --digits;
  }
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string optional_number(const std::optional<double>& value) {
  return value ? number(*value) : "";
}

std::string cell_text(const Table::Cell& cell) {
  return std::holds_alternative<double>(cell) ? number(std::get<double>(cell))
                                              : std::get<std::string>(cell);
}

void append_line(std::string& text, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) {
    text += "| " + cell + " ";
  }
  text += "|\n";
}

void append_head(std::string& text, const std::vector<std::string>& columns) {
  append_line(text, columns);
  append_line(text, std::vector<std::string>(columns.size(), "---"));
}

std::string with_unit(const Series& series, const std::string& unit) {
  return series.empty() ? "" : number(series.median()) + " " + unit;
}

// The median, and the spread where there were several rounds.
std::string ratio(const Row& row) {
  const Series ratios = row.ratios();
  if (ratios.samples.size() < 2) {
    return ratios.empty() ? "" : number(ratios.median());
  }
  return number(ratios.median()) + " (" + number(ratios.least()) + " to " + number(ratios.most()) +
         ")";
}

std::string reason(const Row& row) {
  const std::string why = row.skipped + row.failure;
  return why.empty() ? "" : ": " + why;
}

void append_row(std::string& text, const Row& row) {
  const std::string memory = row.ours.empty() ? "" : number(row.our_memory_mb);
  const std::string their_memory = row.their_memory_mb == 0 ? "" : number(row.their_memory_mb);
  append_line(text, {row.name, row.work, row.against, with_unit(row.ours, row.unit),
                     with_unit(row.theirs, row.unit), ratio(row), optional_number(row.goal.floor),
                     optional_number(row.goal.aim), verdict_name(row.verdict()) + reason(row),
                     memory, their_memory});
}

void append_rows(std::string& text, const std::vector<Row>& rows) {
  if (rows.empty()) {
    return;
  }
  text +=
      "\n## Comparison\n\nMedians over the rounds. The ratio is our figure over theirs, round by "
      "round, with its spread; where there is no other, floor and aim are for our own figure. "
      "Memory is the most resident memory beyond what the "
      "process had before, in MB.\n\n";
  append_head(text, {"row", "work", "against", "ours", "theirs", "ratio", "floor", "aim", "verdict",
                     "our memory", "their memory"});
  for (const Row& row : rows) {
    append_row(text, row);
  }
}

void append_table(std::string& text, const Table& table) {
  text += "\n## " + table.title + "\n\n" + table.note + "\n";
  if (!table.failure.empty()) {
    text += "\nFailed: " + table.failure + "\n";
  }
  if (table.lines.empty()) {
    return;
  }
  text += "\n";
  append_head(text, table.columns);
  for (const auto& line : table.lines) {
    std::vector<std::string> cells(line.size());
    std::ranges::transform(line, cells.begin(), cell_text);
    append_line(text, cells);
  }
}

constexpr const char* kHowItIsMeasured =
    "Contestants take turns in one run (ours, theirs, ours, theirs ...), each turn in a process "
    "and "
    "a folder of its own, after everything written before has reached the disk. All read their "
    "input from a file in the page cache, in blocks; stores that are read were written just "
    "before, so they lie in the page cache, too, for everybody. Peers sync every 16 MiB while "
    "filling, and so never more often than we do; they run with their defaults but for what the "
    "row says.\n";

}  // namespace

std::string make_report(const Suite& suite, const Description& machine) {
  std::string text = "# Benchmarks\n\nMade by `tools/bench.sh`";
  text += suite.plan().smoke ? " at smoke size: it shows that everything works, and no more.\n\n"
                             : ".\n\n";
  append_head(text, {"what", "value"});
  for (const auto& [name, value] : machine) {
    append_line(text, {name, value});
  }
  text += std::string("\n") + kHowItIsMeasured;
  append_rows(text, suite.rows());
  for (const Table& table : suite.tables()) {
    append_table(text, table);
  }
  for (const Plot& plot : make_plots(suite)) {
    text += "\n![" + plot.title + "](" + plot.name + ".svg)\n";
  }
  return text;
}

}  // namespace fhirbin::compare
