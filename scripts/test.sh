#!/usr/bin/env bash
# test.sh [all|rust|python|pgbouncer] [ARGUMENT...]: runs the tests on every database that answers.
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

# What behaves on every database, with PgBouncer between the tests and PostgreSQL. What is about sessions of the server, about
# servers that fail, and about what never reaches a server is left to the other parts.
POOLED=(round_trips reading writing changes lookups aggregates relationships related_keys collections transactions
  transactions_and_objects validation violations raw chinook task_trees postgres_types tables mixins)

through_pgbouncer() {
  step "through PgBouncer"
  # One test compares what is told of the columns of no rows: without a name a statement is not asked for that. The other
  # shows a fault of another pool, which connects in a way that PgBouncer refuses.
  local left_out=columns_are_read_as_the_table_says another_pool=the_sweep_notices_a_connection_that_is_harmed
  if cargo nextest --version >/dev/null 2>&1; then
    python scripts/pgbouncer.py cargo nextest run --package chakra --features "$FEATURES" --test behaviour \
      --no-fail-fast -E "test(postgres::) - test($left_out) - test($another_pool)"
  else
    python scripts/pgbouncer.py cargo test --package chakra --features "$FEATURES" --test behaviour \
      postgres:: -- --skip "$left_out" --skip "$another_pool"
  fi
  python scripts/pgbouncer.py python -m pytest --numprocesses auto -k postgres "$@" \
    $(printf 'tests_py/test_%s.py ' "${POOLED[@]}")
}

case $part in
  all)
    rust
    python_tests
    through_pgbouncer
    ;;
  pgbouncer) through_pgbouncer "$@" ;;
  rust) rust "$@" ;;
  python) python_tests "$@" ;;
  *) die "unknown part $part: all, rust, python or pgbouncer" ;;
esac
