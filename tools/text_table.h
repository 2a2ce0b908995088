#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fhirbin::tool {

enum class Align : std::uint8_t { kLeft, kRight };

struct Column {
  Column(std::string_view column_title, Align column_align = Align::kLeft)
      : title(column_title), align(column_align) {}

  std::string_view title;
  Align align;
};

// A table for people, written in batches so that a long listing needs no memory: a batch sets the
// widths of its own rows, and widths never shrink from one batch to the next. Cells are made
// printable. Thread-compatible.
class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns);

  // As many cells as there are columns.
  void add_row(std::vector<std::string> cells);

  // The rows added since the last call, under the titles the first time. Empty without rows.
  std::string take_batch();

 private:
  void append_row(std::string& target, const std::vector<std::string>& cells) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
  bool titled_ = false;
};

// "Name   value" lines with the values under each other.
class FieldList {
 public:
  void add(std::string_view name, std::string_view value);
  std::string str() const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace fhirbin::tool
