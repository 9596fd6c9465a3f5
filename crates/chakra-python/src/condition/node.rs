//! The tree that `Q` objects share. Trees are built by users, so their depth is bounded where they are read, and
//! dropping one does not recurse.

use std::sync::Arc;

use pyo3::prelude::*;

use super::keyword;
use super::term::Term;
use crate::error::plain;
use crate::schema::Model;

/// The deepest nesting that is resolved; databases end at about this depth too.
const DEEPEST: usize = 200;

/// What a node says of its parts.
enum Kind {
    /// Keyword lookups, all of which must hold.
    Lookups(Vec<(String, Py<PyAny>)>),
    /// A condition on a model.
    Resolved(Arc<Model>, Term),
    /// All parts hold.
    And,
    /// At least one part holds.
    Or,
    /// The only part does not hold.
    Not,
}

/// A condition that may not know its model yet.
pub(super) struct Node {
    kind: Kind,
    parts: Vec<Arc<Node>>,
    depth: usize,
}

impl Node {
    pub(super) fn lookups(lookups: Vec<(String, Py<PyAny>)>) -> Self {
        Self { kind: Kind::Lookups(lookups), parts: Vec::new(), depth: 1 }
    }

    pub(super) fn resolved(model: Arc<Model>, term: Term) -> Self {
        Self { kind: Kind::Resolved(model, term), parts: Vec::new(), depth: 1 }
    }

    pub(super) fn all(nodes: Vec<Arc<Self>>) -> Arc<Self> {
        Self::chain(Kind::And, nodes)
    }

    pub(super) fn either(nodes: Vec<Arc<Self>>) -> Arc<Self> {
        Self::chain(Kind::Or, nodes)
    }

    /// An empty condition holds for every row on its own; beside another it says nothing.
    pub(super) fn any(left: &Arc<Self>, right: &Arc<Self>) -> Arc<Self> {
        match (left.is_empty(), right.is_empty()) {
            (true, _) => Arc::clone(right),
            (_, true) => Arc::clone(left),
            _ => Self::either(vec![Arc::clone(left), Arc::clone(right)]),
        }
    }

    pub(super) fn not(node: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self { kind: Kind::Not, parts: vec![Arc::clone(node)], depth: node.depth + 1 })
    }

    /// Parts of the same kind are taken in, so that a long chain of `&` or `|` is not a deep tree.
    fn chain(kind: Kind, nodes: Vec<Arc<Self>>) -> Arc<Self> {
        if let [only] = nodes.as_slice() {
            return Arc::clone(only);
        }
        let mut parts = Vec::with_capacity(nodes.len());
        for node in nodes {
            match (&kind, &node.kind) {
                (Kind::And, Kind::And) | (Kind::Or, Kind::Or) => parts.extend(node.parts.iter().cloned()),
                _ => parts.push(node),
            }
        }
        let depth = 1 + parts.iter().map(|part| part.depth).max().unwrap_or(0);
        Arc::new(Self { kind, parts, depth })
    }

    fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::And => self.parts.is_empty(),
            Kind::Lookups(lookups) => lookups.is_empty(),
            _ => false,
        }
    }

    /// The condition on a model.
    pub(super) fn resolve(&self, py: Python<'_>, model: &Model) -> PyResult<Term> {
        if self.depth > DEEPEST {
            let message = format!(
                "the condition on {} is nested {} levels deep; at most {DEEPEST} are taken: make it flatter",
                model.table.model, self.depth
            );
            return Err(plain(py, "QueryError", &message));
        }
        let parts = || self.parts.iter().map(|part| part.resolve(py, model)).collect::<PyResult<Vec<_>>>();
        Ok(match &self.kind {
            Kind::Lookups(lookups) => {
                let mut terms = Vec::with_capacity(lookups.len());
                for (name, value) in lookups {
                    terms.push(keyword(model, name, value.bind(py))?);
                }
                if terms.len() == 1 { terms.remove(0) } else { Term::All(terms) }
            }
            Kind::Resolved(owner, term) if owner.table == model.table => term.clone(),
            Kind::Resolved(owner, _) => {
                let message = format!("a condition on {} cannot filter {}", owner.table.model, model.table.model);
                return Err(plain(py, "FieldError", &message));
            }
            Kind::And => Term::All(parts()?),
            Kind::Or => Term::Any(parts()?),
            Kind::Not => Term::Plain(Term::All(parts()?).lower(py, model)?.not()),
        })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let mut left = std::mem::take(&mut self.parts);
        while let Some(part) = left.pop() {
            if let Some(mut node) = Arc::into_inner(part) {
                left.append(&mut node.parts);
            }
        }
    }
}
