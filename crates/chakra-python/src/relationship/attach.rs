//! From the rows of a graph to objects that hold each other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chakra::engine::{Branch, Graph, Rows};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple, PyType};

use super::{Node, RelationshipInfo, Selected, gather};
use crate::hydrate::{Maker, cell, set_plainly, slot};
use crate::instance::attribute;
use crate::schema::Model;

/// A graph and how it was asked for.
pub(crate) struct Graphed<'a> {
    pub(crate) model: &'a Arc<Model>,
    pub(crate) selected: &'a [Selected],
    pub(crate) nodes: &'a [Node],
    pub(crate) using: Option<&'a Arc<Py<PyAny>>>,
}

/// The objects of one part of rows.
struct Part<'py> {
    /// One for each row; None where a way led nowhere.
    by_row: Vec<Option<Bound<'py, PyAny>>>,
    /// Each once.
    objects: Vec<Bound<'py, PyAny>>,
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
fn parts_of<'py>(py: Python<'py>, rows: &[Rows], asked: &Graphed<'_>, repeated: bool) -> PyResult<Vec<Part<'py>>> {
    let own = if repeated { distinct(py, asked.model, &rows[0])? } else { every(py, asked.model, &rows[0])? };
    let mut parts = vec![own];
    for (selected, rows) in asked.selected.iter().zip(&rows[1..]) {
        let part = distinct(py, &selected.target, rows)?;
        let parent = &parts[selected.parent];
        let holder = if selected.parent == 0 { asked.model } else { &asked.selected[selected.parent - 1].target };
        let relationship = &holder.relationships[selected.relationship];
        let back = one_back(selected.resolved.back_of(&selected.target));
        for (parent, child) in parent.by_row.iter().zip(&part.by_row) {
            let Some(parent) = parent else { continue };
            let value = child.clone().unwrap_or_else(|| py.None().into_bound(py));
            set_plainly(parent, relationship.name.bind(py), value)?;
            if let (Some(child), Some(back), false) = (child, back, relationship.declared.kind.reversed().is_to_many())
            {
                set_plainly(child, back.name.bind(py), parent.clone())?;
            }
        }
        parts.push(part);
    }
    for (at, part) in parts.iter().enumerate() {
        let model = if at == 0 { asked.model } else { &asked.selected[at - 1].target };
        gather(model, &part.objects, asked.using)?;
    }
    Ok(parts)
}

/// A relationship that leads back to one object.
fn one_back(back: Option<&RelationshipInfo>) -> Option<&RelationshipInfo> {
    back.filter(|back| !back.is_to_many())
}

fn every<'py>(py: Python<'py>, model: &Model, rows: &Rows) -> PyResult<Part<'py>> {
    let maker = Maker::new(py, model, rows)?;
    let objects: Vec<_> = (0..rows.len()).map(|row| maker.make(row)).collect::<PyResult<_>>()?;
    Ok(Part { by_row: objects.iter().cloned().map(Some).collect(), objects })
}

/// One object for each row that differs from the others by its key.
fn distinct<'py>(py: Python<'py>, model: &Model, rows: &Rows) -> PyResult<Part<'py>> {
    let maker = Maker::new(py, model, rows)?;
    let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut part = Part { by_row: Vec::with_capacity(rows.len()), objects: Vec::new() };
    let mut key = Vec::new();
    for row in 0..rows.len() {
        if rows.is_missing(row) {
            part.by_row.push(None);
            continue;
        }
        key.clear();
        rows.push_raw_key(row, &mut key);
        let at = match known.get(&key) {
            Some(at) => *at,
            None => {
                part.objects.push(maker.make(row)?);
                known.insert(key.clone(), part.objects.len() - 1);
                part.objects.len() - 1
            }
        };
        part.by_row.push(Some(part.objects[at].clone()));
    }
    Ok(part)
}

fn attach_all<'py>(py: Python<'py>, parts: &[Part<'py>], asked: &Graphed<'_>, related: &[Vec<Branch>]) -> PyResult<()> {
    for (node, branches) in asked.nodes.iter().zip(related) {
        let model = if node.part == 0 { asked.model } else { &asked.selected[node.part - 1].target };
        attach(py, model, &parts[node.part].objects, node, branches, asked.using)?;
    }
    Ok(())
}

/// Gives parents what a step found for them, and the objects found what was found behind them.
pub(super) fn attach<'py>(
    py: Python<'py>,
    model: &Model,
    parents: &[Bound<'py, PyAny>],
    node: &Node,
    branches: &[Branch],
    using: Option<&Arc<Py<PyAny>>>,
) -> PyResult<()> {
    let groups = PyDict::new(py);
    let asked = Graphed { model: &node.target, selected: &node.query.selected, nodes: &node.then, using };
    for branch in branches {
        let parts = parts_of(py, branch.found.target(), &asked, branch.found.passed > 0)?;
        attach_all(py, &parts, &asked, &branch.related)?;
        group(py, model, node, branch, &parts[0], &groups)?;
    }
    let relationship = &model.relationships[node.relationship];
    let back = one_back(node.resolved.back_of(&node.target));
    let from = &node.resolved.step.hop.from_columns;
    for parent in parents {
        let key = own_key(model, parent, from)?;
        let found = match &key {
            Some(key) => groups.get_item(key)?,
            None => None,
        };
        let items = match found {
            Some(items) => items.cast_into::<PyList>()?,
            None => PyList::empty(py),
        };
        if let Some(back) = back {
            for child in &items {
                set_plainly(&child, back.name.bind(py), parent.clone())?;
            }
        }
        hold(py, parent, relationship, node, items)?;
    }
    Ok(())
}

/// Sets what one parent holds from now on.
fn hold<'py>(
    py: Python<'py>,
    parent: &Bound<'py, PyAny>,
    relationship: &RelationshipInfo,
    node: &Node,
    items: Bound<'py, PyList>,
) -> PyResult<()> {
    let is_to_many = relationship.is_to_many();
    let first = || if items.is_empty() { Ok(py.None().into_bound(py)) } else { items.get_item(0) };
    match &node.to_attr {
        Some(name) if is_to_many => set_plainly(parent, name.bind(py), items.into_any()),
        Some(name) => set_plainly(parent, name.bind(py), first()?),
        None if is_to_many => fill_collection(py, parent, relationship, items),
        None => set_plainly(parent, relationship.name.bind(py), first()?),
    }
}

/// Fills the collection that the parent has, or gives it one.
fn fill_collection<'py>(
    py: Python<'py>,
    parent: &Bound<'py, PyAny>,
    relationship: &RelationshipInfo,
    items: Bound<'py, PyList>,
) -> PyResult<()> {
    let name = relationship.name.bind(py);
    if let Some(collection) = held(parent, relationship)? {
        return collection.setattr(pyo3::intern!(py, "_items"), items);
    }
    let collection = collection_class(py)?.call1((parent, name, items))?;
    set_plainly(parent, name, collection)
}

/// What an object holds under a relationship's name, if anything.
pub(super) fn held<'py>(
    object: &Bound<'py, PyAny>,
    relationship: &RelationshipInfo,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    let attributes = object.getattr(pyo3::intern!(py, "__dict__"))?.cast_into::<PyDict>()?;
    attributes.get_item(relationship.name.bind(py))
}

/// The class of collections.
pub(super) fn collection_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "chakra.related", "Collection")
}

/// The values by which the rows at a step's end belong to an object; None where one is missing.
fn own_key<'py>(model: &Model, object: &Bound<'py, PyAny>, columns: &[usize]) -> PyResult<Option<Bound<'py, PyAny>>> {
    if let [only] = columns {
        let value = attribute(model, object, *only)?;
        return Ok(if value.is_none() { None } else { Some(value) });
    }
    let values = columns.iter().map(|column| attribute(model, object, *column)).collect::<PyResult<Vec<_>>>()?;
    if values.iter().any(Bound::is_none) {
        return Ok(None);
    }
    Ok(Some(PyTuple::new(object.py(), values)?.into_any()))
}

/// Adds the objects of a branch to lists by the keys of their parents.
fn group<'py>(
    py: Python<'py>,
    model: &Model,
    node: &Node,
    branch: &Branch,
    part: &Part<'py>,
    groups: &Bound<'py, PyDict>,
) -> PyResult<()> {
    let (hop, owners) = (&node.resolved.step.hop, &branch.found.rows[0]);
    // The values are read as the parents' fields read them, so that equal keys are equal objects.
    let slots: Vec<_> = hop.from_columns.iter().map(|position| slot(py, model, *position)).collect();
    // A junction of a model's own may hold a pair twice.
    let mut joined = HashSet::new();
    for (row, child) in part.by_row.iter().enumerate() {
        let Some(child) = child else { continue };
        let key = if branch.found.passed == 0 {
            own_key(&node.target, child, &hop.to_columns)?
        } else {
            let values =
                branch.found.owner.iter().zip(&slots).map(|(column, slot)| cell(py, owners, row, *column, slot));
            let mut values = values.collect::<PyResult<Vec<_>>>()?;
            Some(if values.len() == 1 { values.swap_remove(0) } else { PyTuple::new(py, values)?.into_any() })
        };
        let Some(key) = key else { continue };
        match groups.get_item(&key)? {
            Some(list) => {
                if branch.found.passed == 0 || joined.insert((list.as_ptr(), child.as_ptr())) {
                    list.cast::<PyList>()?.append(child)?;
                }
            }
            None => {
                let list = PyList::new(py, [child])?;
                joined.insert((list.as_any().as_ptr(), child.as_ptr()));
                groups.set_item(key, list)?;
            }
        }
    }
    Ok(())
}
