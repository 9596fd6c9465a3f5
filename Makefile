# The commands of the project. Each one sets up what it needs; CONTRIBUTING.md says more.
.DEFAULT_GOAL := help
.PHONY: help demo test test-rust test-python soak lint format bench docs develop clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: ## build, then run the examples in both languages on SQLite
	@scripts/demo.sh

test: ## run the Rust and the Python tests on every database that answers
	@scripts/test.sh all

test-rust: ## run the Rust tests only (ARGS="..." goes to the runner)
	@scripts/test.sh rust $(ARGS)

test-python: ## run the Python tests only (ARGS="..." goes to pytest)
	@scripts/test.sh python $(ARGS)

soak: ## a million statements on each database: neither memory nor open files grow
	@CHAKRA_TEST_SOAK=$${CHAKRA_TEST_SOAK:-1000000} scripts/test.sh python tests_py/test_soak.py $(ARGS)

lint: ## formatting, clippy, rustdoc, types, stubs, spelling
	@scripts/lint.sh

format: ## format the Rust and the Python code in place
	@scripts/format.sh

bench: ## release build, then compare with raw drivers and other mappers (ARGS="...")
	@scripts/bench.sh $(ARGS)

docs: ## build the documentation of the Rust crates
	@scripts/docs.sh

develop: ## set up .venv with every tool and the extension built in place
	@scripts/develop.sh dev

clean: ## remove the virtual environments and all build output
	rm -rf .venv .venv-bench target
