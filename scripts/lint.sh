#!/usr/bin/env bash
# lint.sh: every check that needs no database. All of them run; the last line names those that failed.
source "$(dirname "$0")/env.sh"

scripts/develop.sh dev
use_venv .venv

failed=()
check() {
  local name=$1
  shift
  step "$name"
  "$@" || failed+=("$name")
}

needs() {
  cargo "$1" --version >/dev/null 2>&1 || die "cargo $1 is missing: rustup component add $2"
}

needs fmt rustfmt
needs clippy clippy

python_sources=()
for folder in python tests_py examples benches scripts; do
  if [[ -d $folder ]]; then python_sources+=("$folder"); fi
done
typed=(python/chakra)
if [[ -d tests_py/typing ]]; then typed+=(tests_py/typing); fi

check rustfmt cargo fmt --all --check
check clippy cargo clippy --workspace --all-targets --features "$FEATURES" -- -D warnings
check rustdoc scripts/docs.sh
if cargo deny --version >/dev/null 2>&1; then
  check cargo-deny cargo deny check
else
  step "cargo-deny: not installed, left out (cargo install cargo-deny)"
fi
check "ruff format" ruff format --check "${python_sources[@]}"
check "ruff check" ruff check "${python_sources[@]}"
check mypy mypy "${typed[@]}"
check stubtest python -m mypy.stubtest chakra._chakra \
  --mypy-config-file pyproject.toml --allowlist scripts/stubtest-allow.txt
check typos typos

if [[ ${#failed[@]} -gt 0 ]]; then
  printf '\nlint failed: %s\n' "$(IFS=,; echo "${failed[*]}")" >&2
  exit 1
fi
step "lint passed"
