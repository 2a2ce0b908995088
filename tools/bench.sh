#!/bin/bash
# Compares fhirbin with its peers and its limits; writes report.md, results.json and plots to build/bench.
#
# tools/bench.sh             everything, at full size; needs 30 GB of disk for a while
# tools/bench.sh --smoke     every row at a small size, in under two minutes
# tools/bench.sh --row NAME  only that row or table; --list prints their names
#
# A report that is to be kept (docs/benchmarks.md) wants a machine that does nothing else meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

case ${1:-} in
-h | --help)
  sed -n '2,8s/^# \{0,1\}//p' "$0"
  exit 0
  ;;
esac

install_missing "${library_packages[@]}" libbenchmark-dev librocksdb-dev liblmdb-dev libmodpbase64-dev gnuplot-nox

launcher=()
if command -v ccache >/dev/null; then
  launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
cmake --preset release -DFHIRBIN_BUILD_TESTS=OFF "${launcher[@]}" >/dev/null
cmake --build --preset release -j "$(nproc)" --target fhirbin_compare

trap 'rm -rf build/bench/data' EXIT
case " $* " in
*" --list "*) ;;
*) rm -f build/bench/*.gnuplot build/bench/*.svg ;;  # of an earlier run
esac
status=0
build/release/bench/compare/fhirbin_compare --out build/bench "$@" || status=$?
case " $* " in
*" --list "*) exit "$status" ;;
esac
[ "$status" != 2 ] || exit 2

(
  cd build/bench
  for program in *.gnuplot; do
    [ ! -e "$program" ] || gnuplot "$program"
  done
)
printf '\n'
cat build/bench/report.md
exit "$status"
