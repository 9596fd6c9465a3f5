//! The Python extension module of chakra: a list of exports, nothing else.

#![allow(clippy::needless_pass_by_value, reason = "functions called by Python take what the call hands over")]
#![allow(clippy::unused_self, reason = "protocol methods of Python have a self")]
#![allow(clippy::elidable_lifetime_names, clippy::needless_lifetimes, reason = "'py says which interpreter is meant")]

mod async_iterator;
mod awaitable;
#[cfg(feature = "bridge-test")]
mod bridge_test;
mod condition;
mod config;
mod connection;
mod convert;
mod engine;
mod error;
mod garbage;
mod held;
mod hydrate;
mod instance;
mod listening;
mod mailbox;
mod operation;
mod place;
mod query;
mod raw;
mod relationship;
mod runtime;
mod schema;
mod session;
mod transaction;
mod weak;

use pyo3::pymodule;

/// The engine behind the package `chakra`.
#[pymodule(gil_used = true)]
mod _chakra {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::awaitable::Awaitable;
    #[pymodule_export]
    use crate::condition::{Column, Distance, Document, OrderTerm, Q, related_condition};
    #[pymodule_export]
    use crate::config::{PyConfig, configure};
    #[pymodule_export]
    use crate::connection::{PyConnection, acquire};
    #[pymodule_export]
    use crate::convert::JsonNull;
    #[pymodule_export]
    use crate::engine::{
        PyDialect, PyMetrics, PyPool, close_pool, close_pool_sync, connect, connect_sync, create_all, create_all_sync,
        create_pool, create_pool_sync, drop_all, drop_all_sync, get_pool,
    };
    #[pymodule_export]
    use crate::instance::ModelBase;
    #[pymodule_export]
    use crate::listening::{Profile, ProfiledQuery, log_settings, set_log_settings};
    #[pymodule_export]
    use crate::query::{Aggregate, QuerySet};
    #[pymodule_export]
    use crate::raw::{RawQuery, raw};
    #[pymodule_export]
    use crate::relationship::{change_related, empty_related, load_related, loads_of_siblings, related_query};
    #[pymodule_export]
    use crate::schema::{
        ModelInfo, declared_models, rule_faults, table_name, type_name, verbose_name, verbose_name_plural,
    };

    #[pymodule_export]
    use crate::session::Session;
    #[pymodule_export]
    use crate::transaction::{Scope, begin};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        // Set, not added: it is no part of the public names.
        #[cfg(feature = "bridge-test")]
        module.setattr("_bridge_test", pyo3::wrap_pymodule!(crate::bridge_test::bridge_test)(module.py()))?;
        crate::garbage::end_pauses_after_forks(module.py())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("current_scope", crate::transaction::current_scope(module.py())?)?;
        module.add("current_profile", crate::listening::current_profile(module.py())?)?;
        module.add("JSONNull", crate::convert::json_null(module.py())?)
    }
}
