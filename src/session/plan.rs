//! The order in which a unit's rows are written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use super::order::{Ranks, Waiting, target};
use super::unit::{GoneRow, Link, NewRow, Unit};
use crate::error::{Error, Result};
use crate::schema::{ForeignKey, TableRef};
use crate::types::Value;

/// What is written, step after step.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Deleted before anything else, in waves: their keys may be those of new rows.
    pub(super) deletes_first: Vec<Vec<usize>>,
    /// Inserted, in waves: no row of a wave needs another one of it.
    pub(super) inserts: Vec<Vec<usize>>,
    /// Columns of inserted rows that are filled in once the rows that they need are there.
    pub(super) fill_later: Vec<(usize, Link)>,
    /// Deleted at the end, in waves.
    pub(super) deletes_last: Vec<Vec<usize>>,
    /// Columns, of rows to be deleted, that are emptied before, because those rows refer to each other in a circle.
    pub(super) empty_before: Vec<(usize, usize)>,
}

impl Plan {
    /// Plans a unit.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Session`](crate::ErrorKind::Session) for rows that refer to each other in a circle of columns none of
    /// which can be NULL.
    pub(super) fn of(unit: &Unit) -> Result<Self> {
        let tables = tables_of(unit);
        let ranks = Ranks::of(&tables);
        let mut plan = Self::default();
        for rows in by_rank(&ranks, unit.inserts.iter().map(|row| &row.table)).into_values() {
            plan.order_inserts(unit, &rows, &tables)?;
        }
        let (first, last) = split_deletes(unit, &tables);
        plan.deletes_first = plan.order_deletes(unit, &first, &ranks, &tables)?;
        plan.deletes_last = plan.order_deletes(unit, &last, &ranks, &tables)?;
        Ok(plan)
    }

    /// Orders the new rows of one rank.
    fn order_inserts(&mut self, unit: &Unit, rows: &[usize], tables: &[TableRef]) -> Result<()> {
        for row in rows {
            self.postpone_own(*row, &unit.inserts[*row])?;
        }
        let place: HashMap<usize, usize> = rows.iter().enumerate().map(|(at, row)| (*row, at)).collect();
        let mut named =
            Named::of(rows.iter().map(|row| (&unit.inserts[*row].table, unit.inserts[*row].record.as_slice())));
        let needs = rows.iter().enumerate().map(|(at, row)| {
            let row = &unit.inserts[*row];
            let linked = row.links.iter().filter_map(|link| place.get(&link.row).copied());
            let told = named.referred_by(&row.table, &row.record, tables);
            linked.chain(told).filter(|other| *other != at).collect::<HashSet<usize>>()
        });
        let mut waiting = Waiting::new(needs.collect());
        loop {
            let wave = waiting.next();
            if !wave.is_empty() {
                self.inserts.push(wave.iter().map(|at| rows[*at]).collect());
                continue;
            }
            let Some(broken) = waiting.left().find_map(|at| {
                let row = &unit.inserts[rows[at]];
                breakable(row, waiting.waits_for(at), &place).map(|links| (at, links))
            }) else {
                return match waiting.left().next() {
                    None => Ok(()),
                    Some(at) => Err(circle(&unit.inserts[rows[at]].table)),
                };
            };
            let (at, links) = broken;
            let others = links.iter().filter_map(|link| place.get(&link.row).copied()).collect();
            self.fill_later.extend(links.into_iter().map(|link| (rows[at], link)));
            waiting.release(at, &others);
        }
    }

    /// A row that takes a value from itself gets it once it is there.
    fn postpone_own(&mut self, place: usize, row: &NewRow) -> Result<()> {
        for link in row.links.iter().filter(|link| link.row == place) {
            if !row.table.columns[link.column].nullable {
                return Err(circle(&row.table));
            }
            self.fill_later.push((place, *link));
        }
        Ok(())
    }

    /// Orders rows to be deleted: those that refer before those that they refer to.
    fn order_deletes(
        &mut self,
        unit: &Unit,
        chosen: &[usize],
        ranks: &Ranks,
        tables: &[TableRef],
    ) -> Result<Vec<Vec<usize>>> {
        let mut waves = Vec::new();
        let ranked = by_rank(ranks, chosen.iter().map(|row| &unit.deletes[*row].table));
        for places in ranked.into_values().rev() {
            let rows: Vec<usize> = places.into_iter().map(|place| chosen[place]).collect();
            let known: Vec<Vec<(usize, Value)>> = rows.iter().map(|row| with_key(&unit.deletes[*row])).collect();
            let mut named =
                Named::of(rows.iter().zip(&known).map(|(row, known)| (&unit.deletes[*row].table, known.as_slice())));
            let mut referring: Vec<HashSet<usize>> = vec![HashSet::new(); rows.len()];
            for (at, row) in rows.iter().enumerate() {
                for other in named.referred_by(&unit.deletes[*row].table, &known[at], tables) {
                    if other == at {
                        // InnoDB refuses to delete a row that refers to itself.
                        self.empty_references(unit, *row, &unit.deletes[*row].table, tables);
                    } else {
                        referring[other].insert(at);
                    }
                }
            }
            let mut waiting = Waiting::new(referring);
            loop {
                let wave = waiting.next();
                if !wave.is_empty() {
                    waves.push(wave.iter().map(|at| rows[*at]).collect());
                    continue;
                }
                let Some(stuck) = waiting.left().next() else { break };
                let row_of = |at: usize| &unit.deletes[rows[at]];
                let is_let_go = |at: &usize| {
                    let mut others = waiting.waits_for(*at).iter();
                    others.all(|other| can_let_go(&row_of(*other).table, &row_of(*at).table, tables))
                };
                let at = waiting.left().find(is_let_go).ok_or_else(|| circle(&row_of(stuck).table))?;
                let others = waiting.waits_for(at).clone();
                for other in &others {
                    self.empty_references(unit, rows[*other], &row_of(at).table, tables);
                }
                waiting.release(at, &others);
            }
        }
        Ok(waves)
    }

    /// Has a row's references to rows of a table emptied before it is deleted, as far as they can be.
    fn empty_references(&mut self, unit: &Unit, row: usize, to: &TableRef, tables: &[TableRef]) {
        let table = &unit.deletes[row].table;
        let keys = table.foreign_keys.iter().filter(|key| leads_to(tables, table, key, to));
        for column in keys.flat_map(|key| key.columns.iter().copied()) {
            if table.columns[column].nullable && !self.empty_before.contains(&(row, column)) {
                self.empty_before.push((row, column));
            }
        }
    }
}

/// Whether all references of a table's rows to those of another can be emptied.
fn can_let_go(table: &TableRef, other: &TableRef, tables: &[TableRef]) -> bool {
    let mut keys = table.foreign_keys.iter().filter(|key| leads_to(tables, table, key, other));
    keys.all(|key| key.columns.iter().any(|column| table.columns[*column].nullable))
}

fn leads_to(tables: &[TableRef], table: &TableRef, key: &ForeignKey, to: &TableRef) -> bool {
    target(tables, table, key).is_some_and(|at| tables[at] == *to)
}

/// The tables of a unit, each once.
fn tables_of(unit: &Unit) -> Vec<TableRef> {
    let inserted = unit.inserts.iter().map(|row| &row.table);
    let deleted = unit.deletes.iter().map(|row| &row.table);
    let mut seen = HashSet::new();
    inserted.chain(deleted).filter(|table| seen.insert((*table).clone())).cloned().collect()
}

/// The places of tables in a list, by rank.
fn by_rank<'a>(ranks: &Ranks, tables: impl Iterator<Item = &'a TableRef>) -> BTreeMap<usize, Vec<usize>> {
    let mut ranked: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, table) in tables.enumerate() {
        ranked.entry(ranks.of_table(table)).or_default().push(at);
    }
    ranked
}

/// Which rows are deleted before the others are written, and which after. First, because a new row may have the key, or
/// a unique value, of one that goes; but not where a change takes references away from such rows.
fn split_deletes(unit: &Unit, tables: &[TableRef]) -> (Vec<usize>, Vec<usize>) {
    let deleted: HashSet<&TableRef> = unit.deletes.iter().map(|row| &row.table).collect();
    let frees = |table: &TableRef, key: &ForeignKey, written: &HashSet<usize>| {
        key.columns.iter().any(|column| written.contains(column))
            && target(tables, table, key).is_some_and(|at| deleted.contains(&tables[at]))
    };
    let any_frees = unit.updates.iter().any(|row| {
        let assigned = row.assignments.iter().map(|assignment| assignment.column);
        let written: HashSet<usize> = assigned.chain(row.links.iter().map(|link| link.column)).collect();
        row.table.foreign_keys.iter().any(|key| frees(&row.table, key, &written))
    });
    let every: Vec<usize> = (0..unit.deletes.len()).collect();
    if !any_frees {
        return (every, Vec::new());
    }
    let taken: HashSet<(&TableRef, String)> =
        unit.inserts.iter().filter_map(|row| Some((&row.table, key_of(&row.table, &row.record)?))).collect();
    every.into_iter().partition(|at| {
        let row = &unit.deletes[*at];
        key_of(&row.table, &with_key(row)).is_some_and(|key| taken.contains(&(&row.table, key)))
    })
}

/// What is known of a row, its key among it.
fn with_key(row: &GoneRow) -> Vec<(usize, Value)> {
    let key = row.table.primary_key.iter().copied().zip(row.target.key.iter().cloned());
    let key: Vec<(usize, Value)> = key.collect();
    let others = row.known.iter().filter(|(column, _)| !row.table.primary_key.contains(column));
    key.iter().cloned().chain(others.cloned()).collect()
}

/// The primary key that a record has, to be compared.
fn key_of(table: &TableRef, record: &[(usize, Value)]) -> Option<String> {
    values(&table.primary_key, record)
}

/// The values of columns, to be compared; None where one is not known, or NULL.
fn values(columns: &[usize], record: &[(usize, Value)]) -> Option<String> {
    let mut text = String::new();
    for column in columns {
        let (_, value) = record.iter().find(|(at, _)| at == column)?;
        if value.is_null() {
            return None;
        }
        // Whole, unlike what is shown to people.
        write!(text, "{value:?} ").ok()?;
    }
    Some(text)
}

/// Rows by the keys that foreign keys refer to.
struct Named<'a> {
    rows: Vec<(&'a TableRef, &'a [(usize, Value)])>,
    /// By table and referenced columns: each key's row.
    found: HashMap<(TableRef, Vec<usize>), HashMap<String, usize>>,
}

impl<'a> Named<'a> {
    fn of(rows: impl Iterator<Item = (&'a TableRef, &'a [(usize, Value)])>) -> Self {
        Self { rows: rows.collect(), found: HashMap::new() }
    }

    /// The places of the rows that a record refers to by values of its own.
    fn referred_by(&mut self, table: &TableRef, record: &[(usize, Value)], tables: &[TableRef]) -> Vec<usize> {
        let mut found = Vec::new();
        for key in &table.foreign_keys {
            let Some(target) = target(tables, table, key).map(|at| &tables[at]) else { continue };
            let Some(wanted) = values(&key.columns, record) else { continue };
            let columns: Option<Vec<usize>> = key
                .target_columns
                .iter()
                .map(|name| target.columns.iter().position(|column| &column.name == name))
                .collect();
            let Some(columns) = columns else { continue };
            let every = &self.rows;
            let rows = self.found.entry((target.clone(), columns.clone())).or_insert_with(|| {
                let named = every.iter().enumerate().filter(|(_, (table, _))| *table == target);
                named.filter_map(|(at, (_, record))| Some((values(&columns, record)?, at))).collect()
            });
            found.extend(rows.get(&wanted).copied());
        }
        found
    }
}

/// The links of a row to rows that it waits for, if all of them can be left empty at first.
fn breakable(row: &NewRow, waits_for: &HashSet<usize>, place: &HashMap<usize, usize>) -> Option<Vec<Link>> {
    let waits = |link: &&Link| place.get(&link.row).is_some_and(|at| waits_for.contains(at));
    let links: Vec<Link> = row.links.iter().filter(waits).copied().collect();
    let linked: HashSet<usize> = links.iter().filter_map(|link| place.get(&link.row).copied()).collect();
    let can_wait = links.iter().all(|link| row.table.columns[link.column].nullable);
    (can_wait && linked.len() == waits_for.len()).then_some(links)
}

fn circle(table: &TableRef) -> Error {
    Error::session(format!(
        "cannot order what is to be written: rows of {} and others refer to each other in a circle, by columns none of which \
         can be NULL; make one of them nullable, or write the rows in two flushes",
        table.model
    ))
}
