#!/usr/bin/env bash
# develop.sh GROUP: builds the extension in the dev profile and installs the package in place
# in .venv, after setting that up with requirements/GROUP.txt.
source "$(dirname "$0")/env.sh"

command -v cargo >/dev/null || die "no Rust toolchain found: cargo is not on PATH"
scripts/venv.sh .venv "$1"
use_venv .venv
step "build the extension"
# The tests of the bridge to asyncio need a module that the published wheel does not have.
maturin develop --features bridge-test
