// How fast is fhirbin beside its peers and the limits of its parts, and does it reach its goals?
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/compare/machine.h"
#include "bench/compare/plots.h"
#include "bench/compare/report.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace {

using namespace fhirbin::compare;

constexpr const char* kUsage =
    "usage: fhirbin_compare [--smoke] [--row NAME] [--list] [--out FOLDER]\n"
    "  --smoke       small sizes: shows that everything works, and no more\n"
    "  --row NAME    only that row or table\n"
    "  --list        the names of all rows and tables\n"
    "  --out FOLDER  where report.md, results.json and programs for gnuplot go (build/bench);\n"
    "                data lies in FOLDER/data while it runs\n";

struct Options {
  Plan plan = full_plan();
  std::string only_row;
  bool list = false;
  Path out = "build/bench";
};

std::vector<RowGroup> all_groups() {
  return {put_rows(),    compressible_put_rows(),
          read_rows(),   read_beside_put_rows(),
          create_rows(), json_rows(),
          base64_rows(), export_rows(),
          again_rows(),  growth(),
          large_store(), fair_sharing(),
          input_table(), core_table(),
          safety_costs()};
}

// nullopt where the arguments make no sense.
std::optional<Options> parse(const std::vector<std::string_view>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--smoke") {
      options.plan = smoke_plan();
    } else if (arguments[i] == "--list") {
      options.list = true;
    } else if (arguments[i] == "--row" && has_value) {
      options.only_row = arguments[++i];
    } else if (arguments[i] == "--out" && has_value) {
      options.out = arguments[++i];
    } else {
      return std::nullopt;
    }
  }
  return options;
}

bool wants_any(const Suite& suite, const RowGroup& group) {
  return std::ranges::any_of(group.names, [&](std::string_view name) { return suite.wants(name); });
}

// A group that throws leaves one row that tells why.
void run_group(Suite& suite, const RowGroup& group) {
  try {
    group.run(suite);
  } catch (const std::exception& error) {
    suite.add(Row{.name = std::string(group.names.front()),
                  .work = {},
                  .against = {},
                  .unit = {},
                  .failure = error.what()});
  }
}

void write_file(const Path& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
}

void write_results(const Suite& suite, const Description& machine, const Path& out) {
  write_file(out / "report.md", make_report(suite, machine));
  write_file(out / "results.json", make_results(suite, machine));
  for (const Plot& plot : make_plots(suite)) {
    write_file(out / (plot.name + ".gnuplot"), plot.program);
  }
}

bool everything_has_a_figure(const Suite& suite) {
  return std::ranges::none_of(suite.rows(),
                              [](const Row& row) { return row.verdict() == Verdict::kFailed; }) &&
         std::ranges::all_of(suite.tables(),
                             [](const Table& table) { return table.failure.empty(); });
}

int run(const Options& options) {
  const Path data = options.out / "data";
  std::filesystem::remove_all(data);
  Suite suite(options.plan, data, options.only_row);
  Description machine = describe_machine(data);
  const Stopwatch watch;
  bool any = false;
  for (const RowGroup& group : all_groups()) {
    if (wants_any(suite, group)) {
      any = true;
      run_group(suite, group);
    }
  }
  std::filesystem::remove_all(data);
  if (!any) {
    (void)std::fprintf(stderr, "no row or table has the name %s\n", options.only_row.c_str());
    return 2;
  }
  machine.emplace_back("minutes it took",
                       std::to_string(static_cast<int>(std::ceil(watch.seconds() / 60))));
  write_results(suite, machine, options.out);
  return everything_has_a_figure(suite) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse({argv + 1, argv + argc});
  if (!options) {
    (void)std::fputs(kUsage, stderr);
    return 2;
  }
  if (options->list) {
    for (const RowGroup& group : all_groups()) {
      for (const std::string_view name : group.names) {
        (void)std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
      }
    }
    return 0;
  }
  try {
    return run(*options);
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
