# Installs into a prefix, moves the prefix, and uses what lies there as three kinds of users would: CMake's
# find_package, pkg-config, add_subdirectory. Needs SOURCE (the project), BUILD (where it was built), WORK (a
# folder to work in), C_COMPILER, CXX_COMPILER.
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Runs a built example in a folder of its own, beside the files that it wants.
function(run_example program)
  get_filename_component(name ${program} NAME)
  set(folder ${WORK}/run_${name})
  file(MAKE_DIRECTORY ${folder})
  string(REPEAT "scan" 2000 content)
  file(WRITE ${folder}/scan.dcm ${content})
  file(WRITE ${folder}/edited.dcm "edited")
  execute_process(COMMAND ${program} ${ARGN} WORKING_DIRECTORY ${folder}
    COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${WORK})
set(installed ${WORK}/installed)
set(moved ${WORK}/moved)
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${installed})
file(RENAME ${installed} ${moved})

# A path of this machine would break on the next one.
file(GLOB_RECURSE texts ${moved}/*.cmake ${moved}/*.pc ${moved}/*.h)
list(LENGTH texts count)
if(count LESS 20)
  message(FATAL_ERROR "only ${count} text files were installed")
endif()
foreach(text ${texts})
  file(READ ${text} content)
  foreach(path ${SOURCE} ${BUILD} ${installed})
    string(FIND "${content}" "${path}" found)
    if(NOT found EQUAL -1)
      message(FATAL_ERROR "${text} names ${path}")
    endif()
  endforeach()
endforeach()

set(common -G Ninja --no-warn-unused-cli -DCMAKE_C_COMPILER=${C_COMPILER} -DCMAKE_CXX_COMPILER=${CXX_COMPILER})

message(STATUS "--- find_package")
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/package/consumer -B ${WORK}/consumer ${common}
  -DCMAKE_PREFIX_PATH=${moved} -DC_PROGRAM=${SOURCE}/tests/c/c_program.c)
run(${CMAKE_COMMAND} --build ${WORK}/consumer)
run_example(${WORK}/consumer/static_example)
run_example(${WORK}/consumer/shared_example)
run_example(${WORK}/consumer/c_example ${WORK}/c.fhirbin)

message(STATUS "--- pkg-config")
file(GLOB_RECURSE pc ${moved}/fhirbin.pc)
get_filename_component(pc_folder ${pc} DIRECTORY)
get_filename_component(library_folder ${pc_folder} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${pc_folder})
function(ask variable)
  execute_process(COMMAND pkg-config ${ARGN} fhirbin COMMAND_ERROR_IS_FATAL ANY
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE)
  separate_arguments(answer UNIX_COMMAND "${answer}")
  set(${variable} ${answer} PARENT_SCOPE)
endfunction()
ask(cflags --cflags)
ask(shared_libs --libs)
ask(static_libs --libs --static)
# Both kinds lie in one folder, where -l prefers the shared one.
list(TRANSFORM static_libs REPLACE "^-lfhirbin$" "-l:libfhirbin.a")
set(compile ${CXX_COMPILER} -std=c++23 ${cflags}
  ${SOURCE}/tests/package/consumer/example.cpp)
run(${compile} -o ${WORK}/pc_shared ${shared_libs} -Wl,-rpath,${library_folder})
run(${compile} -o ${WORK}/pc_static ${static_libs})
run_example(${WORK}/pc_shared)
run_example(${WORK}/pc_static)

message(STATUS "--- the installed command")
run(${moved}/bin/fhirbin --version)

message(STATUS "--- add_subdirectory")
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/package/subproject -B ${WORK}/subproject ${common}
  -DFHIRBIN=${SOURCE})

file(REMOVE_RECURSE ${WORK})
