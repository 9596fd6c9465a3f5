#!/usr/bin/env bash
# test.sh [all|rust|python] [ARGUMENT...]: runs the tests on every database that answers.
# The arguments go to the test runner of the language.
source "$(dirname "$0")/env.sh"

part=${1:-all}
shift || true

if [[ -z ${CHAKRA_TEST_DATABASES:-} ]]; then
  scripts/develop.sh test
  step "databases"
  CHAKRA_TEST_DATABASES=found exec .venv/bin/python scripts/databases.py "$0" "$part" "$@"
fi
use_venv .venv

rust() {
  step "Rust tests"
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run "${TESTED[@]}" --features "$FEATURES" "$@"
    # nextest leaves out the examples in the documentation.
    if [[ $# -eq 0 ]]; then cargo test --doc "${TESTED[@]}" --features "$FEATURES"; fi
  else
    cargo test "${TESTED[@]}" --features "$FEATURES" "$@"
  fi
}

python_tests() {
  step "Python tests"
  # As many processes as there are cores, each with databases of its own.
  python -m pytest --numprocesses auto "$@"
}

case $part in
  all)
    rust
    python_tests
    ;;
  rust) rust "$@" ;;
  python) python_tests "$@" ;;
  *) die "unknown part $part: all, rust or python" ;;
esac
