//! Statements to SQL text: each one for three databases, next to each other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a failing test may panic

mod render {
    mod aggregates;
    mod arrays;
    mod checks;
    #[cfg(feature = "sqlite")]
    mod checks_hold;
    mod conditions;
    #[cfg(feature = "derive")]
    mod declared;
    mod definitions;
    mod documented_types;
    mod documents;
    mod identifiers;
    mod limits;
    mod ordering;
    mod own_types;
    mod prefetch;
    mod properties;
    mod random;
    mod related;
    mod select;
    mod support;
    mod tables;
    mod text;
    #[cfg(feature = "sqlite")]
    mod two_valued;
    mod write;
}
