//! The order in which rows of one table that refer to each other can be written one by one.

use std::collections::HashMap;
use std::fmt::Write;

use crate::schema::{ForeignKey, Table};
use crate::types::Value;

/// The order in which each row stands behind those that it refers to, as positions among the rows given; None where the
/// order given is one, as it usually is. Most databases check a foreign key row by row. Rows that refer to each other
/// in a circle have no such order, and stay as they are.
pub fn parents_first(table: &Table, columns: &[usize], values: &[Value]) -> Option<Vec<usize>> {
    let keys: Vec<SelfReference> =
        table.foreign_keys.iter().filter_map(|key| SelfReference::of(table, key, columns)).collect();
    if keys.is_empty() {
        return None;
    }
    let rows: Vec<&[Value]> = values.chunks(columns.len()).collect();
    let mut parents: Vec<Vec<usize>> = vec![Vec::new(); rows.len()];
    for key in &keys {
        key.find(&rows, &mut parents);
    }
    let is_late = |row: usize| parents[row].iter().any(|parent| *parent > row);
    (0..rows.len()).any(is_late).then(|| ordered(&parents))
}

/// A foreign key of a table to itself, of whose columns on both sides the rows have values.
struct SelfReference {
    /// Places among the values of a row.
    own: Vec<usize>,
    target: Vec<usize>,
}

impl SelfReference {
    fn of(table: &Table, key: &ForeignKey, columns: &[usize]) -> Option<Self> {
        let is_own = key.target_table == table.name
            && key.target_schema.as_ref().or(table.schema.as_ref()) == table.schema.as_ref();
        let place = |position: usize| columns.iter().position(|column| *column == position);
        let named = |name: &String| table.columns.iter().position(|column| column.name == *name).and_then(place);
        Some(Self {
            own: key.columns.iter().map(|position| place(*position)).collect::<Option<_>>().filter(|_| is_own)?,
            target: key.target_columns.iter().map(named).collect::<Option<_>>()?,
        })
    }

    /// Notes for each row the other row that it refers to, if that is among them.
    fn find(&self, rows: &[&[Value]], parents: &mut [Vec<usize>]) {
        let references: Vec<Option<String>> = rows.iter().map(|row| key_of(row, &self.own)).collect();
        if references.iter().all(Option::is_none) {
            return;
        }
        let targets: HashMap<String, usize> =
            rows.iter().enumerate().filter_map(|(at, row)| Some((key_of(row, &self.target)?, at))).collect();
        for (row, reference) in references.iter().enumerate() {
            let parent = reference.as_ref().and_then(|reference| targets.get(reference));
            parents[row].extend(parent.filter(|parent| **parent != row));
        }
    }
}

/// Some values of a row as one text; None where one is NULL.
fn key_of(row: &[Value], places: &[usize]) -> Option<String> {
    let mut key = String::new();
    for place in places {
        match &row[*place] {
            Value::Null(_) => return None,
            Value::Integer(number) => write!(key, "{number},").ok()?,
            other => write!(key, "{other:?},").ok()?,
        }
    }
    Some(key)
}

/// Every row behind its parents, else as given. A row that is under way already closes a circle, and is not waited for.
fn ordered(parents: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(parents.len());
    let mut is_seen = vec![false; parents.len()];
    for row in 0..parents.len() {
        let mut waiting = vec![(row, 0)];
        while let Some((at, next)) = waiting.pop() {
            if next == 0 && std::mem::replace(&mut is_seen[at], true) {
                continue;
            }
            match parents[at].get(next) {
                Some(parent) => waiting.extend([(at, next + 1), (*parent, 0)]),
                None => order.push(at),
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_first_and_the_rest_stays() {
        assert_eq!(ordered(&[vec![2], vec![], vec![3], vec![]]), [3, 2, 0, 1]);
        assert_eq!(ordered(&[vec![1], vec![2], vec![0]]), [2, 1, 0], "a circle ends somewhere");
        assert_eq!(ordered(&[vec![1, 2], vec![2], vec![]]), [2, 1, 0]);
        let chain: Vec<Vec<usize>> = (1..100_000).map(|next| vec![next]).chain([vec![]]).collect();
        assert!(ordered(&chain).into_iter().eq((0..100_000).rev()), "however long the chain");
    }
}
