//! Which tables come before which, and which rows of one circle of tables.

use std::collections::{HashMap, HashSet};

use crate::schema::{ForeignKey, TableRef};

/// The rank of each table of a unit: rows of a lower rank are written first. Tables that refer to each other in a circle,
/// and a table that refers to itself, share a rank with themselves only.
#[derive(Debug)]
pub(super) struct Ranks {
    ranks: HashMap<TableRef, usize>,
}

impl Ranks {
    /// Ranks tables by the foreign keys among them.
    pub(super) fn of(tables: &[TableRef]) -> Self {
        let reach = reachable(tables);
        // Whoever reaches more, itself counted, is written later; those in one circle reach the same.
        let mut circles: Vec<(usize, usize)> = Vec::with_capacity(tables.len());
        for (at, reached) in reach.iter().enumerate() {
            let first =
                (0..tables.len()).find(|other| *other == at || reached.contains(other) && reach[*other].contains(&at));
            circles.push((reached.len() + usize::from(!reached.contains(&at)), first.unwrap_or(at)));
        }
        let mut order: Vec<(usize, usize)> = circles.clone();
        order.sort_unstable();
        order.dedup();
        let rank = |at: usize| order.binary_search(&circles[at]).unwrap_or_default();
        Self { ranks: tables.iter().enumerate().map(|(at, table)| (table.clone(), rank(at))).collect() }
    }

    pub(super) fn of_table(&self, table: &TableRef) -> usize {
        self.ranks.get(table).copied().unwrap_or_default()
    }
}

/// The tables that each table refers to, along however many others.
fn reachable(tables: &[TableRef]) -> Vec<HashSet<usize>> {
    let mut reach: Vec<HashSet<usize>> = tables
        .iter()
        .map(|table| table.foreign_keys.iter().filter_map(|key| target(tables, table, key)).collect())
        .collect();
    loop {
        let mut grown = false;
        for at in 0..tables.len() {
            let further: Vec<usize> = reach[at].iter().flat_map(|next| reach[*next].iter().copied()).collect();
            for next in further {
                grown |= reach[at].insert(next);
            }
        }
        if !grown {
            return reach;
        }
    }
}

/// The table of a set that a foreign key of another refers to.
pub(super) fn target(tables: &[TableRef], table: &TableRef, key: &ForeignKey) -> Option<usize> {
    let schema = key.target_schema.as_ref().or(table.schema.as_ref());
    tables.iter().position(|other| other.schema.as_ref() == schema && other.name == key.target_table)
}

/// Who waits for whom, among things counted from 0.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// For each, those it waits for.
    waits_for: Vec<HashSet<usize>>,
    /// For each, those who wait for it.
    awaited_by: Vec<Vec<usize>>,
    done: Vec<bool>,
    ready: Vec<usize>,
}

impl Waiting {
    /// So many, each of which waits for those that `waits_for` names.
    pub(super) fn new(waits_for: Vec<HashSet<usize>>) -> Self {
        let number = waits_for.len();
        let mut awaited_by = vec![Vec::new(); number];
        for (who, others) in waits_for.iter().enumerate() {
            for other in others {
                awaited_by[*other].push(who);
            }
        }
        let ready = (0..number).filter(|who| waits_for[*who].is_empty()).collect();
        Self { waits_for, awaited_by, done: vec![false; number], ready }
    }

    /// Those who wait for nobody now, in order; they count as done. Empty at the end, and where all that are left wait
    /// for each other.
    pub(super) fn next(&mut self) -> Vec<usize> {
        let mut wave = std::mem::take(&mut self.ready);
        wave.sort_unstable();
        for who in &wave {
            self.done[*who] = true;
            for waiting in std::mem::take(&mut self.awaited_by[*who]) {
                self.waits_for[waiting].remove(who);
                if self.waits_for[waiting].is_empty() && !self.done[waiting] {
                    self.ready.push(waiting);
                }
            }
        }
        wave
    }

    /// Those who are not done, in order.
    pub(super) fn left(&self) -> impl Iterator<Item = usize> {
        (0..self.done.len()).filter(|who| !self.done[*who])
    }

    /// Those whom somebody waits for.
    pub(super) fn waits_for(&self, who: usize) -> &HashSet<usize> {
        &self.waits_for[who]
    }

    /// Lets somebody wait no longer for some.
    pub(super) fn release(&mut self, who: usize, others: &HashSet<usize>) {
        self.waits_for[who].retain(|other| !others.contains(other));
        for other in others {
            self.awaited_by[*other].retain(|waiting| *waiting != who);
        }
        if self.waits_for[who].is_empty() && !self.done[who] {
            self.ready.push(who);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Table};
    use crate::types::SqlType;

    fn table(name: &str, targets: &[&str]) -> TableRef {
        let mut columns = vec![Column::new("id", SqlType::Integer).primary_key()];
        columns.extend(targets.iter().map(|target| Column::new(format!("{target}_id"), SqlType::Integer)));
        let mut table = Table::new(name, name, columns).unwrap();
        for (at, target) in targets.iter().enumerate() {
            table.foreign_keys.push(ForeignKey::new(format!("fk_{target}"), vec![at + 1], *target, vec!["id".into()]));
        }
        TableRef::new(table)
    }

    #[test]
    fn referenced_tables_have_lower_ranks_and_circles_one() {
        let tables = [
            table("comments", &["posts", "comments", "people"]),
            table("posts", &["people"]),
            table("people", &["teams"]),
            table("teams", &["people"]),
            table("alone", &[]),
            table("elsewhere", &["a table that is not there"]),
        ];
        let ranks = Ranks::of(&tables);
        let rank = |at: usize| ranks.of_table(&tables[at]);
        assert!(rank(0) > rank(1) && rank(1) > rank(2));
        assert_eq!(rank(2), rank(3));
        assert_ne!(rank(4), rank(2));
        assert_ne!(rank(4), rank(5));
    }

    #[test]
    fn waves_follow_who_waits() {
        let nobody = HashSet::new;
        let mut waiting = Waiting::new(vec![[1, 2].into(), [2].into(), nobody(), [4].into(), [3].into()]);
        assert_eq!((waiting.next(), waiting.next(), waiting.next()), (vec![2], vec![1], vec![0]));
        assert!(waiting.next().is_empty());
        assert_eq!(waiting.left().collect::<Vec<_>>(), [3, 4]);
        waiting.release(4, &HashSet::from([3]));
        assert_eq!((waiting.next(), waiting.next(), waiting.next()), (vec![4], vec![3], vec![]));
    }
}
