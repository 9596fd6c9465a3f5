#!/usr/bin/env bash
# format.sh: formats all code in place, and mends what ruff can mend by itself.
source "$(dirname "$0")/env.sh"

scripts/venv.sh .venv dev
use_venv .venv
cargo fmt --all
ruff check --fix-only --quiet .
ruff format .
