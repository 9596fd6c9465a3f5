//! Fields that are declared of another type than their columns are. Reading converts where nothing is lost; a server
//! that compares a text with a number refuses the statement, and says neither which column nor which field it means.

use super::context::Attempt;
use crate::dialect::has_kind;
use crate::driver::{Executor, catalog};
use crate::error::{DatabaseError, DatabaseErrorKind, Error};
use crate::query::AskCatalog;
use crate::schema::TableRef;

/// Codes of operators and functions that are not there for types, and of types that do not fit.
const MISMATCHES: [&str; 3] = ["42883", "42804", "42846"];

/// The error of reading from a table, with what was attempted.
pub(super) async fn explain(executor: &dyn Executor, table: &TableRef, error: Error) -> Error {
    match Attempt::Select.explain(table, error) {
        Error::Database(mut reported) => {
            tell(executor, table, &mut reported).await;
            Error::Database(reported)
        }
        error => error,
    }
}

/// Adds the columns that are of a type that the message tells, and of another than their fields.
pub(super) async fn tell(executor: &dyn Executor, table: &TableRef, reported: &mut DatabaseError) {
    let is_mismatch = reported.sqlstate.as_deref().is_some_and(|state| MISMATCHES.contains(&state));
    if reported.kind != DatabaseErrorKind::Programming || !is_mismatch {
        return;
    }
    // The first error counts: that the catalog does not answer now, as in a transaction that failed, is none.
    let Ok(rows) = catalog::ask(executor, AskCatalog::column_types(table)).await else { return };
    let mut found = Vec::new();
    for row in rows {
        let Ok([Some(name), Some(stored)]) = <[Option<String>; 2]>::try_from(row) else { continue };
        let Some(column) = table.columns.iter().find(|column| column.name == name) else { continue };
        let told = stored.split_once('(').map_or(stored.as_str(), |(told, _)| told);
        if reported.message.contains(told) && !has_kind(executor.dialect(), &stored, column.sql_type.kind()) {
            found.push(format!(
                "{}.{} is declared {}, and the column {}.{name} is {stored}",
                table.model,
                column.attribute,
                column.sql_type.name(),
                table.name
            ));
            reported.columns.push(name);
        }
    }
    if !found.is_empty() {
        let told = format!("; {}; declare the field with the column's own type", found.join(", "));
        reported.message.push_str(&told);
        reported.table = Some(table.name.clone());
    }
}
