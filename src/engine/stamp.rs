//! What the engine writes by itself: instants of writing and deleting, and the count of writes. The schema says which
//! columns and when ([`Table::fills`](crate::schema::Table::fills)); here they get their values.

use chrono::Utc;

use super::Record;
use crate::query::{Assignment, Expr};
use crate::schema::{Fill, Occasion, TableRef};
use crate::types::{Kind, Value};

/// The number of a row's first version.
const FIRST_VERSION: i64 = 1;

/// The present instant, as columns keep it. Rows that are written together share one.
pub fn now() -> Value {
    Value::DateTime(Utc::now().timestamp_micros())
}

/// Adds to a new row what the engine writes by itself, but for what the row says already; gives what was added.
///
/// # Examples
///
/// ```
/// use chakra::engine::{now, stamp_insert};
/// use chakra::schema::{Column, Role, Table, TableRef};
/// use chakra::types::{SqlType, Value};
/// let notes = TableRef::new(Table::new("Note", "notes", vec![
///     Column::new("id", SqlType::Integer).primary_key(),
///     Column::new("version", SqlType::Integer).with_role(Role::Version),
/// ])?);
/// let mut record = vec![(0, Value::Integer(7))];
/// assert_eq!(stamp_insert(&notes, &mut record, &now()), [(1, Value::Integer(1))]);
/// assert_eq!(record.len(), 2);
/// # Ok::<(), chakra::Error>(())
/// ```
pub fn stamp_insert(table: &TableRef, record: &mut Record, now: &Value) -> Record {
    let mut added = Record::new();
    for (position, fill) in table.fills(Occasion::Insert) {
        if record.iter().any(|(given, _)| *given == position) {
            continue;
        }
        let value = match fill {
            Fill::Now => now.clone(),
            Fill::First => Value::Integer(FIRST_VERSION),
            Fill::Null | Fill::Next => continue, // what a new row has none of
        };
        added.push((position, value));
    }
    record.extend(added.iter().cloned());
    added
}

/// Adds to a change what the engine writes by itself, but for what the change says already; gives what was added and
/// is known before the row is.
pub(super) fn stamp_change(
    table: &TableRef,
    occasion: Occasion,
    assignments: &mut Vec<Assignment>,
    now: &Value,
) -> Record {
    let mut added = Record::new();
    for (column, fill) in table.fills(occasion) {
        if assignments.iter().any(|assignment| assignment.column == column) {
            continue;
        }
        let value = match fill {
            Fill::Now => now.clone(),
            Fill::Null => Value::Null(Kind::DateTime),
            Fill::First => Value::Integer(FIRST_VERSION),
            Fill::Next => {
                let value = Expr::Next(Box::new(Expr::column(table, column)));
                assignments.push(Assignment { column, value });
                continue;
            }
        };
        assignments.push(Assignment { column, value: Expr::value(value.clone()) });
        added.push((column, value));
    }
    added
}
