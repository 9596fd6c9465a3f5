//! What a query reads besides its own rows.

use std::sync::Arc;

use chakra::engine::{Graph, Prefetch};
use chakra::query::Select;
use chakra::schema::Role;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::output::Output;
use super::{QuerySet, State};
use crate::error::plain;
use crate::garbage::Pause;
use crate::hydrate::instances;
use crate::relationship::{Graphed, Node, Wanted, described, gather, graph_objects, name_of, plan, select};
use crate::schema::Model;
use crate::session::Work;

/// A query about to run.
pub(super) struct Fetch {
    pub(super) select: Select,
    pub(super) prefetches: Vec<Prefetch>,
    pub(super) nodes: Vec<Node>,
}

impl State {
    pub(super) fn select_related(&self, ways: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let py = ways.py();
        if ways.is_empty() {
            let message = "select_related names the relationships that come along: select_related(\"author\")";
            return Err(plain(py, "QueryError", message));
        }
        let mut next = self.clone();
        for way in ways {
            select(py, &self.model, &mut next.selected, &way_of(&self.model, &way, "select_related")?)?;
        }
        Ok(next)
    }

    pub(super) fn prefetch_related(&self, wanted: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let py = wanted.py();
        if wanted.is_empty() {
            let message = "prefetch_related names what is read: prefetch_related(\"books\")";
            return Err(plain(py, "QueryError", message));
        }
        let mut next = self.clone();
        for one in wanted {
            next.wanted.push(wanted_of(&self.model, &one)?);
        }
        // Wrong names are told here rather than when the query runs.
        next.plan(py)?;
        Ok(next)
    }

    /// What is read after the rows, as a tree.
    pub(crate) fn plan(&self, py: Python<'_>) -> PyResult<Vec<Node>> {
        if self.wanted.is_empty() {
            return Ok(Vec::new());
        }
        plan(py, &self.model, &self.selected, &self.wanted)
    }

    /// The query at the end of a relationship, as the model's class has it. One to many leads to the rows that are not
    /// marked as deleted, one to one to its row in any case: that is what it refers to.
    pub(crate) fn default_of(py: Python<'_>, model: &Arc<Model>, is_to_many: bool) -> PyResult<Self> {
        let marks = model.table.role(Role::DeletedAt).is_some();
        let objects = model.class(py)?.getattr(if marks && !is_to_many { "all_objects" } else { "objects" })?;
        match objects.cast::<QuerySet>() {
            Ok(objects) => Ok(objects.get().state.clone()),
            Err(_) => Ok(Self::new(Arc::clone(model))),
        }
    }

    /// The query for the end of a way.
    pub(crate) fn for_prefetch(&self, py: Python<'_>, target: &Model, way: &str) -> PyResult<Self> {
        let message = if self.model.table != target.table {
            format!("{way:?} leads to {}, and its query is about {}", target.table.model, self.model.table.model)
        } else if !matches!(self.output, Output::Instances) {
            format!("the query for {way:?} must give objects: leave out values and values_list")
        } else {
            return Ok(self.clone());
        };
        Err(plain(py, "QueryError", &message))
    }

    /// The statement and those that follow it.
    pub(super) fn fetch(&self, py: Python<'_>, select: Select) -> PyResult<Fetch> {
        if !matches!(self.output, Output::Instances) {
            return Ok(Fetch { select, prefetches: Vec::new(), nodes: Vec::new() });
        }
        let nodes = self.plan(py)?;
        Ok(Fetch { select: self.graph_select(select), prefetches: nodes.iter().map(Node::prefetch).collect(), nodes })
    }

    /// The statement with what `select_related` named.
    pub(crate) fn graph_select(&self, select: Select) -> Select {
        Select { related: self.selected.iter().map(|selected| selected.path.clone()).collect(), ..select }
    }

    /// The rows as Python objects.
    pub(super) fn objects<'py>(
        &self,
        py: Python<'py>,
        graph: &Graph,
        nodes: &[Node],
        session: Option<&Arc<Work>>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _pause = Pause::begin(py);
        if !matches!(self.output, Output::Instances) {
            return self.output.objects(py, &self.model, &graph.parts);
        }
        if graph.parts.len() == 1 && nodes.is_empty() {
            let objects = instances(py, &self.model, &graph.parts[0], session)?;
            gather(&self.model, &objects, self.using.as_ref())?;
            return Ok(objects);
        }
        let using = self.using.as_ref();
        let asked = Graphed { model: &self.model, selected: &self.selected, nodes, using, session };
        graph_objects(py, graph, &asked)
    }
}

/// A way: text, or a relationship of the class (`Book.author`).
fn way_of(model: &Model, given: &Bound<'_, PyAny>, method: &str) -> PyResult<String> {
    match name_of(model, given)? {
        Some(way) => Ok(way),
        None => {
            let message =
                format!("{method} takes names of relationships, not {}", described(given)?.trim_start_matches("of "));
            Err(PyTypeError::new_err(message))
        }
    }
}

/// The name of an attribute; None where none is given.
fn attribute_of<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyString>>> {
    if given.is_none() {
        return Ok(None);
    }
    match given.cast::<PyString>() {
        Ok(name) if name.call_method0("isidentifier")?.is_truthy()? => Ok(Some(name.clone())),
        _ => {
            let message = format!("to_attr is the name of an attribute, not {}", given.repr()?);
            Err(PyTypeError::new_err(message))
        }
    }
}

fn wanted_of(model: &Model, given: &Bound<'_, PyAny>) -> PyResult<Wanted> {
    let names = |way: String| way.split("__").map(str::to_owned).collect();
    let Some(query) = given.getattr_opt("queryset")? else {
        return Ok(Wanted { names: names(way_of(model, given, "prefetch_related")?), query: None, to_attr: None });
    };
    let query = match query.cast::<QuerySet>() {
        Ok(query) => Some(query.get().state.clone()),
        Err(_) if query.is_none() => None,
        Err(_) => {
            let message = format!("the queryset of a Prefetch is a query, not {}", query.get_type().name()?);
            return Err(PyTypeError::new_err(message));
        }
    };
    let to_attr = attribute_of(&given.getattr("to_attr")?)?;
    let way = way_of(model, &given.getattr("relationship")?, "Prefetch")?;
    Ok(Wanted { names: names(way), query, to_attr: to_attr.map(|name| Arc::new(name.unbind())) })
}
