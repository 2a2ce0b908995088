#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "engine/storage/statement.h"
#include "engine/util/try.h"
#include "fhirbin/error.h"

namespace fhirbin::storage {

// The rows of a query whose values are bound, each read when it is asked for. Text and bytes bound
// to the query must outlive it. Thread-compatible; must not outlive the Connection.
template <class Row>
class Cursor {
 public:
  using ReadRow = Row (*)(const Statement& query);

  Cursor(Statement query, ReadRow read_row) noexcept
      : query_(std::move(query)), read_row_(read_row) {}

  // nullopt at the end, which is where asking ends too.
  Result<std::optional<Row>> next() {
    FHIRBIN_TRY_ASSIGN(const bool found, query_.step());
    return found ? std::optional<Row>(read_row_(query_)) : std::optional<Row>();
  }

  // All rows that are left: for queries that have a limit.
  Result<std::vector<Row>> collect() {
    std::vector<Row> rows;
    while (true) {
      FHIRBIN_TRY_ASSIGN(const bool found, query_.step());
      if (!found) {
        return rows;
      }
      rows.push_back(read_row_(query_));
    }
  }

 private:
  Statement query_;
  ReadRow read_row_;
};

}  // namespace fhirbin::storage
