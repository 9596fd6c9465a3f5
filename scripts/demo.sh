#!/usr/bin/env bash
# demo.sh: the same work from Python and from Rust: a bookshop, then a blog. The dev profile, because
# building it ends soonest and each example itself takes well under a second in either.
source "$(dirname "$0")/env.sh"

scripts/develop.sh build
use_venv .venv
step "build the Rust examples"
cargo build --quiet --example demo --example blog --features sqlite
for example in demo blog; do
  step "examples/$example.py"
  python "examples/$example.py"
  step "examples/$example.rs"
  cargo run --quiet --example "$example" --features sqlite
done
