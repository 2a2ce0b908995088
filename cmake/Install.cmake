# What `cmake --install` puts under a prefix. The whole prefix may be moved afterwards: nothing in it names
# where it was built or installed.
include(CMakePackageConfigHelpers)

set(fhirbin_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fhirbin)
set(fhirbin_installed_targets fhirbin fhirbin_shared)
set(fhirbin_brings_sqlite OFF)
if(TARGET fhirbin_sqlite)
  set(fhirbin_brings_sqlite ON)
  list(APPEND fhirbin_installed_targets fhirbin_sqlite)
endif()

install(TARGETS ${fhirbin_installed_targets} EXPORT fhirbin
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT fhirbin NAMESPACE fhirbin:: FILE fhirbinTargets.cmake DESTINATION ${fhirbin_package_dir})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/fhirbinConfig.cmake.in
  ${PROJECT_BINARY_DIR}/fhirbinConfig.cmake INSTALL_DESTINATION ${fhirbin_package_dir}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the API.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fhirbinConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fhirbinConfig.cmake
  ${PROJECT_BINARY_DIR}/fhirbinConfigVersion.cmake DESTINATION ${fhirbin_package_dir})

# For those who build without CMake. The path back to the prefix is relative, so that it can be moved.
set(fhirbin_pc_requires "simdjson libzstd libxxhash")
set(fhirbin_pc_libs "-lstdc++ -pthread")
if(fhirbin_brings_sqlite)
  string(PREPEND fhirbin_pc_libs "-lfhirbin_sqlite -lm ")
else()
  string(PREPEND fhirbin_pc_requires "sqlite3 ")
endif()
file(RELATIVE_PATH fhirbin_pc_to_prefix
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/fhirbin.pc.in ${PROJECT_BINARY_DIR}/fhirbin.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/fhirbin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
  ${PROJECT_SOURCE_DIR}/FORMAT.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
