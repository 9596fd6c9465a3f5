//! What a session is to write, found by comparing its objects with their rows.

use std::collections::HashMap;

use super::entry::{Entry, Object, State};
use super::stored::{Stored, key_of};
use crate::engine::{self, Record, RowKey};
use crate::error::{Error, Result};
use crate::model::{Entity, RelatedRows};
use crate::query::{Assignment, Expr};
use crate::schema::TableRef;
use crate::schema::relationship::Link as Way;
use crate::session::{ChangedRow, GoneRow, IdentityMap, Link, NewRow, Unit};
use crate::types::Value;

/// What is to be written, and what each object is to be told afterwards.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) unit: Unit,
    /// The places of the objects that were walked, with all that they hold, in this order.
    pub(super) walked: Vec<usize>,
    /// Of each object met, in order of the walk.
    pub(super) told: Vec<Told>,
    /// The places of the objects whose rows are deleted, in order of the unit's.
    pub(super) deleted: Vec<usize>,
    /// Values that new rows have by themselves and changed ones take, by place among the inserts and column.
    pub(super) given: HashMap<(usize, usize), Value>,
}

/// What an object is to be told.
#[derive(Debug)]
pub(super) enum Told {
    /// Nothing: it is as its row is.
    Same,
    /// Nothing: it is none of the session's, and only referred to.
    Foreign,
    /// It has a row now.
    New {
        /// Its place among the inserts.
        place: usize,
        /// Columns that it did not say by itself.
        besides: Record,
        /// The column that the database supplies.
        generated: Option<usize>,
    },
    /// Its row was changed.
    Changed {
        /// Its place among the updates.
        place: usize,
        /// Columns that it did not say by itself.
        besides: Record,
        /// Columns that took their values from new rows.
        links: Vec<Link>,
        /// All columns that were written.
        columns: Vec<usize>,
    },
}

/// A foreign key that does not come from the object.
struct Linked {
    columns: Vec<usize>,
    from: Source,
}

#[derive(Clone, PartialEq)]
enum Source {
    /// These columns of a new row.
    New(usize, Vec<usize>),
    Values(Vec<Value>),
}

/// Who is met on the way.
enum Met {
    New(usize),
    Stored,
    Foreign,
}

struct Walk<'s, 'a> {
    entries: &'s [Option<Entry<'a>>],
    survey: Survey,
    now: Value,
    /// Objects of the session that are new: their places among the inserts.
    new: HashMap<usize, usize>,
    /// Rows that are changed: their places among the updates.
    changed: IdentityMap<usize>,
}

impl Survey {
    /// Looks at what may have changed.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for values that their columns do not take; [`Error::Session`] for objects that the session
    /// does not know.
    pub(super) fn of(entries: &[Option<Entry<'_>>]) -> Result<Self> {
        let (survey, now) = (Self::default(), engine::now());
        let mut walk = Walk { entries, survey, now, new: HashMap::new(), changed: IdentityMap::default() };
        let present = || entries.iter().enumerate().filter_map(|(at, entry)| Some((at, entry.as_ref()?)));
        for (at, entry) in present().filter(|(_, entry)| matches!(entry.state, State::New)) {
            let place = walk.reserve(entry.object.get().table_of());
            walk.new.insert(at, place);
        }
        for (at, entry) in present() {
            walk.entry(at, entry)?;
        }
        walk.note_given();
        Ok(walk.survey)
    }
}

impl Walk<'_, '_> {
    /// A place among the inserts.
    fn reserve(&mut self, table: &TableRef) -> usize {
        let inserts = &mut self.survey.unit.inserts;
        inserts.push(NewRow { table: table.clone(), record: Record::new(), links: Vec::new(), supplied: Vec::new() });
        inserts.len() - 1
    }

    fn entry(&mut self, at: usize, entry: &Entry<'_>) -> Result<()> {
        let object = entry.object.get();
        match &entry.state {
            State::New => {
                let linked = self.assigned(entry)?;
                self.survey.walked.push(at);
                self.object(object, None, self.new.get(&at).copied(), linked).map(drop)
            }
            State::Stored(stored) if entry.is_doomed => self.delete(at, object, stored),
            State::Stored(stored) if entry.is_touched || !entry.assigned.is_empty() => {
                let linked = self.assigned(entry)?;
                self.survey.walked.push(at);
                self.object(object, Some(stored), None, linked).map(drop)
            }
            State::Stored(_) | State::Deleted => Ok(()),
        }
    }

    /// The foreign keys that other objects of the session give.
    fn assigned(&self, entry: &Entry<'_>) -> Result<Vec<Linked>> {
        let link = |assigned: &super::entry::Assigned| {
            let from = match (self.new.get(&assigned.to), self.entries.get(assigned.to).and_then(Option::as_ref)) {
                (Some(place), _) => Source::New(*place, assigned.target.clone()),
                (None, Some(Entry { object, state: State::Stored(_), is_doomed: false, .. })) => {
                    Source::Values(referred(object, &assigned.target)?)
                }
                _ => {
                    let model = &entry.object.get().table_of().model;
                    return Err(Error::session(format!(
                        "this {model} was assigned an object that has left the session, or is deleted; assign another one"
                    )));
                }
            };
            Ok(Linked { columns: assigned.own.clone(), from })
        };
        entry.assigned.iter().map(link).collect()
    }

    /// Looks at an object and at those that it holds.
    fn object(
        &mut self,
        object: &dyn Entity,
        stored: Option<&Stored>,
        place: Option<usize>,
        mut linked: Vec<Linked>,
    ) -> Result<Option<usize>> {
        let at = self.survey.told.len();
        self.survey.told.push(Told::Same);
        let place = match stored {
            None => Some(place.unwrap_or_else(|| self.reserve(object.table_of()))),
            Some(_) => None,
        };
        let mut outcome = Ok(());
        object.show_related(&mut |held| {
            if outcome.is_ok() {
                outcome = self.related(object, held, stored, place, &mut linked);
            }
        });
        outcome?;
        refuse_two_sources(object.table_of(), &linked)?;
        match (place, stored) {
            (Some(place), _) => self.insert(object, at, place, linked)?,
            (None, Some(stored)) => self.change(object, at, stored, linked)?,
            (None, None) => {}
        }
        Ok(place)
    }

    /// Looks at what the field of a relationship holds.
    fn related(
        &mut self,
        object: &dyn Entity,
        held: &RelatedRows<'_>,
        stored: Option<&Stored>,
        place: Option<usize>,
        linked: &mut Vec<Linked>,
    ) -> Result<()> {
        if held.rows().is_empty() {
            return Ok(());
        }
        let ((way, junction), first) = (held.link()?, self.survey.told.len());
        for row in held.rows() {
            match way {
                Way::Forward { own, target } => {
                    if let Met::New(place) = self.met(*row, held, stored, Vec::new())? {
                        linked.push(Linked { columns: own.clone(), from: Source::New(place, target.clone()) });
                    }
                }
                Way::Backward { own, target } => {
                    let from = source(object, place, own)?;
                    if let Met::Foreign =
                        self.met(*row, held, stored, vec![Linked { columns: target.clone(), from }])?
                    {
                        return Err(stranger(held, *row));
                    }
                }
                Way::Junction { own, to_own, to_target, target } => {
                    let met = self.met(*row, held, stored, Vec::new())?;
                    let Some(junction) = junction else { continue };
                    if !is_joined(held, *row, stored, &met)? {
                        let theirs = if let Met::New(place) = met { Some(place) } else { None };
                        let own = Linked { columns: to_own.clone(), from: source(object, place, own)? };
                        let other = Linked { columns: to_target.clone(), from: source(*row, theirs, target)? };
                        self.join(junction, own, other, held.is_symmetrical());
                    }
                }
            }
        }
        let is_told = |told: &Told| matches!(told, Told::New { .. } | Told::Changed { .. });
        if held.is_shared() && self.survey.told[first..].iter().any(is_told) {
            return Err(shared(held));
        }
        Ok(())
    }

    /// Looks at an object that another one holds.
    fn met(
        &mut self,
        row: &dyn Entity,
        held: &RelatedRows<'_>,
        holder: Option<&Stored>,
        linked: Vec<Linked>,
    ) -> Result<Met> {
        let Some(key) = key_of(row)? else {
            return Ok(self.object(row, None, None, linked)?.map_or(Met::Stored, Met::New));
        };
        match holder.and_then(|holder| holder.related.get(&(held.position(), key))) {
            Some(stored) => self.object(row, Some(stored), None, Vec::new()).map(|_| Met::Stored),
            None => {
                self.survey.told.push(Told::Foreign);
                Ok(Met::Foreign)
            }
        }
    }

    fn insert(&mut self, object: &dyn Entity, at: usize, place: usize, linked: Vec<Linked>) -> Result<()> {
        let table = object.table_of();
        let columns: Vec<usize> = linked.iter().flat_map(|linked| linked.columns.iter().copied()).collect();
        let (mut record, generated) = (object.new_record(&columns)?, object.generated());
        let mut besides = engine::stamp_insert(table, &mut record, &self.now);
        let (links, values) = split(linked);
        record.extend(values.iter().cloned());
        besides.extend(values);
        let supplied = generated.into_iter().collect();
        self.survey.unit.inserts[place] = NewRow { table: table.clone(), record, links, supplied };
        self.survey.told[at] = Told::New { place, besides, generated };
        Ok(())
    }

    fn change(&mut self, object: &dyn Entity, at: usize, stored: &Stored, linked: Vec<Linked>) -> Result<()> {
        let table = object.table_of();
        let mut columns: Vec<usize> = linked.iter().flat_map(|linked| linked.columns.iter().copied()).collect();
        let mut changed = stored.changed(table, &object.column_values()?);
        changed.retain(|column| !columns.contains(column));
        if changed.is_empty() && columns.is_empty() {
            return Ok(());
        }
        let (links, values) = split(linked);
        let mut record = object.changed_record(&changed, &columns)?;
        let mut besides: Record = record.iter().filter(|(column, _)| !changed.contains(column)).cloned().collect();
        besides.extend(values.iter().cloned());
        record.extend(values);
        columns.extend(record.iter().map(|(column, _)| *column));
        let place = self.update(object, stored, record, &links)?;
        self.survey.told[at] = Told::Changed { place, besides, links, columns };
        Ok(())
    }

    /// Adds a change, to that of the same row where there is one: a row may be held in several places.
    fn update(&mut self, object: &dyn Entity, stored: &Stored, record: Record, links: &[Link]) -> Result<usize> {
        let table = object.table_of();
        let target = stored.target(table);
        let assignments = record.into_iter().map(|(column, value)| Assignment { column, value: Expr::value(value) });
        let (key, updates) = (RowKey::of(&target.key), &mut self.survey.unit.updates);
        let Some(place) = key.as_ref().and_then(|key| self.changed.get(table, key).copied()) else {
            if let Some(key) = key {
                self.changed.insert(table, key, updates.len());
            }
            let (table, assignments, links) = (table.clone(), assignments.collect(), links.to_vec());
            updates.push(ChangedRow { table, target, assignments, links });
            return Ok(updates.len() - 1);
        };
        let earlier = &mut updates[place];
        for assignment in assignments {
            match earlier.assignments.iter().find(|other| other.column == assignment.column) {
                None => earlier.assignments.push(assignment),
                Some(other) if other.value == assignment.value && same_value(other, &assignment) => {}
                Some(_) => return Err(two_minds(table, assignment.column)),
            }
        }
        for link in links {
            if !earlier.links.contains(link) {
                earlier.links.push(*link);
            }
        }
        Ok(place)
    }

    /// Adds a row to a junction, or two.
    fn join(&mut self, junction: &'static TableRef, own: Linked, other: Linked, both_ways: bool) {
        if both_ways && own.from != other.from {
            let (back, forth) = (other.from.clone(), own.from.clone());
            let (columns, theirs) = (own.columns.clone(), other.columns.clone());
            let ends = vec![Linked { columns, from: back }, Linked { columns: theirs, from: forth }];
            self.joined(junction, ends);
        }
        self.joined(junction, vec![own, other]);
    }

    fn joined(&mut self, junction: &'static TableRef, ends: Vec<Linked>) {
        let (links, record) = split(ends);
        let place = self.reserve(junction);
        let row = &mut self.survey.unit.inserts[place];
        (row.links, row.record) = (links, record);
    }

    fn delete(&mut self, at: usize, object: &dyn Entity, stored: &Stored) -> Result<()> {
        let table = object.table_of();
        let referring = table.foreign_keys.iter().flat_map(|key| &key.columns);
        let known = referring.filter_map(|column| Some((*column, stored.values.get(*column)?.clone()))).collect();
        let (target, also) = (stored.target(table), object.marks()?);
        self.survey.unit.deletes.push(GoneRow { table: table.clone(), target, known, also });
        self.survey.deleted.push(at);
        Ok(())
    }

    /// Keeps what changed rows take from new ones, which are gone once they are written.
    fn note_given(&mut self) {
        let Survey { unit, given, .. } = &mut self.survey;
        for link in unit.updates.iter().flat_map(|row| &row.links) {
            let record = &unit.inserts[link.row].record;
            if let Some((_, value)) = record.iter().find(|(column, _)| *column == link.from) {
                given.insert((link.row, link.from), value.clone());
            }
        }
    }
}

/// What others take from an object, new or not.
fn source(object: &dyn Entity, place: Option<usize>, columns: &[usize]) -> Result<Source> {
    if let Some(place) = place {
        return Ok(Source::New(place, columns.to_vec()));
    }
    object.key_of(columns)?.map(Source::Values).ok_or_else(|| no_key(object))
}

fn referred(object: &Object<'_>, columns: &[usize]) -> Result<Vec<Value>> {
    object.get().key_of(columns)?.ok_or_else(|| no_key(object.get()))
}

/// Whether a junction has a row for the two.
fn is_joined(held: &RelatedRows<'_>, row: &dyn Entity, holder: Option<&Stored>, met: &Met) -> Result<bool> {
    let (Some(holder), false) = (holder, matches!(met, Met::New(_))) else { return Ok(false) };
    let Some(key) = key_of(row)? else { return Ok(false) };
    if holder.has_joined(held.position(), &key) {
        return Ok(true);
    }
    if holder.knows(held.position()) {
        return Ok(false);
    }
    let (name, model) = (held.name(), &row.table_of().model);
    Err(Error::session(format!(
        "{name}: which rows are joined already is not known, so that this {model} may be one of them; load the relationship by \
         `session.load(…)` before, or write it by `{name}.of(…).add(…)`"
    )))
}

/// What comes from new rows, and what is known.
fn split(linked: Vec<Linked>) -> (Vec<Link>, Record) {
    let (mut links, mut values) = (Vec::new(), Record::new());
    for Linked { columns, from } in linked {
        match from {
            Source::New(row, theirs) => {
                links.extend(columns.into_iter().zip(theirs).map(|(column, from)| Link { column, row, from }));
            }
            Source::Values(given) => values.extend(columns.into_iter().zip(given)),
        }
    }
    (links, values)
}

/// Whether two assignments of equal shape have equal values.
fn same_value(one: &Assignment, other: &Assignment) -> bool {
    match (&one.value, &other.value) {
        (Expr::Value(one), Expr::Value(other)) => one.0 == other.0,
        _ => false,
    }
}

fn refuse_two_sources(table: &TableRef, linked: &[Linked]) -> Result<()> {
    let columns: Vec<usize> = linked.iter().flat_map(|linked| linked.columns.iter().copied()).collect();
    match columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
        None => Ok(()),
        Some((_, column)) => Err(Error::session(format!(
            "{}.{} is to take the keys of two objects: of the one that holds it, and of one that it holds or was assigned; \
             leave it to one of them",
            table.model, table.columns[*column].attribute
        ))),
    }
}

fn stranger(held: &RelatedRows<'_>, row: &dyn Entity) -> Error {
    let (name, model) = (held.name(), &row.table_of().model);
    let key = row.key_values().ok().flatten().unwrap_or_default();
    let key: Vec<String> = key.iter().map(Value::shown).collect();
    Error::session(format!(
        "{name} holds a {model} with key {} that the session knows nothing of: it can be a new row or an old one; give it to \
         `session.add` if it is new, to `session.merge` if it is not, and load relationships by `session.load`",
        key.join(", ")
    ))
}

fn shared(held: &RelatedRows<'_>) -> Error {
    let name = held.name();
    Error::session(format!(
        "{name} holds what is to be written, and another object, perhaps a clone of its owner, holds the same: nobody could be told \
         what came of it; let one of them forget it, or change it by `get_mut`, which makes a copy"
    ))
}

fn two_minds(table: &TableRef, column: usize) -> Error {
    Error::session(format!(
        "{}.{}: one row that is held in two places of the session is given two values; change it in one of them",
        table.model, table.columns[column].attribute
    ))
}

fn no_key(object: &dyn Entity) -> Error {
    Error::session(format!("this {} has no key yet, so that nothing can refer to it", object.table_of().model))
}
