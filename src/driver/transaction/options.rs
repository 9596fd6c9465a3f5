//! How a transaction begins.

use std::fmt;

/// What a transaction may see of others that run beside it.
///
/// Each database gives at least what is asked for. SQLite has one writer at a time, so that every transaction there is
/// [`Serializable`](Self::Serializable).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IsolationLevel {
    /// What others have not committed yet may be seen.
    ReadUncommitted,
    /// Each statement sees what was committed before it began.
    ReadCommitted,
    /// Every statement sees what was committed before the first one.
    RepeatableRead,
    /// As if all transactions had run one after another; one that cannot be fitted in fails with
    /// [`ErrorKind::TransactionConflict`](crate::ErrorKind::TransactionConflict).
    Serializable,
}

impl IsolationLevel {
    /// Every level, the weakest first.
    pub const ALL: [Self; 4] = [Self::ReadUncommitted, Self::ReadCommitted, Self::RepeatableRead, Self::Serializable];
}

/// The name in SQL: `READ COMMITTED`.
impl fmt::Display for IsolationLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadUncommitted => "READ UNCOMMITTED",
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        })
    }
}

/// How a transaction begins; by default as the database does it.
///
/// # Examples
///
/// ```
/// use chakra::driver::{IsolationLevel, TransactionOptions};
/// let options = TransactionOptions { isolation_level: Some(IsolationLevel::Serializable), ..Default::default() };
/// assert!(!options.read_only);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransactionOptions {
    /// What it may see of others; None: what the database does by default.
    pub isolation_level: Option<IsolationLevel>,
    /// Whether a statement in it that writes is refused.
    pub read_only: bool,
}

impl TransactionOptions {
    /// Whether nothing is asked for beyond the default.
    pub fn is_default(self) -> bool {
        self == Self::default()
    }
}
