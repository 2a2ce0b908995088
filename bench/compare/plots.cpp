#include "bench/compare/plots.h"

#include <algorithm>

namespace fhirbin::compare {
namespace {

std::string begin_program(const std::string& name, const std::string& title) {
  return "set terminal svg size 1000,600 font 'sans-serif,12' background '#ffffff'\n"
         "set output '" +
         name + ".svg'\nset title '" + title + "'\nset grid\n";
}

std::string quoted(const std::string& text) { return "\"" + text + "\" "; }

bool has_goal(const Row& row) { return row.goal.floor && !row.ours.empty() && row.measured() > 0; }

// How far above its floor each row is: 1 is the floor, whatever the sense of the goal.
double over_floor(const Row& row, double value) {
  return row.goal.sense == Sense::kAtLeast ? value / *row.goal.floor : *row.goal.floor / value;
}

Plot plot_goals(const std::vector<Row>& rows) {
  Plot plot{
      .name = "goals", .title = "Each row over its floor (1); the mark is its aim", .program = {}};
  plot.program = begin_program(plot.name, plot.title) + "$rows << END\n";
  for (const Row& row : rows) {
    if (has_goal(row)) {
      plot.program += quoted(row.name) + std::to_string(over_floor(row, row.measured())) + " " +
                      std::to_string(row.goal.aim ? over_floor(row, *row.goal.aim) : 1) + "\n";
    }
  }
  plot.program +=
      "END\nset style fill solid 0.7\nset boxwidth 0.6\nset logscale y\nset yrange [0.1:*]\n"
      "set xtics rotate by -40\nset key off\n"
      "plot $rows using 0:2:xtic(1) with boxes, $rows using 0:3 with points pt 5 ps 1, "
      "1 with lines lw 2 dashtype 2\n";
  return plot;
}

// All columns of a table against the first, on two logarithmic scales.
Plot plot_columns(const Table& table) {
  Plot plot{.name = table.name, .title = table.title, .program = {}};
  plot.program = begin_program(plot.name, plot.title) + "$lines << END\n";
  for (const auto& line : table.lines) {
    for (const Table::Cell& cell : line) {
      plot.program += std::to_string(std::get<double>(cell)) + " ";
    }
    plot.program += "\n";
  }
  plot.program +=
      "END\nset logscale xy\nset key outside\nset xlabel '" + table.columns[0] + "'\nplot ";
  for (std::size_t i = 1; i < table.columns.size(); ++i) {
    plot.program += (i > 1 ? ", " : "") + std::string("$lines using 1:") + std::to_string(i + 1) +
                    " with linespoints lw 2 title " + quoted(table.columns[i]);
  }
  plot.program += "\n";
  return plot;
}

}  // namespace

std::vector<Plot> make_plots(const Suite& suite) {
  std::vector<Plot> plots;
  if (std::ranges::any_of(suite.rows(), has_goal)) {
    plots.push_back(plot_goals(suite.rows()));
  }
  for (const Table& table : suite.tables()) {
    if ((table.name == "growth" || table.name == "large-store") && !table.lines.empty()) {
      plots.push_back(plot_columns(table));
    }
  }
  return plots;
}

}  // namespace fhirbin::compare
