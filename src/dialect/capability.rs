//! What each database can do; planner and tests read the same table.

use super::Dialect;

/// What a database can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // they are independent facts
pub struct Capabilities {
    /// `INSERT … RETURNING`.
    pub returning: bool,
    /// A JSON type with operators.
    pub json: bool,
    /// Array columns and array parameters.
    pub arrays: bool,
    /// DDL takes part in transactions.
    pub transactional_ddl: bool,
    /// Floats that are not a number (NaN).
    pub nan: bool,
    /// Database schemas.
    pub schemas: bool,
    /// The most parameters that one statement takes.
    pub max_params: usize,
}

impl Dialect {
    /// What this database can do.
    pub fn capabilities(self) -> Capabilities {
        match self {
            Self::Sqlite => Capabilities {
                returning: true,
                json: true,
                arrays: false,
                transactional_ddl: true,
                nan: false,
                schemas: false,
                max_params: 32_766,
            },
            Self::Postgres => Capabilities {
                returning: true,
                json: true,
                arrays: true,
                transactional_ddl: true,
                nan: true,
                schemas: true,
                max_params: 65_535,
            },
            Self::MySql => Capabilities {
                returning: false,
                json: true,
                arrays: false,
                transactional_ddl: false,
                nan: false,
                schemas: true,
                max_params: 65_535,
            },
        }
    }
}
