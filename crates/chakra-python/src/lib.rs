//! The Python extension module of chakra.

mod async_iterator;
mod awaitable;
#[cfg(feature = "bridge-test")]
mod bridge_test;
mod mailbox;
mod runtime;

/// The extension module.
#[pyo3::pymodule(gil_used = false)]
mod _chakra {
    #[cfg(feature = "bridge-test")]
    #[pymodule_export]
    use crate::bridge_test::bridge_test;
}
