# Settings that the other scripts share; they source this file.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck disable=SC2034  # read by the scripts that source this file
FEATURES=chakra/sqlite,chakra/postgres,chakra/mysql
# What `cargo test` builds. The binding crate is left to maturin: it has no Rust tests, and cargo,
# which builds one crate type more, would make maturin build it anew each time.
# shellcheck disable=SC2034
TESTED=(--package chakra --package chakra-macros)

step() { printf '\n==> %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Makes DIR the environment in use and gives cargo the variables that maturin sets by itself:
# pyo3's build script reads them, so without this each of the two would undo the other's build.
use_venv() {
  VENV=$PWD/$1
  export VIRTUAL_ENV=$VENV PATH=$VENV/bin:$PATH
  unset CONDA_PREFIX PYTHONHOME
  export PYO3_PYTHON=$VENV/bin/python PYO3_BUILD_EXTENSION_MODULE=1
  PYO3_ENVIRONMENT_SIGNATURE=$("$VENV/bin/python" -c '
import struct, sys
bits = struct.calcsize("P") * 8
print(f"{sys.implementation.name}-{sys.version_info[0]}.{sys.version_info[1]}-{bits}bit")')
  export PYO3_ENVIRONMENT_SIGNATURE
}
