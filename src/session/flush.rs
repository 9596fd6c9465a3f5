//! Writing a unit, batch after batch.

use std::collections::{HashMap, HashSet};

use super::plan::Plan;
use super::unit::{ChangedRow, GoneRow, Link, NewRow, Unit};
use crate::driver::{BulkInsert, Executor, ToValue};
use crate::engine::{self, Record, Rows, Target};
use crate::error::{Error, Result};
use crate::query::lookup::among;
use crate::query::{Assignment, Expr, Param};
use crate::schema::{Role, TableRef};
use crate::types::Value;

/// What came of a unit.
#[derive(Debug, Default)]
pub struct Flushed {
    /// The new rows, in the batches in which they were written.
    pub inserted: Vec<Inserted>,
    /// For each changed row, by its place, what was written besides what it was told.
    pub updated: Vec<Record>,
    /// The values that columns took from other rows: the place among the inserts, the column, the value.
    pub linked: Vec<(usize, usize, Value)>,
    /// For each deleted row that was marked, by its place, what was written.
    pub marked: Vec<(usize, Record)>,
}

/// New rows that were written in one statement.
#[derive(Debug)]
pub struct Inserted {
    /// What the database supplied, a row for each.
    pub rows: Rows,
    /// Their places among the inserts.
    pub places: Vec<usize>,
}

impl Unit {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.inserts.is_empty() && self.updates.is_empty() && self.deletes.is_empty()
    }

    /// Writes everything: in batches, each row after those that it refers to, and gives what the database supplied.
    /// Give it a transaction, so that all is written or nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Session`](crate::ErrorKind::Session) for rows that refer to each other in a circle which no NULL can
    /// open; [`ErrorKind::StaleObject`](crate::ErrorKind::StaleObject) where a row to be changed is gone, or has another
    /// version; what the database reports.
    pub async fn flush(self, executor: &dyn Executor) -> Result<Flushed> {
        let plan = Plan::of(&self)?;
        let mut writing = Writing { executor, known: Known::wanted_by(&self, &plan), flushed: Flushed::default() };
        writing.empty(&self.deletes, &plan.empty_before).await?;
        writing.delete(&self.deletes, &plan.deletes_first).await?;
        let mut inserts: Vec<Option<NewRow>> = self.inserts.into_iter().map(Some).collect();
        let later: HashSet<(usize, usize)> = plan.fill_later.iter().map(|(row, link)| (*row, link.column)).collect();
        let targets: Vec<TableRef> = inserts.iter().flatten().map(|row| row.table.clone()).collect();
        for wave in &plan.inserts {
            writing.insert(&mut inserts, wave, &later).await?;
        }
        for (row, link) in &plan.fill_later {
            writing.fill(&targets[*row], *row, link).await?;
        }
        writing.update(self.updates).await?;
        writing.delete(&self.deletes, &plan.deletes_last).await?;
        Ok(writing.flushed)
    }
}

/// The values of new rows that others take.
struct Known {
    values: HashMap<(usize, usize), Option<Value>>,
}

impl Known {
    /// Those that links and later fills ask for.
    fn wanted_by(unit: &Unit, plan: &Plan) -> Self {
        let inserted = unit.inserts.iter().flat_map(|row| &row.links);
        let links = inserted.chain(unit.updates.iter().flat_map(|row| &row.links));
        let mut values: HashMap<(usize, usize), Option<Value>> =
            links.map(|link| ((link.row, link.from), None)).collect();
        for (row, _) in &plan.fill_later {
            for column in &unit.inserts[*row].table.primary_key {
                values.insert((*row, *column), None);
            }
        }
        Self { values }
    }

    fn note(&mut self, row: usize, column: usize, value: impl FnOnce() -> Result<Option<Value>>) -> Result<()> {
        if let Some(wanted) = self.values.get_mut(&(row, column)) {
            *wanted = value()?;
        }
        Ok(())
    }

    fn value(&self, link: &Link) -> Result<Value> {
        self.get(link.row, link.from)
    }

    fn get(&self, row: usize, column: usize) -> Result<Value> {
        let found = self.values.get(&(row, column)).cloned().flatten();
        found.ok_or_else(|| Error::session("a row of the unit refers to a value that no other row of it was given"))
    }
}

struct Writing<'a> {
    executor: &'a dyn Executor,
    known: Known,
    flushed: Flushed,
}

/// Rows that one statement can change: their table, the columns, and of each row its place and its values.
struct Together {
    table: TableRef,
    columns: Vec<usize>,
    places: Vec<usize>,
    rows: Vec<(Target, Vec<Value>)>,
}

/// The columns and values of a change that can be one of many in a statement; None for one that must be by itself.
fn plain(table: &TableRef, assignments: &[Assignment]) -> Option<(Vec<usize>, Vec<Value>)> {
    let columns: Vec<usize> = assignments.iter().map(|assignment| assignment.column).collect();
    if !engine::is_written_together(table, &columns) {
        return None;
    }
    let value = |assignment: &Assignment| match &assignment.value {
        Expr::Value(Param(value)) => Some(value.clone()),
        _ => None,
    };
    let values = assignments.iter().map(value).collect::<Option<_>>()?;
    Some((columns, values))
}

/// Rows that one statement can insert: their table, their columns, and those that are given back.
type Shape = (TableRef, Vec<usize>, Vec<usize>);

impl Writing<'_> {
    /// Inserts a wave of rows, those of one shape in one statement.
    async fn insert(
        &mut self,
        inserts: &mut [Option<NewRow>],
        wave: &[usize],
        later: &HashSet<(usize, usize)>,
    ) -> Result<()> {
        let mut shapes: Vec<(Shape, Vec<usize>, Vec<Value>)> = Vec::new();
        let mut places: HashMap<Shape, usize> = HashMap::new();
        for place in wave {
            let Some(row) = inserts[*place].take() else { continue };
            let record = self.complete(*place, row.record, &row.links, &row.table, later)?;
            let (columns, values): (Vec<usize>, Vec<Value>) = record.into_iter().unzip();
            let shape = (row.table, columns, row.supplied);
            let at = *places.entry(shape.clone()).or_insert_with(|| {
                shapes.push((shape, Vec::new(), Vec::new()));
                shapes.len() - 1
            });
            shapes[at].1.push(*place);
            shapes[at].2.extend(values);
        }
        for ((table, columns, supplied), places, values) in shapes {
            self.insert_shape(table, columns, supplied, places, values).await?;
        }
        Ok(())
    }

    /// A row's record with what it takes from others, in order of its columns.
    fn complete(
        &mut self,
        place: usize,
        mut record: Record,
        links: &[Link],
        table: &TableRef,
        later: &HashSet<(usize, usize)>,
    ) -> Result<Record> {
        for link in links {
            if later.contains(&(place, link.column)) {
                record.push((link.column, Value::Null(table.columns[link.column].sql_type.kind())));
                continue;
            }
            let value = self.known.value(link)?;
            self.flushed.linked.push((place, link.column, value.clone()));
            record.push((link.column, value));
        }
        record.sort_by_key(|(column, _)| *column);
        for (column, value) in &record {
            self.known.note(place, *column, || Ok(Some(value.clone())))?;
        }
        Ok(record)
    }

    async fn insert_shape(
        &mut self,
        table: TableRef,
        columns: Vec<usize>,
        supplied: Vec<usize>,
        places: Vec<usize>,
        values: Vec<Value>,
    ) -> Result<()> {
        if columns.is_empty() {
            // Nothing would tell a batch how many rows are meant.
            for place in places {
                let rows = engine::insert(self.executor, &table, Record::new(), supplied.clone()).await?;
                self.inserted(rows, vec![place], &supplied)?;
            }
            return Ok(());
        }
        let bulk = BulkInsert { table, columns, values, returning: supplied.clone() };
        let rows = engine::insert_many(self.executor, bulk).await?;
        self.inserted(rows, places, &supplied)
    }

    fn inserted(&mut self, rows: Rows, places: Vec<usize>, supplied: &[usize]) -> Result<()> {
        if !supplied.is_empty() {
            for (at, place) in places.iter().enumerate() {
                for (column, position) in supplied.iter().enumerate() {
                    self.known.note(*place, *position, || rows.visit(at, column, ToValue))?;
                }
            }
        }
        self.flushed.inserted.push(Inserted { rows, places });
        Ok(())
    }

    /// Changes rows, those of one shape in one statement where their order does not count.
    async fn update(&mut self, rows: Vec<ChangedRow>) -> Result<()> {
        let mut written: Vec<Record> = rows.iter().map(|_| Record::new()).collect();
        let mut together: Vec<Together> = Vec::new();
        let mut places: HashMap<(TableRef, Vec<usize>, bool), usize> = HashMap::new();
        for (place, row) in rows.into_iter().enumerate() {
            let mut assignments = row.assignments;
            for link in &row.links {
                assignments.push(Assignment { column: link.column, value: Expr::value(self.known.value(link)?) });
            }
            assignments.sort_by_key(|assignment| assignment.column);
            let Some((columns, values)) = plain(&row.table, &assignments) else {
                written[place] = engine::update_one(self.executor, &row.table, &row.target, assignments).await?;
                continue;
            };
            let shape = (row.table, columns, row.target.version.is_some());
            let at = *places.entry(shape).or_insert_with_key(|(table, columns, _)| {
                together.push(Together {
                    table: table.clone(),
                    columns: columns.clone(),
                    places: vec![],
                    rows: vec![],
                });
                together.len() - 1
            });
            together[at].places.push(place);
            together[at].rows.push((row.target, values));
        }
        for Together { table, columns, places, rows } in together {
            let records = match rows.as_slice() {
                [(target, values)] => {
                    let assigned = columns.iter().zip(values);
                    let assignments = assigned
                        .map(|(column, value)| Assignment { column: *column, value: Expr::value(value.clone()) })
                        .collect();
                    vec![engine::update_one(self.executor, &table, target, assignments).await?]
                }
                rows => engine::update_many(self.executor, &table, &columns, rows).await?,
            };
            for (place, record) in places.into_iter().zip(records) {
                written[place] = record;
            }
        }
        self.flushed.updated = written;
        Ok(())
    }

    /// Fills in a column of a new row that could not be known when it was inserted.
    async fn fill(&mut self, table: &TableRef, place: usize, link: &Link) -> Result<()> {
        let key = table.primary_key.iter().map(|column| self.known.get(place, *column)).collect::<Result<_>>()?;
        let value = self.known.value(link)?;
        let filter = Target { key, version: None }.row(table);
        let assignment = Assignment { column: link.column, value: Expr::value(value.clone()) };
        engine::change(self.executor, table, vec![assignment], Some(filter)).await?;
        self.flushed.linked.push((place, link.column, value));
        Ok(())
    }

    /// Empties columns of rows that are about to be deleted.
    async fn empty(&self, deletes: &[GoneRow], columns: &[(usize, usize)]) -> Result<()> {
        for (place, column) in columns {
            let row = &deletes[*place];
            let value = Expr::value(Value::Null(row.table.columns[*column].sql_type.kind()));
            let assignment = Assignment { column: *column, value };
            engine::change(self.executor, &row.table, vec![assignment], Some(row.target.row(&row.table))).await?;
        }
        Ok(())
    }

    /// Deletes rows wave after wave, those of one table in one statement where no version has to be looked at.
    async fn delete(&mut self, deletes: &[GoneRow], waves: &[Vec<usize>]) -> Result<()> {
        for wave in waves {
            let mut together: Vec<(&TableRef, Vec<Vec<Value>>)> = Vec::new();
            for place in wave {
                let row = &deletes[*place];
                if row.table.role(Role::DeletedAt).is_some() || row.table.role(Role::Version).is_some() {
                    let marked = engine::delete_one(self.executor, &row.table, &row.target, row.also.clone()).await?;
                    self.flushed.marked.extend(marked.map(|record| (*place, record)));
                    continue;
                }
                match together.iter_mut().find(|(table, _)| **table == row.table) {
                    Some((_, keys)) => keys.push(row.target.key.clone()),
                    None => together.push((&row.table, vec![row.target.key.clone()])),
                }
            }
            for (table, keys) in together {
                engine::remove(self.executor, table, Some(among(table, &table.primary_key, keys))).await?;
            }
        }
        Ok(())
    }
}
