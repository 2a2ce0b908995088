#!/bin/bash
# From nothing to a store with real files in it: installs what is missing, builds the library and the command, and
# does with files of this machine what fhirbin is for. Stops at the first thing that goes wrong.
#
# KEEP=1 tools/quickstart.sh keeps the store and prints where it is.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

step() { printf '\n=== %s\n' "$*"; }
fail() { printf '\nquickstart: %s\n' "$*" >&2; exit 1; }

# Shows a command, then runs it.
run() {
  printf '$ %s\n' "$*" >&2
  "$@"
}

# Prints lines with every long run of base64 cut to its start and its length.
shorten() {
  perl -pe 's{([A-Za-z0-9+/]{48})([A-Za-z0-9+/=]{80,})}{$1 . "...(" . (48 + length $2) . " characters)"}ge'
}

# find_files MIN MAX TEST...: the first two files under /usr, by name, of MIN to MAX bytes that pass the tests of find.
find_files() {
  local min=$1 max=$2
  shift 2
  { find /usr -xdev -type f -readable -size "+${min}c" -size "-${max}c" "$@" 2>/dev/null || true; } |
    LC_ALL=C sort | sed -n '1,2p'
}

# The media type that the name of a file tells.
type_of() {
  case $1 in
  *.pdf) echo application/pdf ;;
  *.gz) echo application/gzip ;;
  *.png) echo image/png ;;
  *.jpg) echo image/jpeg ;;
  *.gif) echo image/gif ;;
  *.svg) echo image/svg+xml ;;
  /usr/share/doc/* | /usr/share/common-licenses/*) echo text/plain ;;
  /usr/bin/*) echo application/x-executable ;;
  *) echo application/octet-stream ;;
  esac
}

# put FILE [TYPE]: stores FILE; its id is in $id.
put() {
  local reference
  reference=$(run fhirbin put "$store" "$1" --content-type "${2:-$(type_of "$1")}")
  echo "$reference"
  id=${reference#Binary/}
  id=${id%%/*}
}

step "1. Packages"
install_missing "${library_packages[@]}" perl-base

step "2. Build"
cmake --preset release -DFHIRBIN_BUILD_TESTS=OFF -DFHIRBIN_BUILD_BENCH=OFF
cmake --build --preset release -j "$(nproc)" --target fhirbin_tool
PATH="$PWD/build/release/tools:$PATH"
run fhirbin --version

work=$(mktemp -d)
store=clinic.fhirbin
clean_up() {
  if [ "${KEEP:-}" = 1 ]; then
    echo "kept: $work" >&2
  else
    rm -rf -- "$work"
  fi
}
trap clean_up EXIT
cd "$work"

step "3. Real files of this machine"
mib=$((1024 * 1024))
mapfile -t documents < <(find_files 2000 $((20 * mib)) \
  \( -name '*.pdf' -o -path '/usr/share/doc/*' -o -path '/usr/share/common-licenses/*' \))
mapfile -t images < <(find_files 500 $((8 * mib)) \
  \( -name '*.png' -o -name '*.jpg' -o -name '*.gif' -o -name '*.svg' \))
mapfile -t programs < <(find_files $((200 * 1024)) $((8 * mib)) -path '/usr/bin/*' -perm -u=x)
mapfile -t large_files < <(find_files $((10 * mib)) $((300 * mib)))
[ ${#large_files[@]} -gt 0 ] || fail "no file of 10 to 300 MiB was found under /usr"
[ ${#documents[@]} -gt 0 ] || fail "no document was found under /usr"
[ ${#programs[@]} -gt 0 ] || fail "no executable was found under /usr/bin"
if [ ${#images[@]} -eq 0 ]; then
  echo "no image was found under /usr: libraries stand in"
  mapfile -t images < <(find_files 2000 $((8 * mib)) -name '*.so*')
fi
[ ${#images[@]} -gt 0 ] || fail "neither an image nor a library was found under /usr"
document=${documents[0]} image=${images[0]} program=${programs[0]} large=${large_files[0]}
ls -l "${documents[@]}" "${images[@]}" "${programs[@]}" "${large_files[@]}"

step "4. Store them as raw streams"
run fhirbin init "$store" --fhir-version R4
declare -A ids
for file in "${documents[@]}" "${images[@]}" "${programs[@]}" "${large_files[@]}"; do
  put "$file"
  ids[$file]=$id
done
document_id=${ids[$document]} image_id=${ids[$image]} program_id=${ids[$program]} large_id=${ids[$large]}

step "5. Store the image once more, as FHIR JSON"
printf '{"resourceType":"Binary","contentType":"%s","securityContext":{"reference":"Patient/17"},"data":"%s"}' \
  "$(type_of "$image")" "$(base64 -w0 "$image")" >image.json
shorten <image.json
echo
put image.json application/fhir+json
wrapped_id=$id
run fhirbin show "$store" "$wrapped_id"

step "6. Update the large file with a small edit"
cp -- "$large" edited
chmod u+w edited
printf 'a small edit' | dd of=edited bs=1 seek=$((5 * mib)) conv=notrunc status=none
run fhirbin put "$store" edited --content-type "$(type_of "$large")" \
  --id "$large_id" --if-match 1

step "7. Read versions and a byte range back and compare them"
run fhirbin get "$store" "$document_id" -o document
run cmp document "$document"
run fhirbin get "$store" "$program_id" -o program
run cmp program "$program"
run fhirbin get "$store" "$wrapped_id" -o image
run cmp image "$image"
run fhirbin get "$store" "$large_id/1" -o large.1
run cmp large.1 "$large"
run fhirbin get "$store" "$large_id/2" -o large.2
run cmp large.2 edited
first=$((5 * mib - 1000))
last=$((5 * mib + 100000))
run fhirbin get "$store" "$large_id" --range "$first-$last" -o range
dd if=edited bs=64K iflag=skip_bytes,count_bytes skip=$first count=$((last - first + 1)) \
  of=range.wanted status=none
run cmp range range.wanted
echo "all equal"

step "8. History"
run fhirbin history "$store" "$large_id"

step "9. Delete one"
run fhirbin rm "$store" "$program_id"
status=0
run fhirbin get "$store" "$program_id" -o deleted || status=$?
[ "$status" = 4 ] || fail "reading a deleted Binary ended with status $status instead of 4"
run fhirbin get "$store" "$program_id/1" -o program.1
run cmp program.1 "$program"
run fhirbin ls "$store" --deleted

step "10. Export as NDJSON"
run fhirbin export "$store" -o export.ndjson
echo "with its data:"
grep -F "\"$image_id\"" export.ndjson | shorten
echo "above 10 MiB, substituted:"
grep -F '"unsupported"' export.ndjson | sed -n 1p
run fhirbin changes "$store"

step "11. Verify"
run fhirbin verify "$store"

step "12. Statistics"
run fhirbin stat "$store"

step "Done"
