#!/usr/bin/env bash
# Builds courier-conformance with the Kratos and the mock that it needs, and runs it in the
# present folder with these arguments. KRATOS_BIN names a Kratos of yours, of any version;
# where --kratos-public names one that runs, none is built.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)

kratos=kratos
case " $*" in *" --kratos-public"*) kratos= ;; esac
# Standard output is the suite's.
make -C "$repository" build suite $kratos >&2
exec "$repository/bin/courier-conformance" "$@"
