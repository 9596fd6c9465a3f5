//! What is known of the server, once a connection to it has been made.

use sqlx::mysql::{MySqlRow, MySqlTypeInfo};
use sqlx::{Column, Decode, MySql, Row};

use crate::error::{DatabaseError, DatabaseErrorKind, Result};

/// Asks for all that [`Greeting`] tells. The last three columns are there for their types.
pub(super) const QUESTION: &str = "SELECT CONCAT_WS(' ', CONNECTION_ID(), @@max_allowed_packet, \
     @@innodb_rollback_on_timeout, @@lower_case_table_names, @@max_connections, VERSION()), CAST(0 AS DECIMAL(1)), CAST('2000-01-01' AS DATETIME(6)), \
     CAST('2000-01-01' AS DATE)";

/// Sets the session up. Text compares by code point where neither side is a column; instants are UTC; values that a
/// column cannot hold are refused instead of cut; key 0 is a key; `||` joins texts.
pub(super) const SESSION: &str = "SET NAMES utf8mb4 COLLATE /*M!100600 utf8mb4_nopad_bin*/ /*!80017 utf8mb4_0900_bin*/, \
     time_zone = '+00:00', autocommit = 1, sql_auto_is_null = 0, \
     sql_mode = 'STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
     NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO,ONLY_FULL_GROUP_BY,PIPES_AS_CONCAT'";

/// Types of parameters that sqlx itself names only together with features that would bring its SQLite along.
#[derive(Debug, Clone)]
pub(super) struct ServerTypes {
    pub(super) decimal: MySqlTypeInfo,
    pub(super) datetime: MySqlTypeInfo,
    pub(super) date: MySqlTypeInfo,
}

/// The answer to [`QUESTION`].
#[derive(Debug, Clone)]
pub(super) struct Greeting {
    /// The number by which another connection can end this one's statements.
    pub(super) connection: u64,
    pub(super) facts: Facts,
}

/// What holds for every connection.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) types: ServerTypes,
    pub(super) is_mariadb: bool,
    /// The most bytes of one statement with its parameters.
    pub(super) max_packet: usize,
    /// Whether waiting too long for a lock ends the transaction, not just the statement.
    pub(super) timeout_ends_transaction: bool,
    /// Whether tables whose names differ in case alone are different tables.
    pub(super) case_sensitive_tables: bool,
    /// The most connections at once.
    pub(super) max_connections: u64,
}

/// The oldest servers on which all that is rendered works: JSON_TABLE, CHECK constraints.
const OLDEST_MARIADB: (u32, u32, u32) = (10, 6, 0);
const OLDEST_MYSQL: (u32, u32, u32) = (8, 0, 17);

impl Greeting {
    /// Reads the answer.
    ///
    /// # Errors
    ///
    /// A server that is too old, or no server of this kind.
    pub(super) fn read(row: &MySqlRow) -> Result<Self> {
        let text = row.try_get_raw(0).ok().and_then(|value| <&str as Decode<MySql>>::decode(value).ok());
        let text = text.unwrap_or_default();
        let mut words = text.splitn(6, ' ');
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
        let (connection, max_packet, timeout_ends_transaction, folded_tables, max_connections) =
            (number(), number(), number(), number(), number());
        let version = words.next().unwrap_or_default();
        let is_mariadb = version.to_ascii_lowercase().contains("mariadb");
        let (oldest, name) = if is_mariadb { (OLDEST_MARIADB, "MariaDB") } else { (OLDEST_MYSQL, "MySQL") };
        let (Some(connection), Some(max_packet), Some(max_connections)) = (connection, max_packet, max_connections)
        else {
            return Err(refused(format!("the server answered {text:?} where its version was asked for")));
        };
        if numbers(version) < oldest {
            let (major, minor, patch) = oldest;
            return Err(refused(format!(
                "the server is {name} {version}; Chakra works with {name} {major}.{minor}.{patch} and later"
            )));
        }
        let column = |position: usize| row.columns()[position].type_info().clone();
        let facts = Facts {
            types: ServerTypes { decimal: column(1), datetime: column(2), date: column(3) },
            is_mariadb,
            max_packet: usize::try_from(max_packet).unwrap_or(usize::MAX),
            timeout_ends_transaction: timeout_ends_transaction == Some(1),
            case_sensitive_tables: folded_tables == Some(0),
            max_connections,
        };
        Ok(Self { connection, facts })
    }
}

fn refused(message: String) -> crate::Error {
    DatabaseError::new(DatabaseErrorKind::Operational, message).into()
}

/// The three numbers at the start of a version.
fn numbers(version: &str) -> (u32, u32, u32) {
    let mut parts = version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(numbers("10.11.19-MariaDB-0+deb12u1"), (10, 11, 19));
        assert_eq!(numbers("8.0.36-0ubuntu0.22.04.1"), (8, 0, 36));
        assert_eq!(numbers("8.4"), (8, 4, 0));
        assert!(numbers("10.5.1-MariaDB") < OLDEST_MARIADB && numbers("11.4.2-MariaDB") > OLDEST_MARIADB);
        assert!(numbers("8.0.16") < OLDEST_MYSQL && numbers("9.1.0") > OLDEST_MYSQL);
    }
}
