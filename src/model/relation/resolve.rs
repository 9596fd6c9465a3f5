//! What a relationship leads to, found when it is first used: models refer to each other in circles.

use std::sync::OnceLock;

use super::Relations;
use crate::engine::Step;
use crate::model::registry;
use crate::schema::relationship::{self, Junction, Link};
use crate::schema::{Declared, ModelFault, Relationship, Table, TableRef};

/// Where a relationship keeps what it leads to.
#[derive(Debug)]
pub(super) struct RelationCell(OnceLock<Result<Resolved, Box<ModelFault>>>);

impl RelationCell {
    /// Nothing yet.
    pub(super) const fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(super) fn get_or_init(
        &self,
        find: impl FnOnce() -> Result<Resolved, Box<ModelFault>>,
    ) -> Result<&Resolved, Box<ModelFault>> {
        self.0.get_or_init(find).as_ref().map_err(Clone::clone)
    }
}

/// A relationship with what it leads to.
#[derive(Debug)]
pub struct Resolved {
    pub(super) step: Step,
    pub(in crate::model) link: Link,
    pub(in crate::model) junction: Option<TableRef>,
    /// The relationships of the target that lead back along the same foreign key.
    pub(super) back: Vec<Back>,
}

/// A relationship that leads from the rows that another finds to the row that it starts from, or to all such rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Back {
    /// Which of the target's.
    pub(super) position: usize,
    /// Whether its field says that there is always a row.
    pub(super) is_required: bool,
}

/// A model as the registry knows it.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    pub(crate) table: &'static TableRef,
    pub(crate) declared: Declared<'static>,
    pub(crate) relations: &'static Relations,
}

/// Finds what a relationship leads to.
pub(super) fn resolve(
    own: &'static TableRef,
    position: usize,
    target: &'static TableRef,
    required: bool,
) -> Result<Resolved, Box<ModelFault>> {
    let known = registry::known();
    let is = |table: &'static TableRef| move |known: &&Known| known.table == table;
    let (Some(of), Some(to)) = (known.iter().find(is(own)), known.iter().find(is(target))) else {
        let (message, hint) =
            ("the model is not registered", "derive it, with the feature `derive` of the crate chakra");
        return Err(Box::new(ModelFault::new("relationship-target", &own.model, message, hint)));
    };
    let relationship = &of.relations.declared()[position];
    let among = among(&known, [of, to]);
    let resolved = relationship::resolve(of.declared, relationship, &among)?;
    if let Some(fault) = unfit(own, relationship, &resolved.link, required, target) {
        return Err(fault);
    }
    let junction = resolved.junction.map(|junction| match junction {
        Junction::Declared(declared) => table_of(&known, declared.table),
        Junction::Made(table) => TableRef::new(*table),
    });
    let wrong = |error: crate::Error| ModelFault::new("relationship-junction", &own.model, error.to_string(), "");
    let step = Step::along(&resolved.link, own, target, junction.as_ref()).map_err(wrong)?;
    let back = back(of, to, (relationship, &resolved.link, junction.as_ref()), &among);
    Ok(Resolved { step, link: resolved.link, junction, back })
}

/// The relationships of the target that lead back by the same columns.
fn back(
    of: &Known,
    to: &Known,
    (own, link, junction): (&Relationship, &Link, Option<&TableRef>),
    among: &[Declared<'static>],
) -> Vec<Back> {
    let leads_back = |other: &Relationship| {
        if other.target != of.declared.path {
            return false;
        }
        let Ok(other_way) = relationship::resolve(to.declared, other, among) else { return false };
        let through = other_way.junction.as_ref().map(|junction| match junction {
            Junction::Declared(declared) => declared.table.name.as_str(),
            Junction::Made(table) => table.name.as_str(),
        });
        let is_same = (other.symmetrical && std::ptr::eq(other, own)) || other_way.link == reversed(link);
        is_same && through == junction.map(|junction| junction.name.as_str())
    };
    let each = to.relations.declared().iter().zip(to.relations.required()).enumerate();
    let found = each.filter(|(_, (relationship, _))| leads_back(relationship));
    found.map(|(position, (_, is_required))| Back { position, is_required: *is_required }).collect()
}

/// The link from the other end.
fn reversed(link: &Link) -> Link {
    match link.clone() {
        Link::Forward { own, target } => Link::Backward { own: target, target: own },
        Link::Backward { own, target } => Link::Forward { own: target, target: own },
        Link::Junction { own, to_own, to_target, target } => {
            Link::Junction { own: target, to_own: to_target, to_target: to_own, target: own }
        }
    }
}

/// All models, but of those that share a path (two of one name in two functions) the one that is meant alone.
fn among(known: &[Known], meant: [&Known; 2]) -> Vec<Declared<'static>> {
    let is_rival = |other: &&Known| {
        meant.iter().any(|meant| other.declared.path == meant.declared.path)
            && meant.iter().all(|meant| other.table != meant.table)
    };
    known.iter().filter(|other| !is_rival(other)).map(|known| known.declared).collect()
}

fn table_of(known: &[Known], table: &Table) -> TableRef {
    let found = known.iter().find(|known| std::ptr::eq(&raw const **known.table, table));
    found.map_or_else(|| TableRef::new(table.clone()), |known| known.table.clone())
}

/// A field that says there is always a row, where there may be none.
fn unfit(
    own: &Table,
    relationship: &Relationship,
    link: &Link,
    required: bool,
    target: &Table,
) -> Option<Box<ModelFault>> {
    let key = match link {
        Link::Forward { own: key, .. } => key.iter().find(|column| own.columns[**column].nullable),
        _ => None,
    };
    let why = match (link, key) {
        (Link::Forward { .. }, Some(column)) => format!("{} may be NULL", own.columns[*column].attribute),
        (Link::Backward { .. }, _) => format!("no row of {} need refer to it", target.model),
        _ => return None,
    };
    let model = &target.model;
    let message = format!("the field is a Related<{model}>, but {why}");
    let hint = format!("declare it as Related<Option<{model}>>");
    let fault = || ModelFault::new("relationship-option", &own.model, message, hint).on(&relationship.name);
    required.then(|| Box::new(fault()))
}

/// What `check_models` adds: fields that say there is always a row, where there may be none.
#[allow(dead_code)] // without the feature `derive` nothing asks
pub(in crate::model) fn unfit_relations(of: &Known, all: &[Declared<'static>]) -> Vec<ModelFault> {
    let each = of.relations.declared().iter().zip(of.relations.required());
    let faults = each.filter_map(|(relationship, required)| {
        let resolved = relationship::resolve(of.declared, relationship, all).ok()?;
        unfit(of.table, relationship, &resolved.link, *required, resolved.target.table)
    });
    faults.map(|fault| fault.at(of.declared.place.unwrap_or_default())).collect()
}

/// The junctions of these models that nobody declared, each once; with the table at the other end, where that is none of
/// these.
pub(in crate::model) fn junctions(tables: &[&TableRef]) -> crate::Result<Vec<(TableRef, Option<TableRef>)>> {
    let known = registry::known();
    let is_chosen = |table: &Table| tables.iter().any(|chosen| std::ptr::eq(&raw const ***chosen, table));
    let mut made: Vec<(TableRef, Option<TableRef>)> = Vec::new();
    for of in &known {
        for relationship in of.relations.declared() {
            let Some(to) = known.iter().find(|to| to.declared.path == relationship.target) else { continue };
            let outside = match (is_chosen(of.table), is_chosen(to.table)) {
                (true, true) => None,
                (true, false) => Some(to.table.clone()),
                (false, true) => Some(of.table.clone()),
                (false, false) => continue,
            };
            let resolved = match relationship::resolve(of.declared, relationship, &among(&known, [of, to])) {
                Ok(resolved) => resolved,
                Err(fault) if outside.is_none() => return Err((*fault).into()),
                // Told where it is used.
                Err(_) => continue,
            };
            let Some(Junction::Made(table)) = resolved.junction else { continue };
            let same = |other: &Table| (&other.schema, &other.name) == (&table.schema, &table.name);
            let is_known = made.iter().any(|(other, _)| same(other)) || tables.iter().any(|other| same(other));
            if !is_known {
                made.push((TableRef::new(*table), outside));
            }
        }
    }
    Ok(made)
}
