#!/usr/bin/env bash
# docs.sh: the documentation of the Rust crates, with private links and broken links refused.
source "$(dirname "$0")/env.sh"

if [[ -x .venv/bin/python ]]; then use_venv .venv; fi
RUSTDOCFLAGS="-D warnings ${RUSTDOCFLAGS:-}" \
  cargo doc --workspace --no-deps --features "$FEATURES"
