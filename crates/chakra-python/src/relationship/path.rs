//! What `select_related` and `prefetch_related` name: ways from a model along its relationships.

use std::sync::Arc;

use chakra::engine::Prefetch;
use chakra::query::Path;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::Resolved;
use crate::error::plain;
use crate::query::QueryState;
use crate::schema::Model;

/// A to-one relationship that the query itself reads.
#[derive(Clone)]
pub(crate) struct Selected {
    /// The part of the rows that it starts from: 0 is the query's own.
    pub(crate) parent: usize,
    /// Its position among the relationships of that part's model.
    pub(crate) relationship: usize,
    pub(crate) resolved: Arc<Resolved>,
    pub(crate) target: Arc<Model>,
    /// The way to it from the query's own table.
    pub(crate) path: Path,
}

/// What `prefetch_related` was given.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub(crate) names: Vec<String>,
    pub(crate) query: Option<QueryState>,
    pub(crate) to_attr: Option<Arc<Py<PyString>>>,
}

/// A relationship that a statement of its own reads for all objects at once.
pub(crate) struct Node {
    /// The part of the rows that it starts from.
    pub(crate) part: usize,
    /// Its position among the relationships of that part's model.
    pub(crate) relationship: usize,
    pub(crate) resolved: Arc<Resolved>,
    pub(crate) target: Arc<Model>,
    pub(crate) to_attr: Option<Arc<Py<PyString>>>,
    /// What is read at its end.
    pub(crate) query: QueryState,
    pub(crate) then: Vec<Node>,
}

impl Node {
    /// What the engine runs.
    pub(crate) fn prefetch(&self) -> Prefetch {
        Prefetch {
            part: self.part,
            step: self.resolved.step.clone(),
            select: self.query.graph_select(self.query.ordered_select()),
            then: self.then.iter().map(Self::prefetch).collect(),
        }
    }

    fn is_called(&self, name: &str) -> bool {
        match &self.to_attr {
            Some(to_attr) => Python::attach(|py| to_attr.bind(py).to_cow().is_ok_and(|own| own == name)),
            None => false,
        }
    }
}

/// The relationship that a segment of a way names.
///
/// # Errors
///
/// `FieldError` with the valid names and the nearest.
pub(crate) fn step(
    py: Python<'_>,
    model: &Model,
    name: &str,
    way: &str,
) -> PyResult<(usize, Arc<Resolved>, Arc<Model>)> {
    let Some(position) = model.relationship(name) else {
        let said = if name == way { String::new() } else { format!(" in {way:?}") };
        let known: Vec<&str> = model.relationships.iter().map(|other| other.declared.name.as_str()).collect();
        let message = if model.position(name).is_some() {
            format!("{}.{name}{said} is a field, not a relationship", model.table.model)
        } else {
            let hint = crate::schema::nearest(name, known.iter().copied());
            format!("{} has no relationship {name:?}{said}{hint}", model.table.model)
        };
        let known = if known.is_empty() { "it has none".into() } else { format!("it has {}", known.join(", ")) };
        return Err(plain(py, "FieldError", &format!("{message}; {known}")));
    };
    let resolved = model.relationships[position].resolved(py, model)?;
    let target = resolved.target(py)?;
    Ok((position, resolved, target))
}

/// Adds a way along to-one relationships to those that a query reads itself; each once.
pub(crate) fn select(py: Python<'_>, root: &Arc<Model>, selected: &mut Vec<Selected>, way: &str) -> PyResult<()> {
    let (mut parent, mut model, mut path) = (0, Arc::clone(root), Path::default());
    for name in way.split("__") {
        let (relationship, resolved, target) = step(py, &model, name, way)?;
        if model.relationships[relationship].is_to_many() {
            let message = format!(
                "select_related({way:?}): {}.{name} leads to many rows, which would multiply those of the query; use prefetch_related({way:?})",
                model.table.model
            );
            return Err(plain(py, "QueryError", &message));
        }
        path = path.then(Arc::clone(&resolved.step.hop));
        let known = selected.iter().position(|other| other.parent == parent && other.relationship == relationship);
        parent = 1 + known.unwrap_or_else(|| {
            let (target, path) = (Arc::clone(&target), path.clone());
            selected.push(Selected { parent, relationship, resolved, target, path });
            selected.len() - 1
        });
        model = target;
    }
    Ok(())
}

/// Makes a tree of what was asked to be read after the rows of a query.
pub(crate) fn plan(py: Python<'_>, root: &Arc<Model>, selected: &[Selected], wanted: &[Wanted]) -> PyResult<Vec<Node>> {
    let mut nodes = Vec::new();
    for one in wanted {
        Growth { py, wanted: one, way: one.names.join("__") }.from(&mut nodes, root, selected, &one.names)?;
    }
    Ok(nodes)
}

/// One way on its way into a tree.
struct Growth<'a, 'py> {
    py: Python<'py>,
    wanted: &'a Wanted,
    way: String,
}

impl Growth<'_, '_> {
    /// Starts behind what the query reads itself, which is there already.
    fn from(
        &self,
        nodes: &mut Vec<Node>,
        root: &Arc<Model>,
        selected: &[Selected],
        mut rest: &[String],
    ) -> PyResult<()> {
        let (mut part, mut model) = (0, Arc::clone(root));
        while let [name, more @ ..] = rest
            && (!more.is_empty() || !self.says_more())
            && let Some(position) = model.relationship(name)
            && let Some(at) = selected.iter().position(|own| own.parent == part && own.relationship == position)
        {
            (part, model, rest) = (at + 1, Arc::clone(&selected[at].target), more);
        }
        self.grow(nodes, part, &model, rest)
    }

    /// Whether the end of the way has a query or an attribute of its own.
    fn says_more(&self) -> bool {
        self.wanted.query.is_some() || self.wanted.to_attr.is_some()
    }

    fn grow(&self, nodes: &mut Vec<Node>, part: usize, model: &Arc<Model>, rest: &[String]) -> PyResult<()> {
        let [name, more @ ..] = rest else { return Ok(()) };
        let is_same = |node: &Node| node.to_attr.is_none() && model.relationship(name) == Some(node.relationship);
        let known = nodes.iter().position(|node| node.part == part && (node.is_called(name) || is_same(node)));
        let ends_here = more.is_empty() && self.says_more();
        if ends_here && let Some(attribute) = &self.wanted.to_attr {
            let attribute = attribute.bind(self.py).to_string();
            if nodes.iter().any(|node| node.part == part && node.to_attr.is_some() && node.is_called(&attribute)) {
                let message =
                    format!("prefetch_related gives to_attr={attribute:?} to two queries; name one of them otherwise");
                return Err(plain(self.py, "QueryError", &message));
            }
        }
        let at = match known {
            Some(at) if !ends_here => at,
            Some(_) if self.wanted.to_attr.is_none() => {
                let way = &self.way;
                let message = format!("prefetch_related names {way:?} twice; give its query with the first mention");
                return Err(plain(self.py, "QueryError", &message));
            }
            _ => {
                nodes.push(self.node(part, model, name, ends_here)?);
                nodes.len() - 1
            }
        };
        let node = &mut nodes[at];
        let mut then = std::mem::take(&mut node.then);
        let grown = self.from(&mut then, &Arc::clone(&node.target), &node.query.selected, more);
        nodes[at].then = then;
        grown
    }

    /// Refuses an attribute that means something else already.
    fn check_free(&self, model: &Model, name: &Bound<'_, PyString>) -> PyResult<()> {
        if model.class(self.py)?.getattr_opt(name)?.is_none() && !name.to_cow()?.starts_with("__") {
            return Ok(());
        }
        let message = format!(
            "Prefetch({:?}): {} has a {name} of its own; give to_attr another name",
            self.way, model.table.model
        );
        Err(plain(self.py, "QueryError", &message))
    }

    fn node(&self, part: usize, model: &Arc<Model>, name: &str, ends_here: bool) -> PyResult<Node> {
        let (relationship, resolved, target) = step(self.py, model, name, &self.way)?;
        let given = if ends_here { self.wanted.query.as_ref() } else { None };
        let query = match given {
            Some(query) => query.for_prefetch(self.py, &target, &self.way)?,
            None => QueryState::default_of(self.py, &target, model.relationships[relationship].is_to_many())?,
        };
        let to_attr = if ends_here { self.wanted.to_attr.clone() } else { None };
        if let Some(name) = &to_attr {
            self.check_free(model, name.bind(self.py))?;
        }
        let then = query.plan(self.py)?;
        Ok(Node { part, relationship, resolved, target, to_attr, query, then })
    }
}
