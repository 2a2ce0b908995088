#!/bin/bash
# clang-tidy 19 over all our sources, with the thread-safety analysis of clang.
# tools/tidy.sh [PATTERN...]: only files whose path matches one of the patterns.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset tidy -DCMAKE_CXX_CLANG_TIDY= >/dev/null
patterns=("$@")
if [ ${#patterns[@]} -eq 0 ]; then
  # The amalgamation of a SQLite built from source is not ours.
  patterns=("^$PWD/(engine|tools|tests|bench)/")
fi
run-clang-tidy-19 -quiet -clang-tidy-binary clang-tidy-19 -p build/tidy -j "$(nproc)" \
  "${patterns[@]}"
