#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bench/compare/files.h"
#include "bench/compare/inputs.h"
#include "bench/compare/plan.h"
#include "bench/compare/process.h"
#include "bench/compare/row.h"

namespace fhirbin::compare {

// Figures beside the rows: no verdict, just what was seen.
struct Table {
  using Cell = std::variant<std::string, double>;
  std::string name;  // for --row
  std::string title;
  std::string note;
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> lines;
  std::string failure = {};
};

// One side of a comparison. Works in an empty folder of its own and returns its figures, the one
// that is compared first.
struct Contestant {
  std::string name;
  std::function<std::vector<double>(const Path& folder)> work;
};

// What one contestant did over all rounds.
struct Standing {
  std::vector<Series> figures;
  Series memory_mb;
  std::string failure;

  // The figure that is compared.
  const Series& figure() const;
  // The same standing with another of its figures to compare.
  Standing with_figure(std::size_t index) const;
};

// The run: what is wanted of it, where it works, what it found.
class Suite {
 public:
  Suite(const Plan& plan, Path data_folder, std::string only_row);

  const Plan& plan() const { return plan_; }
  const Path& data_folder() const { return data_folder_; }
  bool wants(std::string_view name) const { return only_row_.empty() || only_row_ == name; }

  // The input file of `kind`, made at its first use.
  Path input(InputKind kind, std::uint64_t size_bytes);

  // Lets the contestants take turns, `rounds` times, each turn in a process of its own; one that
  // fails leaves the others in peace.
  std::vector<Standing> compete(int rounds, const std::vector<Contestant>& contestants,
                                Cores cores = Cores::kAll);

  void add(Row row);
  void add(Table table);
  const std::vector<Row>& rows() const { return rows_; }
  const std::vector<Table>& tables() const { return tables_; }

  // A row of `ours` against `theirs`.
  void add(Row row, const Standing& ours, const Standing& theirs);
  // A row that stands for itself.
  void add(Row row, const Standing& ours);

 private:
  void take_turn(const Contestant& contestant, Cores cores, Standing& standing) const;

  Plan plan_;
  Path data_folder_;
  std::string only_row_;
  std::vector<Row> rows_;
  std::vector<Table> tables_;
};

}  // namespace fhirbin::compare
