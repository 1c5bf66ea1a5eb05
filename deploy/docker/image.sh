#!/usr/bin/env bash
# Builds the images whatsapp-courier:<version> and mockmeta:<version> with docker or
# buildah, whichever is there. ARCH names another processor (arm64); BUILDAH_FLAGS are
# for machines without namespaces: --isolation chroot --storage-driver vfs.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(git describe --tags --always --dirty | tr + _)
arch=${ARCH:-$(go env GOARCH)}
certificates=${CA_CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

[ -f "$certificates" ] || { echo "no CA certificates at $certificates: set CA_CERTIFICATES" >&2; exit 1; }
cp "$certificates" "$context/ca-certificates.crt"
mkdir "$context/state"
GOOS=linux GOARCH=$arch CGO_ENABLED=0 GOFLAGS=-trimpath go build -ldflags "-s -w -X main.version=$version" \
  -o "$context/" ./courier/cmd/whatsapp-courier ./mockmeta/cmd/mockmeta

build() { # file, name
  if docker info >/dev/null 2>&1; then
    docker build --platform "linux/$arch" --file "$1" --tag "$2" "$context"
  elif command -v buildah >/dev/null; then
    # shellcheck disable=SC2086 # flags are words
    buildah ${BUILDAH_GLOBAL_FLAGS:-} build ${BUILDAH_FLAGS:-} --arch "$arch" --file "$1" --tag "$2" "$context"
  else
    echo "neither a running docker nor buildah is there" >&2
    exit 1
  fi
}
build deploy/docker/Dockerfile "whatsapp-courier:$version"
build deploy/docker/mockmeta.Dockerfile "mockmeta:$version"
echo "built whatsapp-courier:$version and mockmeta:$version for $arch"
