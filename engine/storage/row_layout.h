#pragma once

#include <cstddef>
#include <cstdint>

namespace fhirbin::storage {

// Where SQLite puts the bytes of a row of a volume (volume_sql.h, kCreatePageTable): it begins in a
// leaf of the table, and what has no room there goes on in a chain of overflow pages.
// Source: sqlite.org/fileformat2.html, "B-tree Pages" and "Record Format".

// How many of a row's `stored_bytes` bytes lie in the leaf: all of them where there is no chain.
std::size_t bytes_in_leaf(std::size_t stored_bytes, std::uint32_t sqlite_page_bytes) noexcept;

// How many bytes each overflow page but the last carries.
std::size_t bytes_per_overflow_page(std::uint32_t sqlite_page_bytes) noexcept;

}  // namespace fhirbin::storage
