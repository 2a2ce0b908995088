#include "bench/compare/suite.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

namespace fhirbin::compare {
namespace {

void print(const Row& row) {
  const double measured = row.measured();
  (void)std::printf(
      "%-32s %12.4g %-5s %12.4g  %8.3f  %s%s\n", row.name.c_str(), row.ours.median(),
      row.unit.c_str(), row.theirs.median(), measured, verdict_name(row.verdict()),
      (row.skipped + row.failure).empty() ? "" : (": " + row.skipped + row.failure).c_str());
  (void)std::fflush(stdout);
}

}  // namespace

const Series& Standing::figure() const {
  static const Series none;
  return figures.empty() ? none : figures.front();
}

Standing Standing::with_figure(std::size_t index) const {
  Standing other{.figures = {}, .memory_mb = memory_mb, .failure = failure};
  if (index < figures.size()) {
    other.figures.push_back(figures[index]);
  }
  return other;
}

Suite::Suite(const Plan& plan, Path data_folder, std::string only_row)
    : plan_(plan), data_folder_(std::move(data_folder)), only_row_(std::move(only_row)) {
  std::filesystem::create_directories(data_folder_);
}

Path Suite::input(InputKind kind, std::uint64_t size_bytes) {
  const Path path =
      data_folder_ / (std::string(input_name(kind)) + "-" + std::to_string(size_bytes));
  if (!std::filesystem::exists(path)) {
    write_input(kind, size_bytes, path);
  }
  return path;
}

std::vector<Standing> Suite::compete(int rounds, const std::vector<Contestant>& contestants,
                                     Cores cores) {
  std::vector<Standing> standings(contestants.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      take_turn(contestants[i], cores, standings[i]);
    }
  }
  return standings;
}

void Suite::take_turn(const Contestant& contestant, Cores cores, Standing& standing) const {
  const Path folder = data_folder_ / "turn";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  settle(folder);
  try {
    const Measurement found = measure_in_child([&] { return contestant.work(folder); }, cores);
    standing.figures.resize(std::max(standing.figures.size(), found.figures.size()));
    for (std::size_t i = 0; i < found.figures.size(); ++i) {
      standing.figures[i].samples.push_back(found.figures[i]);
    }
    standing.memory_mb.samples.push_back(found.memory_mb);
  } catch (const std::exception& error) {
    standing.failure = contestant.name + ": " + error.what();
  }
  std::filesystem::remove_all(folder);
}

void Suite::add(Row row) {
  print(row);
  rows_.push_back(std::move(row));
}

void Suite::add(Table table) {
  (void)std::printf("%-32s %s\n", table.name.c_str(), table.failure.c_str());
  (void)std::fflush(stdout);
  tables_.push_back(std::move(table));
}

void Suite::add(Row row, const Standing& ours, const Standing& theirs) {
  row.theirs = theirs.figure();
  row.their_memory_mb = theirs.memory_mb.most();
  row.failure = theirs.failure;
  add(std::move(row), ours);
}

void Suite::add(Row row, const Standing& ours) {
  row.ours = ours.figure();
  row.our_memory_mb = ours.memory_mb.most();
  row.failure += ours.failure;
  add(std::move(row));
}

}  // namespace fhirbin::compare
