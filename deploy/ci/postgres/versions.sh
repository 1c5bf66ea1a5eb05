#!/usr/bin/env bash
# Runs the tests of the store on several PostgreSQL, two of them at a time: versions.sh
# PROGRAM VERSION..., where the program is the compiled test. The servers are those of
# package-lock.json, and need Linux on amd64. What a failed one printed is shown.
set -euo pipefail
program=$(realpath "$1")
shift
cd "$(dirname "$0")"

npm ci --ignore-scripts --no-audit --no-fund --silent
# A server that root starts runs as somebody else, who must be able to read it.
chmod -R a+rX node_modules

try() {
  local version=$1 server=$PWD/node_modules/postgres-$1 printed
  # The packages have no symbolic links: this script of theirs makes them.
  (cd "$server" && node scripts/hydrate-symlinks.js)
  if printed=$(cd ../../../courier/store/postgres && env -u TEST_POSTGRES_DSN POSTGRES_BIN=$server/native/bin "$program" -test.timeout 10m 2>&1); then
    echo "PostgreSQL $version: the tests of the store pass"
  else
    printf 'PostgreSQL %s: FAILED\n%s\n' "$version" "$printed" >&2
    return 1
  fi
}
export program
export -f try
printf '%s\n' "$@" | xargs -P 2 -I {} bash -euo pipefail -c 'try {}'
