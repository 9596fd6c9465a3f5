//! What relationships lead to, among the classes that are alive.

use std::sync::{Arc, Weak};

use chakra::engine::Step;
use chakra::schema::relationship::{Junction, resolve};
use chakra::schema::{Declared, MetaData, Relationship, RelationshipKind, Table, TableRef};
use pyo3::prelude::*;

use super::registry::living;
use super::{Model, model_of};
use crate::error::raise;
use crate::relationship::Resolved;

/// The junctions that nobody declares, of relationships with one end among some tables, each with the table at the other
/// end. What is wrong with such a relationship is told where it is used.
pub(super) fn junctions_to_outside(py: Python<'_>, tables: &MetaData) -> Vec<(TableRef, TableRef)> {
    let entries = living(py);
    let all: Vec<Declared<'_>> = entries.iter().map(|entry| entry.declared()).collect();
    let has =
        |table: &Table| tables.tables().iter().any(|own| (&own.schema, &own.name) == (&table.schema, &table.name));
    let mut found = Vec::new();
    for (entry, of) in entries.iter().zip(&all) {
        for relationship in of.relationships {
            if relationship.kind != RelationshipKind::ManyToMany {
                continue;
            }
            let Ok(resolved) = resolve(*of, relationship, &all) else { continue };
            let Some(Junction::Made(junction)) = resolved.junction else { continue };
            let Some(target) = entries.iter().find(|entry| entry.is_of(resolved.target.table)) else { continue };
            match (has(of.table), has(resolved.target.table)) {
                (true, false) => found.push((TableRef::new(*junction), target.table())),
                (false, true) => found.push((TableRef::new(*junction), entry.table())),
                _ => {}
            }
        }
    }
    found
}

/// What a relationship of a model leads to.
///
/// # Errors
///
/// `DefinitionError`: what is wrong with it, or with the model that it leads to.
pub(crate) fn resolve_relationship(py: Python<'_>, model: &Model, relationship: &Relationship) -> PyResult<Resolved> {
    let entries = living(py);
    let all: Vec<Declared<'_>> = entries.iter().map(|entry| entry.declared()).collect();
    let of = all.iter().find(|declared| std::ptr::eq(declared.table, &raw const *model.table)).copied();
    let of = of.unwrap_or(Declared {
        table: &model.table,
        path: &model.table.model,
        place: None,
        sound: true,
        relationships: &[],
    });
    let found = resolve(of, relationship, &all).map_err(|fault| raise((*fault).into()))?;
    let model_at = |declared: &Declared<'_>| -> PyResult<Arc<Model>> {
        let entry = entries.iter().find(|entry| entry.is_of(declared.table));
        let class = entry.and_then(|entry| entry.class(py));
        // A class that was defined again since, and is used on: it knows itself.
        let class = class.map_or_else(|| model.class(py), Ok)?;
        model_of(&class)
    };
    let target = model_at(&found.target)?;
    let junction: Option<(TableRef, Option<Weak<Model>>)> = match found.junction {
        Some(Junction::Declared(declared)) => {
            let model = model_at(&declared)?;
            Some((model.table.clone(), Some(Arc::downgrade(&model))))
        }
        Some(Junction::Made(table)) => Some((TableRef::new(*table), None)),
        None => None,
    };
    let table = junction.as_ref().map(|(table, _)| table);
    let step = Step::along(&found.link, &model.table, &target.table, table).map_err(raise)?;
    Ok(Resolved::new(&target, found.link, step, junction, found.back))
}
