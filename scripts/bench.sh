#!/usr/bin/env bash
# bench.sh [ARGUMENT...]: release build in an environment of its own, then `python -m benches`.
# The wheel is installed, not the source tree, so that the dev build of the tests stays as it is.
source "$(dirname "$0")/env.sh"

scripts/venv.sh .venv-bench bench
use_venv .venv-bench
step "build the wheel in the release profile"
wheels=${CARGO_TARGET_DIR:-target}/bench-wheel
rm -rf "$wheels"
maturin build --release --interpreter "$PYO3_PYTHON" --out "$wheels"
python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheels"/*.whl
step "databases and benchmarks"
python scripts/databases.py python -m benches "$@"
