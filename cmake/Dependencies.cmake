# The four engines the library stands on, as Debian 12 packages them.
find_package(SQLite3 3.40 REQUIRED)
find_package(simdjson REQUIRED)
find_package(zstd REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

# A fixed SQLite (3.51.3 or later) can be built in from a folder that holds sqlite3.c and sqlite3.h.
set(FHIRBIN_SQLITE_SOURCE "" CACHE PATH "Folder of a SQLite amalgamation to use instead of the system's library")
if(FHIRBIN_SQLITE_SOURCE)
  enable_language(C)
  add_library(fhirbin_sqlite STATIC ${FHIRBIN_SQLITE_SOURCE}/sqlite3.c)
  target_include_directories(fhirbin_sqlite PUBLIC $<BUILD_INTERFACE:${FHIRBIN_SQLITE_SOURCE}>)
  target_compile_definitions(fhirbin_sqlite PRIVATE SQLITE_THREADSAFE=1 SQLITE_SECURE_DELETE)
  set_target_properties(fhirbin_sqlite PROPERTIES
    POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_link_libraries(fhirbin_sqlite PUBLIC Threads::Threads ${CMAKE_DL_LIBS})
  set(FHIRBIN_SQLITE_TARGET fhirbin_sqlite)
else()
  set(FHIRBIN_SQLITE_TARGET SQLite::SQLite3)
endif()

# xxHash picks its widest kernel at run time only through the dispatch header of x86.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::xxhash)
check_cxx_source_compiles("
#include <xxh_x86dispatch.h>
int main() { return static_cast<int>(XXH3_64bits_dispatch(\"\", 0)); }" FHIRBIN_HAS_XXHASH_DISPATCH)
unset(CMAKE_REQUIRED_LIBRARIES)
