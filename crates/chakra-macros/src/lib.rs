//! Derive macros of the chakra object-relational mapper.
