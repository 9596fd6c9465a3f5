//! From the rows of a graph to objects that hold each other.

use std::sync::Arc;

use chakra::engine::{Branch, Graph, Members, RowKey, Rows};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::collection::{Collections, held};
use super::part::Part;
use super::{Node, RelationshipInfo, Selected, gather};
use crate::error::raise;
use crate::hydrate::set_plainly;
use crate::schema::Model;
use crate::session::Work;

/// A graph and how it was asked for.
pub(crate) struct Graphed<'a> {
    pub(crate) model: &'a Arc<Model>,
    pub(crate) selected: &'a [Selected],
    pub(crate) nodes: &'a [Node],
    pub(crate) using: Option<&'a Arc<Py<PyAny>>>,
    /// The session whose objects they are.
    pub(crate) session: Option<&'a Arc<Work>>,
}

/// Makes the objects of a query's own rows, holding all that was read with and after them.
pub(crate) fn graph_objects<'py>(
    py: Python<'py>,
    graph: &Graph,
    asked: &Graphed<'_>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut parts = parts_of(py, &graph.parts, asked, false)?;
    attach_all(py, &parts, asked, &graph.related)?;
    Ok(parts.swap_remove(0).objects)
}

/// The objects of rows side by side; `repeated`: one row may stand there several times.
fn parts_of<'a, 'py>(
    py: Python<'py>,
    rows: &'a [Rows],
    asked: &Graphed<'_>,
    repeated: bool,
) -> PyResult<Vec<Part<'a, 'py>>> {
    let own = if repeated { Part::distinct } else { Part::every };
    let mut parts = vec![own(py, asked.model, &rows[0], asked.session)?];
    for (selected, rows) in asked.selected.iter().zip(&rows[1..]) {
        let part = Part::distinct(py, &selected.target, rows, asked.session)?;
        let holder = if selected.parent == 0 { asked.model } else { &asked.selected[selected.parent - 1].target };
        join(py, &parts[selected.parent], &part, &holder.relationships[selected.relationship], selected)?;
        parts.push(part);
    }
    for (at, part) in parts.iter().enumerate() {
        let model = if at == 0 { asked.model } else { &asked.selected[at - 1].target };
        gather(model, &part.objects, asked.using)?;
    }
    Ok(parts)
}

/// Gives the objects of one part those of another, which stands beside it.
fn join<'py>(
    py: Python<'py>,
    parents: &Part<'_, 'py>,
    children: &Part<'_, 'py>,
    relationship: &RelationshipInfo,
    selected: &Selected,
) -> PyResult<()> {
    let name = relationship.name.bind(py);
    let none = py.None().into_bound(py);
    let back = one_back(selected.resolved.back_of(&selected.target));
    for (at, parent) in parents.objects.iter().enumerate() {
        let child = children.at(parents.row_of(at)).map(|child| &children.objects[child]);
        set_plainly(parent, name, child.unwrap_or(&none))?;
        if let (Some(child), Some(back)) = (child, back) {
            set_plainly(child, back.name.bind(py), parent)?;
        }
    }
    Ok(())
}

/// A relationship that leads back to one object.
fn one_back(back: Option<&RelationshipInfo>) -> Option<&RelationshipInfo> {
    back.filter(|back| !back.is_to_many())
}

fn attach_all<'py>(
    py: Python<'py>,
    parts: &[Part<'_, 'py>],
    asked: &Graphed<'_>,
    related: &[Vec<Branch>],
) -> PyResult<()> {
    for (node, branches) in asked.nodes.iter().zip(related) {
        let model = if node.part == 0 { asked.model } else { &asked.selected[node.part - 1].target };
        let part = &parts[node.part];
        let keys = part.keys(&node.resolved.step.hop.from_columns)?;
        let key = |at: usize| keys.key(part.row_of(at)).map_err(raise);
        let parents = Parents { objects: &part.objects, are_new: asked.session.is_none() };
        attach(py, model, parents, key, node, branches, (asked.using, asked.session))?;
    }
    Ok(())
}

/// The objects that are given what a step found.
pub(super) struct Parents<'a, 'py> {
    pub(super) objects: &'a [Bound<'py, PyAny>],
    /// Whether they were just made, so that they hold nothing under the relationship's name.
    pub(super) are_new: bool,
}

/// Gives parents what a step found for them, and the objects found what was found behind them; `key` tells by which
/// values the rows at the step's end belong to a parent.
pub(super) fn attach<'py>(
    py: Python<'py>,
    model: &Model,
    parents: Parents<'_, 'py>,
    key: impl Fn(usize) -> PyResult<Option<RowKey>>,
    node: &Node,
    branches: &[Branch],
    (using, session): (Option<&Arc<Py<PyAny>>>, Option<&Arc<Work>>),
) -> PyResult<()> {
    let asked = Graphed { model: &node.target, selected: &node.query.selected, nodes: &node.then, using, session };
    let mut found = Vec::with_capacity(branches.len());
    for branch in branches {
        let mut parts = parts_of(py, branch.found.target(), &asked, branch.found.passed > 0)?;
        attach_all(py, &parts, &asked, &branch.related)?;
        found.push(parts.swap_remove(0));
    }
    let members = Members::of(branches).map_err(raise)?;
    let relationship = &model.relationships[node.relationship];
    let back = one_back(node.resolved.back_of(&node.target));
    let holding = Holding { py, relationship, node, are_new: parents.are_new, collections: Collections::new(py)? };
    for (at, parent) in parents.objects.iter().enumerate() {
        let key = key(at)?;
        let own = key.as_ref().map(|key| members.of_key(key)).unwrap_or_default();
        let child = |(branch, row): &(usize, usize)| found[*branch].at(*row).map(|at| &found[*branch].objects[at]);
        let children: Vec<&Bound<'py, PyAny>> = own.iter().filter_map(child).collect();
        if let Some(back) = back {
            for child in &children {
                set_plainly(child, back.name.bind(py), parent)?;
            }
        }
        holding.hold(parent, &children)?;
    }
    Ok(())
}

/// How parents hold what was found for them.
struct Holding<'a, 'py> {
    py: Python<'py>,
    relationship: &'a RelationshipInfo,
    node: &'a Node,
    are_new: bool,
    collections: Collections<'py>,
}

impl<'py> Holding<'_, 'py> {
    /// Sets what one parent holds from now on.
    fn hold(&self, parent: &Bound<'py, PyAny>, children: &[&Bound<'py, PyAny>]) -> PyResult<()> {
        let name = self.node.to_attr.as_ref().map_or(&self.relationship.name, |name| name).bind(self.py);
        if !self.relationship.is_to_many() {
            let none = self.py.None().into_bound(self.py);
            return set_plainly(parent, name, children.first().copied().unwrap_or(&none));
        }
        let items = PyList::new(self.py, children)?.into_any();
        if self.node.to_attr.is_some() {
            return set_plainly(parent, name, &items);
        }
        if !self.are_new
            && let Some(collection) = held(parent, self.relationship)?
        {
            return collection.setattr(pyo3::intern!(self.py, "_items"), items);
        }
        set_plainly(parent, name, &self.collections.make(parent, name, &items)?)
    }
}
