#!/usr/bin/env bash
# Builds the images whatsapp-courier, mockmeta and signin with docker or buildah,
# whichever is there, with the version and "latest" as tags. ARCH names another processor
# (arm64; then there is no "latest"); BUILDAH_FLAGS are for machines without namespaces:
# --isolation chroot --storage-driver vfs.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(git describe --tags --always --dirty | tr + _)
arch=${ARCH:-$(go env GOARCH)}
certificates=${CA_CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

[ -f "$certificates" ] || { echo "no CA certificates at $certificates: set CA_CERTIFICATES" >&2; exit 1; }
mkdir -p "$context/courier/state"
cp "$certificates" "$context/courier/ca-certificates.crt"
compile() { # folder, packages
  GOOS=linux GOARCH=$arch CGO_ENABLED=0 GOFLAGS=-trimpath \
    go build -tags nopgxregisterdefaulttypes -ldflags "-s -w -X main.version=$version" -o "$1" "${@:2}"
}
compile "$context/courier/" ./courier/cmd/whatsapp-courier
compile "$context/" ./mockmeta/cmd/mockmeta ./deploy/demo/cmd/signin

# The stage `build` of a Dockerfile is what was compiled here.
build() { # file, name
  local tags=(--tag "$2:$version")
  [ "$arch" != "$(go env GOHOSTARCH)" ] || tags+=(--tag "$2:latest")
  if docker info >/dev/null 2>&1; then
    docker build --platform "linux/$arch" --build-context "build=$context" --file "$1" "${tags[@]}" "$context"
  elif command -v buildah >/dev/null; then
    # shellcheck disable=SC2086 # flags are words
    buildah ${BUILDAH_GLOBAL_FLAGS:-} build ${BUILDAH_FLAGS:-} --arch "$arch" --build-context "build=$context" --file "$1" "${tags[@]}" "$context"
  else
    echo "neither a running docker nor buildah is there" >&2
    exit 1
  fi
}
build deploy/docker/Dockerfile whatsapp-courier
build deploy/docker/mockmeta.Dockerfile mockmeta
build deploy/docker/signin.Dockerfile signin
echo "built whatsapp-courier:$version and mockmeta, signin for $arch"
