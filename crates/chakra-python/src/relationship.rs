//! Relationships as Python sees them: what a model declares, and what it leads to.

mod assign;
mod attach;
mod change;
mod collection;
mod field;
mod given;
mod in_step;
mod load;
mod part;
mod path;
mod reach;
mod siblings;
mod undo;

pub(crate) use assign::{
    Behind, assign, check_parents, drop_outdated, forget_related, leave_parents, own_collections, parents_behind,
    parts_of,
};
pub(crate) use attach::{Graphed, graph_objects};
pub(crate) use change::{change_related, empty_related, related_query};
pub(crate) use collection::held;
pub(crate) use field::{Reached, name_of, named_order, reach, written};
pub(crate) use given::described;
pub(crate) use load::load_related;
pub(crate) use path::{Node, Selected, Wanted, plan, select, step};
pub(crate) use reach::{dependants, reachable};
pub(crate) use siblings::{Membership, Siblings, gather, loads_of_siblings};
pub(crate) use undo::{LoadedInside, Moved, forget_keys_of_new_parents};

use std::sync::{Arc, Weak};

use chakra::engine::Step;
use chakra::schema::relationship::Link;
use chakra::schema::{Relationship, RelationshipKind, TableRef};
use parking_lot::Mutex;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::error::plain;
use crate::schema::{Model, generation, optional, required, resolve_relationship};

/// One relationship of a model.
#[derive(Debug)]
pub(crate) struct RelationshipInfo {
    /// The attribute's name, interned.
    pub(crate) name: Py<PyString>,
    pub(crate) declared: Relationship,
    /// What it led to when it was last looked up, and among which models.
    found: Mutex<Option<(u64, Arc<Resolved>)>>,
}

/// What a relationship leads to.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// Weak: two models that lead to each other would keep each other alive for ever.
    target: Weak<Model>,
    pub(crate) link: Link,
    pub(crate) step: Step,
    /// The junction's table, and its model where one is declared.
    pub(crate) junction: Option<(TableRef, Option<Weak<Model>>)>,
    /// Which of the target's relationships leads back.
    pub(crate) back: Option<usize>,
}

impl Resolved {
    pub(crate) fn new(
        target: &Arc<Model>,
        link: Link,
        step: Step,
        junction: Option<(TableRef, Option<Weak<Model>>)>,
        back: Option<usize>,
    ) -> Self {
        Self { target: Arc::downgrade(target), link, step, junction, back }
    }

    /// The related model.
    ///
    /// # Errors
    ///
    /// `DefinitionError` where its class is gone.
    pub(crate) fn target(&self, py: Python<'_>) -> PyResult<Arc<Model>> {
        self.target.upgrade().ok_or_else(|| {
            let message = format!("the class of {} is gone; keep a reference to it", self.step.target().model);
            plain(py, "DefinitionError", &message)
        })
    }

    /// The related model's relationship that leads back.
    pub(crate) fn back_of<'a>(&self, target: &'a Model) -> Option<&'a RelationshipInfo> {
        self.back.and_then(|back| target.relationships.get(back))
    }

    /// The positions of this model's columns that refer to the target, where it is this model that does.
    pub(crate) fn own_key(&self) -> Option<(&[usize], &[usize])> {
        match &self.link {
            Link::Forward { own, target } => Some((own, target)),
            _ => None,
        }
    }
}

impl RelationshipInfo {
    /// Reads what Python says of a relationship.
    pub(crate) fn described(given: &Bound<'_, PyDict>) -> PyResult<Self> {
        let name: String = required(given, "name")?;
        let mut declared = Relationship::new(&name, kind_of(given)?, required::<String>(given, "target")?);
        declared.back_populates = optional(given, "back_populates")?;
        declared.foreign_key = optional(given, "foreign_key")?.unwrap_or_default();
        declared.through = optional(given, "through")?;
        declared.through_fields = optional(given, "through_fields")?;
        declared.symmetrical = optional(given, "symmetrical")?.unwrap_or(false);
        let name = PyString::intern(given.py(), &name).unbind();
        Ok(Self { name, declared, found: Mutex::new(None) })
    }

    /// Whether it leads to any number of rows.
    pub(crate) fn is_to_many(&self) -> bool {
        self.declared.kind.is_to_many()
    }

    /// What it leads to.
    ///
    /// # Errors
    ///
    /// `DefinitionError`: what is wrong with the relationship, or with the model it leads to.
    pub(crate) fn resolved(&self, py: Python<'_>, of: &Model) -> PyResult<Arc<Resolved>> {
        let now = generation();
        if let Some((_, found)) = self.found.lock().as_ref().filter(|(at, found)| *at == now && found.is_alive()) {
            return Ok(Arc::clone(found));
        }
        let found = Arc::new(resolve_relationship(py, of, &self.declared)?);
        *self.found.lock() = Some((now, Arc::clone(&found)));
        Ok(found)
    }
}

impl Resolved {
    fn is_alive(&self) -> bool {
        self.target.strong_count() > 0
    }
}

fn kind_of(given: &Bound<'_, PyDict>) -> PyResult<RelationshipKind> {
    use RelationshipKind::{ManyToMany, ManyToOne, OneToMany, OneToOne};
    let name: String = required(given, "kind")?;
    let named = [ManyToOne, OneToOne, OneToMany, ManyToMany].into_iter().find(|kind| kind.name() == name);
    named.ok_or_else(|| PyTypeError::new_err(format!("unknown kind of relationship {name:?}")))
}
