#!/bin/bash
# clang-format 19 over everything, then clang-tidy 19 over the library, the command and the benchmarks, with the
# thread-safety analysis of clang.
# tools/tidy.sh [PATTERN...]: only files whose path matches one of the patterns.
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files '*.h' '*.cpp' '*.c' | xargs clang-format-19 --dry-run -Werror

cmake --preset tidy -DCMAKE_CXX_CLANG_TIDY= >/dev/null
patterns=("$@")
if [ ${#patterns[@]} -eq 0 ]; then
  # Tests are tables of plain arrays and long bodies, which these checks are not meant for.
  patterns=("^$PWD/(engine|tools|bench)/")
fi
run-clang-tidy-19 -quiet -clang-tidy-binary clang-tidy-19 -p build/tidy -j "$(nproc)" \
  "${patterns[@]}"
