#!/usr/bin/env bash
# Builds what a release consists of into a folder: for each platform one archive with
# the static programs, what they consist of (CycloneDX), all licences and the example
# configuration, and SHA256SUMS.
# The same commit gives the same bytes, in whatever folder and at whatever time.
#
#   deploy/release/release.sh <folder> [os/arch ...]
set -euo pipefail
cd "$(dirname "$0")/../.."

out=${1:?name a folder for the archives}
shift
platforms=("$@")
[ ${#platforms[@]} -gt 0 ] || platforms=(linux/amd64 linux/arm64 darwin/amd64 darwin/arm64)
version=$(git describe --tags --always --dirty)
# The same bytes need the same Go too, and an older one has faults that are known.
asked=$(sed -n 's/^toolchain //p' go.mod)
[ "$(go env GOVERSION)" = "$asked" ] || echo "warning: go.mod asks for $asked, but this is built with $(go env GOVERSION)" >&2
# Of all times, that of the commit is the same on every machine.
committed=$(git log -1 --format=%ct)

mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go build -C deploy/release/tools -o "$work/bill" ./cmd/bill

for platform in "${platforms[@]}"; do
  name="whatsapp-courier_${version}_${platform/\//_}"
  echo "building $name"
  mkdir "$work/$name"
  GOOS=${platform%/*} GOARCH=${platform#*/} CGO_ENABLED=0 GOFLAGS=-trimpath \
    go build -tags nopgxregisterdefaulttypes -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$version" -o "$work/$name/" \
    ./courier/cmd/whatsapp-courier ./mockmeta/cmd/mockmeta
  "$work/bill" -version "$version" -time "$committed" "$work/$name/whatsapp-courier" "$work/$name/mockmeta"
  cp LICENSE README.md CHANGELOG.md deploy/courier.yml deploy/systemd/whatsapp-courier.service "$work/$name/"
  cp -r deploy/kratos "$work/$name/kratos"
  rm -rf "$work/$name/kratos/build" "$work/$name/kratos/files.go"
  chmod -R u=rwX,go=rX "$work/$name"
  tar --create --directory "$work" --sort=name --mtime="@$committed" --owner=0 --group=0 --numeric-owner --format=ustar "$name" |
    gzip -9n >"$out/$name.tar.gz"
done

cd "$out"
sha256sum -- *.tar.gz >SHA256SUMS
cat SHA256SUMS
