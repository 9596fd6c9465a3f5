//! Telling objects what was written of them, and taking it back.

use std::collections::HashMap;

use super::entry::Entry;
use super::stored::{Stored, key_of};
use super::survey::{Survey, Told};
use crate::driver::ToValue;
use crate::engine::{Record, RowKey};
use crate::error::{Error, Result};
use crate::model::{Entity, RelatedRowsMut};
use crate::schema::TableRef;
use crate::session::{Flushed, IdentityMap, Link};
use crate::types::{Kind, Value};

/// What objects held before they were told otherwise, in order of telling.
#[derive(Debug, Default)]
pub(super) struct Journal(Vec<Old>);

#[derive(Debug)]
struct Old {
    place: Place,
    column: usize,
    value: Value,
}

/// Which object.
#[derive(Debug)]
enum Place {
    /// One of the session's.
    Entry(usize),
    /// One that such an object holds, by its row.
    Held(&'static TableRef, RowKey),
}

/// What was written, by what is told of it.
pub(super) struct Telling<'t> {
    told: std::vec::IntoIter<Told>,
    flushed: Flushed,
    /// Of each insert: in which batch, and which row of it.
    batches: HashMap<usize, (usize, usize)>,
    linked: HashMap<usize, Record>,
    given: HashMap<(usize, usize), Value>,
    journal: &'t mut Journal,
}

impl<'t> Telling<'t> {
    pub(super) fn new(survey: &mut Survey, mut flushed: Flushed, journal: &'t mut Journal) -> Self {
        let mut batches = HashMap::new();
        for (batch, inserted) in flushed.inserted.iter().enumerate() {
            batches.extend(inserted.places.iter().enumerate().map(|(row, place)| (*place, (batch, row))));
        }
        let mut linked: HashMap<usize, Record> = HashMap::new();
        for (place, column, value) in std::mem::take(&mut flushed.linked) {
            linked.entry(place).or_default().push((column, value));
        }
        let (told, given) = (std::mem::take(&mut survey.told).into_iter(), std::mem::take(&mut survey.given));
        Self { told, flushed, batches, linked, given, journal }
    }

    /// Tells one of the session's objects, and those that it holds; gives what the database holds of them now.
    pub(super) fn entry(&mut self, place: usize, object: &mut dyn Entity, stored: Option<Stored>) -> Result<Stored> {
        let told = self.object(object, stored, Some(place))?;
        told.ok_or_else(|| Error::session("an object of the session was written as if it were none of it"))
    }

    /// Tells one of the session's objects that its row was marked as deleted.
    pub(super) fn marked(&mut self, at: usize, place: usize, object: &mut dyn Entity) -> Result<()> {
        let marked: Record = self
            .flushed
            .marked
            .iter()
            .filter(|(which, _)| *which == at)
            .flat_map(|(_, record)| record.clone())
            .collect();
        self.set(object, Some(place), marked)
    }

    fn object(
        &mut self,
        object: &mut dyn Entity,
        stored: Option<Stored>,
        entry: Option<usize>,
    ) -> Result<Option<Stored>> {
        let told = self.told.next().unwrap_or(Told::Foreign);
        let is_same = matches!(told, Told::Same);
        let mut stored = stored.unwrap_or_default();
        match told {
            Told::Foreign => return Ok(None),
            Told::Same => {}
            Told::New { place, besides, generated } => {
                stored.is_own = true;
                self.inserted(object, entry, place, generated)?;
                let linked = self.linked.remove(&place).unwrap_or_default();
                self.set(object, entry, besides)?;
                self.set(object, entry, linked)?;
                object.settle_fields(None);
            }
            Told::Changed { place, besides, links, columns } => {
                self.set(object, entry, besides)?;
                let linked = links.iter().map(|link| Ok((link.column, self.value(link)?))).collect::<Result<_>>()?;
                self.set(object, entry, linked)?;
                let written = self.flushed.updated.get(place).cloned().unwrap_or_default();
                self.set(object, entry, written)?;
                object.settle_fields(Some(&columns));
            }
        }
        if !is_same {
            stored.values = object.column_values()?;
        }
        self.held(object, &mut stored)?;
        Ok(Some(stored))
    }

    /// Tells the objects that an object holds.
    fn held(&mut self, object: &mut dyn Entity, stored: &mut Stored) -> Result<()> {
        let mut outcome = Ok(());
        object.hand_out_related(&mut |held| match held {
            RelatedRowsMut::Own(position, rows) => {
                for row in rows {
                    if outcome.is_ok() {
                        outcome = self.one_held(position, row, stored);
                    }
                }
            }
            RelatedRowsMut::Shared(rows) => {
                for row in rows {
                    if outcome.is_ok() {
                        outcome = self.pass(row);
                    }
                }
            }
        });
        outcome
    }

    /// Passes an object of which nothing is told, since others hold it too, with those that it holds.
    fn pass(&mut self, object: &dyn Entity) -> Result<()> {
        match self.told.next() {
            None | Some(Told::Foreign) => return Ok(()),
            Some(Told::Same) => {}
            Some(Told::New { .. } | Told::Changed { .. }) => {
                let model = &object.table_of().model;
                let message = format!("this {model} came to be held by another object while it was written");
                return Err(Error::session(message));
            }
        }
        let mut outcome = Ok(());
        object.show_related(&mut |held| {
            for row in held.rows() {
                if outcome.is_ok() {
                    outcome = self.pass(*row);
                }
            }
        });
        outcome
    }

    fn one_held(&mut self, position: usize, row: &mut dyn Entity, stored: &mut Stored) -> Result<()> {
        let known = key_of(row)?.and_then(|key| stored.related.remove(&(position, key)));
        let told = self.object(row, known, None)?;
        if let Some(key) = key_of(row)? {
            match told {
                Some(of_row) => drop(stored.related.insert((position, key), of_row)),
                None => drop(stored.joined.insert((position, key))),
            }
        }
        Ok(())
    }

    /// Gives an object the key that the database made.
    fn inserted(
        &mut self,
        object: &mut dyn Entity,
        entry: Option<usize>,
        place: usize,
        generated: Option<usize>,
    ) -> Result<()> {
        let (Some(column), Some((batch, row))) = (generated, self.batches.get(&place)) else { return Ok(()) };
        let rows = &self.flushed.inserted[*batch].rows;
        if *row >= rows.len() {
            let model = &object.table_of().model;
            return Err(Error::query(format!("the database did not give back the key of each inserted {model}")));
        }
        object.take_key(rows, *row)?;
        let value = Value::Null(object.table_of().columns[column].sql_type.kind());
        self.note(object, entry, column, value)
    }

    /// What a changed row took from a new one.
    fn value(&self, link: &Link) -> Result<Value> {
        if let Some(value) = self.given.get(&(link.row, link.from)) {
            return Ok(value.clone());
        }
        let supplied = self.batches.get(&link.row).and_then(|(batch, row)| {
            let rows = &self.flushed.inserted[*batch].rows;
            let column = rows.positions().iter().position(|position| *position == link.from)?;
            Some(rows.visit(*row, column, ToValue))
        });
        let value = supplied.transpose()?.flatten();
        Ok(value.unwrap_or(Value::Null(Kind::Integer)))
    }

    fn set(&mut self, object: &mut dyn Entity, entry: Option<usize>, record: Record) -> Result<()> {
        for (column, value) in record {
            if let Some(old) = object.set_column(column, &value)? {
                self.note(object, entry, column, old)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, object: &dyn Entity, entry: Option<usize>, column: usize, value: Value) -> Result<()> {
        let place = match entry {
            Some(place) => Place::Entry(place),
            None => match key_of(object)? {
                Some(key) => Place::Held(object.table_of(), key),
                None => return Ok(()),
            },
        };
        self.journal.0.push(Old { place, column, value });
        Ok(())
    }
}

impl Journal {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Gives the objects back what they held when the journal was so long. A value that its field cannot hold any more
    /// stays.
    pub(super) fn undo(&mut self, length: usize, entries: &mut [Option<Entry<'_>>]) {
        let (mut held, mut is_held) = (IdentityMap::<Record>::default(), false);
        for Old { place, column, value } in self.0.drain(length..).rev() {
            match place {
                Place::Entry(at) => {
                    if let Some(entry) = &mut entries[at] {
                        let _ = entry.object.get_mut().set_column(column, &value);
                        entry.object.get_mut().settle_fields(None);
                    }
                }
                Place::Held(table, key) => {
                    let mut record = held.remove(table, &key).unwrap_or_default();
                    record.push((column, value));
                    held.insert(table, key, record);
                    is_held = true;
                }
            }
        }
        if is_held {
            entries.iter_mut().flatten().for_each(|entry| undo_held(entry.object.get_mut(), &held));
        }
    }
}

fn undo_held(object: &mut dyn Entity, held: &IdentityMap<Record>) {
    object.hand_out_related(&mut |related| {
        let RelatedRowsMut::Own(_, rows) = related else { return };
        for row in rows {
            let key = key_of(row).ok().flatten();
            if let Some(record) = key.and_then(|key| held.get(row.table_of(), &key)) {
                for (column, value) in record {
                    let _ = row.set_column(*column, value);
                }
                row.settle_fields(None);
            }
            undo_held(row, held);
        }
    });
}
