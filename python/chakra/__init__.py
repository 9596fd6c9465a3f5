"""An object-relational mapper with one engine for Python and Rust."""
