//! An object-relational mapper with one engine for Rust and Python.
