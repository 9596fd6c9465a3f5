//! What each database can do; planner and tests read the same table.

use super::Dialect;
use crate::error::{Error, Result};

/// What a database can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // they are independent facts
pub struct Capabilities {
    /// `INSERT … RETURNING`. Of MySQL and MariaDB, which share a dialect, it depends on the server: see
    /// [`Executor::capabilities`](crate::driver::Executor::capabilities).
    pub returning: bool,
    /// `UPDATE … RETURNING`.
    pub update_returning: bool,
    /// A JSON type with operators.
    pub json: bool,
    /// Array columns and array parameters.
    pub arrays: bool,
    /// Enumerations as types of their own, made before the tables that use them.
    pub enum_types: bool,
    /// DDL takes part in transactions.
    pub transactional_ddl: bool,
    /// Floats that are not a number (NaN).
    pub nan: bool,
    /// Infinite floats.
    pub infinity: bool,
    /// The most digits before and after the point that a Decimal without a precision keeps; None: any number.
    pub unbounded_decimal: Option<(usize, usize)>,
    /// The most digits in all, and after the point, of a decimal that others are compared with; None: any number.
    pub comparable_decimal: Option<(usize, usize)>,
    /// How deep documents can be nested, where that is bounded.
    pub document_depth: Option<usize>,
    /// Decimals that are not a number, or infinite.
    pub decimal_nan: bool,
    /// Database schemas.
    pub schemas: bool,
    /// Foreign keys to tables that come later.
    pub forward_references: bool,
    /// Errors name the foreign key that was violated.
    pub names_foreign_keys: bool,
    /// Remarks are statements of their own.
    pub separate_comments: bool,
    /// Table names that differ only in case are different.
    pub case_sensitive_tables: bool,
    /// Column names that differ only in case are different.
    pub case_sensitive_columns: bool,
    /// Rows can be locked by the SELECT that reads them. Where they cannot, a transaction that may write has no other
    /// beside it.
    pub row_locks: bool,
    /// The most parameters that one statement takes.
    pub max_params: usize,
    /// The longest name of a table, a column, an index or a constraint; None: any will do.
    pub longest_identifier: Option<NameLimit>,
}

/// How long a name may be. PostgreSQL cuts a longer one without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameLimit {
    /// So many bytes of UTF-8.
    Bytes(usize),
    /// So many characters.
    Characters(usize),
}

impl NameLimit {
    /// How long a name is, how long it may be, and in which unit.
    fn measure(self, name: &str) -> (usize, usize, &'static str) {
        match self {
            Self::Bytes(most) => (name.len(), most, "bytes"),
            Self::Characters(most) => (name.chars().count(), most, "characters"),
        }
    }
}

impl Dialect {
    /// What this database can do.
    pub fn capabilities(self) -> Capabilities {
        match self {
            Self::Sqlite => Capabilities {
                returning: true,
                update_returning: true,
                json: true,
                arrays: false,
                enum_types: false,
                transactional_ddl: true,
                nan: false,
                infinity: true,
                unbounded_decimal: None,
                comparable_decimal: None,
                document_depth: None,
                decimal_nan: true,
                schemas: false,
                forward_references: true,
                names_foreign_keys: false,
                separate_comments: false,
                case_sensitive_tables: false,
                case_sensitive_columns: false,
                row_locks: false,
                max_params: 32_766,
                longest_identifier: None,
            },
            Self::Postgres => Capabilities {
                returning: true,
                update_returning: true,
                json: true,
                arrays: true,
                enum_types: true,
                transactional_ddl: true,
                nan: true,
                infinity: true,
                unbounded_decimal: Some((131_072, 16_383)),
                comparable_decimal: Some((147_455, 16_383)),
                document_depth: None,
                decimal_nan: true,
                schemas: true,
                forward_references: false,
                names_foreign_keys: true,
                separate_comments: true,
                case_sensitive_tables: true,
                case_sensitive_columns: true,
                row_locks: true,
                max_params: 65_535,
                longest_identifier: Some(NameLimit::Bytes(63)),
            },
            Self::MySql => Capabilities {
                returning: true,
                update_returning: false,
                json: true,
                arrays: false,
                enum_types: false,
                transactional_ddl: false,
                nan: false,
                infinity: false,
                unbounded_decimal: Some((35, 30)),
                comparable_decimal: Some((65, 30)),
                // MariaDB's; MySQL takes more.
                document_depth: Some(31),
                decimal_nan: false,
                schemas: true,
                forward_references: false,
                names_foreign_keys: true,
                separate_comments: false,
                case_sensitive_tables: true,
                case_sensitive_columns: false,
                row_locks: true,
                max_params: 65_535,
                // MariaDB's; MySQL takes 16.
                longest_identifier: Some(NameLimit::Characters(64)),
            },
        }
    }
    /// Refuses a name that this database does not take as it is.
    pub(crate) fn check_name(self, name: &str) -> Result<()> {
        if name.contains('\0') {
            return Err(Error::query(format!(
                "the name {name:?} holds a NUL character, which no database takes in a name"
            )));
        }
        if self == Self::MySql
            && let Some(beyond) = name.chars().find(|char| *char > '\u{FFFF}')
        {
            return Err(Error::query(format!(
                "the name {name:?} holds {beyond:?}; a name in MySQL has characters up to U+FFFF only"
            )));
        }
        let Some(limit) = self.capabilities().longest_identifier else { return Ok(()) };
        let (length, most, unit) = limit.measure(name);
        if length <= most {
            return Ok(());
        }
        Err(Error::query(format!(
            "the name {name:?} has {length} {unit}; a name in {} has at most {most}",
            self.name()
        )))
    }
}
