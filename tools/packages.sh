# Debian packages, and how to get them; sourced by the set-up scripts.

library_packages=(g++ cmake ninja-build pkg-config libsqlite3-dev libsimdjson-dev libzstd-dev
  libxxhash-dev libcli11-dev libmicrohttpd-dev)
test_packages=("${library_packages[@]}" ccache googletest libgtest-dev libgmock-dev librapidcheck-dev
  libbenchmark-dev clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev zstd xxhash
  sqlite3 time curl)

# Node may have come another way than by Debian's packages.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  test_packages+=(nodejs npm)
fi

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Runs a command as root.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "these need root and there is no sudo: $*" >&2
    return 1
  fi
}

# Installs those of the packages named that are missing; touches nothing where none is.
install_missing() {
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    return
  fi
  echo "installing ${missing[*]}"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    "${missing[@]}" </dev/null
}
