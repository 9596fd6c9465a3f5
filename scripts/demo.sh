#!/usr/bin/env bash
# demo.sh: the same work from Python and from Rust. The dev profile, because building it ends
# soonest and the demonstration itself takes well under a second in either.
source "$(dirname "$0")/env.sh"

scripts/develop.sh build
use_venv .venv
step "build the Rust demo"
cargo build --quiet --example demo --features sqlite
step "examples/demo.py"
python examples/demo.py
step "examples/demo.rs"
cargo run --quiet --example demo --features sqlite
