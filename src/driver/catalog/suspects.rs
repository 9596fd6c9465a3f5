//! The foreign keys that a statement can have violated.

use super::stored::StoredForeignKey;
use crate::dialect::Writing;

/// A foreign key that may have been violated.
#[derive(Debug)]
pub(crate) struct Suspect<'a> {
    pub(crate) key: &'a StoredForeignKey,
    pub(crate) side: Side<'a>,
}

/// What of the statement a foreign key concerns.
#[derive(Debug)]
pub(crate) enum Side<'a> {
    /// The rows written refer by it.
    Own,
    /// The rows written are referred to by it, or those that go with them: by these foreign keys, in this order.
    Referring(Vec<&'a StoredForeignKey>),
}

/// A statement, as far as foreign keys are concerned.
pub(crate) struct Statement<'a> {
    pub(crate) how: Writing,
    /// The table that it writes.
    pub(crate) table: &'a str,
    /// The columns that it writes; None where they are not known.
    pub(crate) columns: Option<Vec<&'a str>>,
}

impl Statement<'_> {
    /// Whether it may have written one of these columns.
    fn touches(&self, columns: &[String]) -> bool {
        self.columns.as_ref().is_none_or(|written| {
            columns.iter().any(|column| written.iter().any(|name| name.eq_ignore_ascii_case(column)))
        })
    }
}

/// The foreign keys that a statement can have violated: of the database all those that concern it.
pub(crate) fn find<'a>(stored: &'a [StoredForeignKey], statement: &Statement<'_>) -> Vec<Suspect<'a>> {
    let mut found: Vec<Suspect<'a>> = Vec::new();
    if statement.how != Writing::Delete {
        let concerned = |key: &&StoredForeignKey| {
            is_same(&key.table, statement.table)
                && (statement.how == Writing::Insert || statement.touches(&key.columns))
        };
        found.extend(stored.iter().filter(concerned).map(|key| Suspect { key, side: Side::Own }));
    }
    if statement.how != Writing::Insert {
        add_referring(&mut found, stored, statement);
    }
    found
}

fn add_referring<'a>(found: &mut Vec<Suspect<'a>>, stored: &'a [StoredForeignKey], statement: &Statement<'_>) {
    let deletes = statement.how == Writing::Delete;
    let mut reached: Vec<(&str, Vec<&StoredForeignKey>)> = vec![(statement.table, Vec::new())];
    let mut next = 0;
    while let Some((parent, way)) = reached.get(next).cloned() {
        for key in stored.iter().filter(|key| is_same(&key.target, parent)) {
            // Only a change of the columns referred to concerns those who refer; which those are may be left open.
            let concerned =
                deletes || next > 0 || key.target_columns.is_empty() || statement.touches(&key.target_columns);
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

/// SQLite's names differ by more than the case of ASCII letters.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
