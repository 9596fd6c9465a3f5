//! The foreign keys that a statement can have violated.

use super::Written;
use super::stored::StoredForeignKey;
use crate::engine::context::Attempt;
use crate::schema::Table;

/// A foreign key that may have been violated.
#[derive(Debug)]
pub(super) struct Suspect<'a> {
    pub(super) key: &'a StoredForeignKey,
    pub(super) side: Side<'a>,
}

/// What of the statement a foreign key concerns.
#[derive(Debug)]
pub(super) enum Side<'a> {
    /// The rows written refer by it.
    Own,
    /// The rows written are referred to by it, or those that go with them: by these foreign keys, in this order.
    Referring(Vec<&'a StoredForeignKey>),
}

/// The foreign keys that a statement can have violated: of the database all those that concern it.
pub(super) fn find<'a>(
    stored: &'a [StoredForeignKey],
    attempt: Attempt,
    table: &Table,
    written: &Written,
) -> Vec<Suspect<'a>> {
    let mut found: Vec<Suspect<'a>> = Vec::new();
    if !matches!(attempt, Attempt::Delete) {
        let concerned = |key: &&StoredForeignKey| {
            is_same(&key.table, &table.name)
                && (matches!(attempt, Attempt::Insert) || touches(table, written, &key.columns))
        };
        found.extend(stored.iter().filter(concerned).map(|key| Suspect { key, side: Side::Own }));
    }
    if !matches!(attempt, Attempt::Insert) {
        add_referring(&mut found, stored, matches!(attempt, Attempt::Delete), table, written);
    }
    found
}

fn add_referring<'a>(
    found: &mut Vec<Suspect<'a>>,
    stored: &'a [StoredForeignKey],
    deletes: bool,
    table: &Table,
    written: &Written,
) {
    let mut reached: Vec<(&str, Vec<&StoredForeignKey>)> = vec![(&table.name, Vec::new())];
    let mut next = 0;
    while let Some((parent, way)) = reached.get(next).cloned() {
        for key in stored.iter().filter(|key| is_same(&key.target, parent)) {
            // Only a change of the columns referred to concerns those who refer; which those are may be left open.
            let concerned =
                deletes || next > 0 || key.target_columns.is_empty() || touches(table, written, &key.target_columns);
            if !concerned {
                continue;
            }
            let action = if deletes { &key.on_delete } else { &key.on_update };
            match action.as_str() {
                "SET NULL" => {}
                "CASCADE" if reached.iter().any(|(known, _)| is_same(known, &key.table)) => {}
                "CASCADE" => reached.push((&key.table, way.iter().copied().chain([key]).collect())),
                _ if found.iter().any(|suspect| suspect.key == key && !matches!(suspect.side, Side::Own)) => {}
                _ => found.push(Suspect { key, side: Side::Referring(way.clone()) }),
            }
        }
        next += 1;
    }
}

/// Whether a statement wrote one of these columns.
fn touches(table: &Table, written: &Written, columns: &[String]) -> bool {
    let names = table.names(&written.columns);
    columns.iter().any(|column| names.iter().any(|name| name.eq_ignore_ascii_case(column)))
}

/// SQLite's names differ by more than the case of ASCII letters.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
