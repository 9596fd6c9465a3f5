//! What is wrong with a query, kept until the query runs, so that chains need no `?` at each step.

use crate::error::{Error, ValidationError};
use crate::schema::ModelFault;

/// What is wrong with a query that is not run yet. Unlike [`Error`] it can be cloned with the query.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// A value that no column could hold.
    Validation(Box<ValidationError>),
    /// A chain that means nothing.
    Query(String),
    /// A relationship that means nothing.
    Definition(Box<ModelFault>),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Validation(error) => Self::Validation(error),
            Fault::Query(message) => Self::query(message),
            Fault::Definition(fault) => (*fault).into(),
        }
    }
}
