#pragma once

#include <string_view>
#include <vector>

#include "bench/compare/suite.h"

namespace fhirbin::compare {

// Rows and tables that share what they need.
struct RowGroup {
  std::vector<std::string_view> names;
  void (*run)(Suite& suite);
};

// One file each.
RowGroup put_rows();
RowGroup compressible_put_rows();
RowGroup read_rows();
RowGroup read_beside_put_rows();
RowGroup create_rows();
RowGroup json_rows();
RowGroup base64_rows();
RowGroup export_rows();
RowGroup again_rows();
RowGroup growth();
RowGroup large_store();
RowGroup fair_sharing();
RowGroup input_table();
RowGroup core_table();
RowGroup safety_costs();

}  // namespace fhirbin::compare
