# The shared library exports the public interface and nothing else: what leaks out could clash with another copy of
# it in the same program, and would have to be kept for ever. Needs LIBRARY.
cmake_minimum_required(VERSION 3.25)

# One pattern for each kind of public name, as nm -C writes them.
set(classes "Reader|Sink|Source|Store|Writer")
set(functions "error_name|fhir_version_name|parse_fhir_version|format_instant|parse_instant")
string(APPEND functions "|file_source|descriptor_source|bytes_source|file_sink|descriptor_sink|string_sink")
set(public
  "^fhirbin_[a-z_]+$"
  "^fhirbin::(${classes})::(~?[a-zA-Z_]+|operator=)\\(.*\\)( const)?$"
  "^fhirbin::rest::(Exchange|Service)::(~?[a-zA-Z_]+|operator=)\\(.*\\)( const)?$"
  "^fhirbin::rest::reason_phrase\\(int\\)$"
  "^fhirbin::(${functions})(\\[abi:cxx11\\])?\\(.*\\)$"
  "^(vtable|typeinfo|typeinfo name) for fhirbin::(Sink|Source)$"
  "^FHIRBIN_[0-9]+$")

execute_process(COMMAND nm -D --defined-only -C ${LIBRARY} COMMAND_ERROR_IS_FATAL ANY
  OUTPUT_VARIABLE listing)
string(REGEX MATCHALL "[^\n]+" lines "${listing}")
set(count 0)
set(leaks "")
foreach(line IN LISTS lines)
  string(REGEX REPLACE "^[0-9a-f ]+[A-Za-z] |@.*$" "" symbol "${line}")
  math(EXPR count "${count} + 1")
  set(known FALSE)
  foreach(pattern IN LISTS public)
    if(symbol MATCHES "${pattern}")
      set(known TRUE)
    endif()
  endforeach()
  if(NOT known)
    string(APPEND leaks "  ${symbol}\n")
  endif()
endforeach()
if(leaks)
  message(FATAL_ERROR "${LIBRARY} exports what is not public:\n${leaks}")
endif()
# A library that exports nothing would leak nothing either.
foreach(wanted "fhirbin::Store::export_ndjson(" "fhirbin::Writer::commit()" "fhirbin_writer_commit"
    "vtable for fhirbin::Sink" "fhirbin::format_instant")
  string(FIND "${listing}" "${wanted}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "${LIBRARY} does not export ${wanted}")
  endif()
endforeach()
message(STATUS "${count} names, all public")
