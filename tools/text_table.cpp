#include "tools/text_table.h"

#include <algorithm>
#include <utility>

#include "tools/utf8.h"

namespace fhirbin::tool {
namespace {

constexpr std::size_t kGap = 2;

void trim_right(std::string& text) { text.erase(text.find_last_not_of(' ') + 1); }

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) {
    widths_.push_back(width_of(column.title));
  }
}

void TextTable::add_row(std::vector<std::string> cells) {
  for (std::size_t index = 0; index < cells.size(); ++index) {
    cells[index] = printable(cells[index]);
    widths_[index] = std::max(widths_[index], width_of(cells[index]));
  }
  rows_.push_back(std::move(cells));
}

std::string TextTable::take_batch() {
  std::string batch;
  if (rows_.empty()) {
    return batch;
  }
  if (!titled_) {
    std::vector<std::string> titles;
    titles.reserve(columns_.size());
    for (const Column& column : columns_) {
      titles.emplace_back(column.title);
    }
    append_row(batch, titles);
    titled_ = true;
  }
  for (const std::vector<std::string>& row : rows_) {
    append_row(batch, row);
  }
  rows_.clear();
  return batch;
}

void TextTable::append_row(std::string& target, const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t index = 0; index < cells.size(); ++index) {
    const std::string padding(widths_[index] - width_of(cells[index]), ' ');
    const bool right = columns_[index].align == Align::kRight;
    line += right ? padding + cells[index] : cells[index] + padding;
    line.append(kGap, ' ');
  }
  trim_right(line);
  target += line;
  target += '\n';
}

void FieldList::add(std::string_view name, std::string_view value) {
  fields_.emplace_back(name, printable(value));
}

std::string FieldList::str() const {
  std::size_t width = 0;
  for (const auto& [name, value] : fields_) {
    width = std::max(width, width_of(name));
  }
  std::string text;
  for (const auto& [name, value] : fields_) {
    std::string line = name;
    line.append(width - width_of(name) + kGap, ' ');
    line += value;
    trim_right(line);
    text += line;
    text += '\n';
  }
  return text;
}

}  // namespace fhirbin::tool
