#!/bin/bash
# Installs what the tests need, then builds and runs them all.
#
# tools/test.sh          the tests under the sanitizers, then with warnings as errors; about an hour on
#                        two cores when nothing is built yet
# tools/test.sh PRESET   only the tests of that preset (ci, dev, asan, tsan)
# tools/test.sh tidy     only clang-tidy
# tools/test.sh all      clang-tidy and everything above
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1  # checkouts in other folders share what was compiled

step() { printf '\n=== %s\n' "$*"; }

# Builds a preset and runs its tests. Benchmarks run alone, so that they do not disturb each other; they
# come first, so that what is printed last counts the tests.
test_preset() {
  step "$1: configure and build"
  local launcher=()
  if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  cmake --preset "$1" "${launcher[@]}"
  cmake --build --preset "$1" -j "$(nproc)"
  step "$1: benchmarks at smoke size"
  ctest --preset "$1" -L '^bench$' --no-tests=ignore
  step "$1: tests"
  ctest --preset "$1" -LE '^bench$' --no-tests=error -j "$(nproc)"
}

step "packages"
install_missing "${test_packages[@]}"
if [ ! tests/npm/node_modules/.package-lock.json -nt tests/npm/package-lock.json ]; then
  step "clients of others"
  (cd tests/npm && npm ci)
fi

tidy() {
  step "clang-tidy"
  tools/tidy.sh
}

every_preset() {
  test_preset asan
  test_preset tsan
  test_preset ci
}

case ${1:-} in
'') every_preset ;;
all)
  tidy
  every_preset
  ;;
tidy) tidy ;;
*) test_preset "$1" ;;
esac
