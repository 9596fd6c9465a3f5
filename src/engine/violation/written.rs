//! What a statement wrote, kept where it may be needed to tell foreign keys apart.

use crate::driver::Executor;
use crate::query::{Assignment, Expr, Param};
use crate::schema::Table;
use crate::types::{Kind, Value};

/// What a statement wrote.
#[derive(Debug, Default)]
pub(in crate::engine) struct Written {
    /// The columns that were given, by position.
    pub(super) columns: Vec<usize>,
    /// Of some of them the values, row after row; of an update the one value.
    values: Vec<(usize, Vec<Value>)>,
    /// The rows that were to be changed or removed; None: all.
    pub(super) filter: Option<Expr>,
}

impl Written {
    /// Rows that are about to be added.
    pub(in crate::engine) fn inserted(
        executor: &dyn Executor,
        table: &Table,
        columns: &[usize],
        values: &[Value],
    ) -> Self {
        let mut written = Self { columns: columns.to_vec(), ..Self::default() };
        if executor.capabilities().names_foreign_keys {
            return written;
        }
        let alone = values.len() == columns.len();
        let is_kept = |column: usize| match table.foreign_keys.len() {
            0 | 1 => may_be_compared(table, column, alone),
            _ => is_compared(table, column) || may_be_compared(table, column, false),
        };
        for (place, column) in columns.iter().enumerate().filter(|(_, column)| is_kept(**column)) {
            written.values.push((*column, values.iter().skip(place).step_by(columns.len()).cloned().collect()));
        }
        written
    }

    /// Rows that are about to be changed.
    pub(in crate::engine) fn updated(
        executor: &dyn Executor,
        assignments: &[Assignment],
        filter: Option<&Expr>,
    ) -> Self {
        let mut written = Self::deleted(executor, filter);
        written.columns.extend(assignments.iter().map(|assignment| assignment.column));
        if executor.capabilities().names_foreign_keys {
            return written;
        }
        for assignment in assignments {
            match &assignment.value {
                Expr::Value(Param(value)) => written.values.push((assignment.column, vec![value.clone()])),
                Expr::ByKey(node) => {
                    let values = node.rows.iter().map(|row| row.value.0.clone()).collect();
                    written.values.push((assignment.column, values));
                }
                _ => {}
            }
        }
        written
    }

    /// Rows that are about to be removed.
    pub(in crate::engine) fn deleted(executor: &dyn Executor, filter: Option<&Expr>) -> Self {
        let filter = filter.filter(|_| !executor.capabilities().names_foreign_keys).cloned();
        Self { filter, ..Self::default() }
    }

    /// The values of a column, row after row, where they are known.
    pub(super) fn values_of(&self, column: usize) -> Option<&[Value]> {
        self.values.iter().find(|(of, _)| *of == column).map(|(_, values)| values.as_slice())
    }
}

/// Whether the column is one that foreign keys are made of. The table may have more of them than the model declares, and
/// what it has is asked only on the way of an error, when the values are gone: so those are kept that cost next to
/// nothing to keep, and of a row alone texts as well.
fn may_be_compared(table: &Table, column: usize, alone: bool) -> bool {
    match table.columns[column].sql_type.kind() {
        Kind::Integer | Kind::Uuid => true,
        Kind::Text | Kind::Untyped | Kind::Decimal => alone,
        _ => false,
    }
}

/// Whether a foreign key of the table refers by this column, or to it.
fn is_compared(table: &Table, column: usize) -> bool {
    let name = &table.columns[column].name;
    table.foreign_keys.iter().any(|key| {
        key.columns.contains(&column) || (key.target_table == table.name && key.target_columns.contains(name))
    })
}
