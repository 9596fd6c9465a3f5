//! The Python extension module of chakra.
