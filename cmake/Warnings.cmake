# Warnings and sanitizers of our own targets; never leaked to those who link us.
function(fhirbin_own_target target)
  target_compile_features(${target} PUBLIC cxx_std_23)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor)
  if(FHIRBIN_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${FHIRBIN_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${FHIRBIN_SANITIZE})
    if(FHIRBIN_SANITIZE MATCHES "undefined")
      target_compile_options(${target} PRIVATE -fno-sanitize-recover=undefined)
    endif()
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_compile_options(${target} PRIVATE -Wthread-safety)
  elseif(FHIRBIN_SANITIZE MATCHES "thread")
    # g++ warns that std::atomic_thread_fence is not seen by TSan; the engine uses none.
    target_compile_options(${target} PRIVATE -Wno-tsan)
  endif()
endfunction()

# A test's own code under a sanitizer: without optimisation it compiles in half the time, and what is
# to be checked is the code that it calls.
function(fhirbin_test_target target)
  fhirbin_own_target(${target})
  if(FHIRBIN_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
    if(FHIRBIN_SANITIZE MATCHES "undefined")
      target_compile_options(${target} PRIVATE -fno-sanitize=undefined)
    endif()
  endif()
endfunction()
