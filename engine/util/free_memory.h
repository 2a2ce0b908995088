#pragma once

namespace fhirbin {

// Gives memory that was freed back to the system, where the C library would keep it: glibc keeps
// some for each of its arenas, which many short-lived threads have used by turns. Takes some
// milliseconds. Does nothing with other C libraries.
void release_free_memory() noexcept;

}  // namespace fhirbin
