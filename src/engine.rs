//! Operations on untyped records, shared by both languages.
