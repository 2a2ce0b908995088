#!/bin/sh
# Runs the clients against the command named; CTest's `npm.clients`.
set -eu
FHIRBIN_TOOL=$1
export FHIRBIN_TOOL
cd "$(dirname "$0")"
if ! command -v node >/dev/null; then
  echo "skipped: there is no node"
  exit 77
fi
if [ ! -d node_modules ]; then
  echo "the clients are not installed: run npm ci in tests/npm (tools/test.sh does)" >&2
  exit 1
fi
exec node --test fhir_kit_client.test.mjs fhirclient.test.mjs
