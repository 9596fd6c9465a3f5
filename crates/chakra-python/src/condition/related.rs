//! Keywords that go along relationships: `author__name="x"`, `tags__isnull=True`, `author=ada`.

use std::sync::Arc;

use chakra::query::expr::{CompareOp, IsNull};
use chakra::query::{ColumnRef, Expr, Lookup, Path, lookup};
use chakra::schema::relationship::Link;
use chakra::types::Value;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyString, PyTuple, PyType};

use super::node::Node;
use super::term::{Term, Way};
use super::{Q, keyword};
use crate::convert::to_comparand;
use crate::error::{plain, validation};
use crate::instance::{ModelBase, attribute, model_of_instance};
use crate::relationship::{Resolved, described, step};
use crate::schema::{Model, model_of};

/// The condition of a class's relationship: `Book.author == ada`, `Book.author.in_([ada, bo])`.
#[pyfunction]
#[pyo3(signature = (class, name, lookup, value, /))]
pub(crate) fn related_condition(
    class: &Bound<'_, PyType>,
    name: &str,
    lookup: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<Q> {
    let model = model_of(class)?;
    let lookup = Lookup::from_name(lookup).unwrap_or(Lookup::Exact);
    let term = About::new(value.py(), &model, name, name)?.object(lookup, value)?;
    Ok(Q { node: Arc::new(Node::resolved(model, term)) })
}

/// The condition of a keyword whose first name is a relationship; None where it is none.
pub(super) fn condition(model: &Model, name: &str, value: &Bound<'_, PyAny>) -> Option<PyResult<Term>> {
    let (head, rest) = name.split_once("__").map_or((name, None), |(head, rest)| (head, Some(rest)));
    model.relationship(head)?;
    Some(along(model, head, rest, name, value))
}

fn along(model: &Model, head: &str, rest: Option<&str>, whole: &str, value: &Bound<'_, PyAny>) -> PyResult<Term> {
    let py = value.py();
    let about = About::new(py, model, head, whole)?;
    let Some(rest) = rest else { return about.object(Lookup::Exact, value) };
    if about.target.names(rest) {
        if !about.is_to_many
            && let Some(own) = about.own_column(rest)
        {
            return keyword(model, &own, value);
        }
        return Ok(about.reach(keyword(&about.target, rest, value)?));
    }
    match Lookup::from_name(rest) {
        Some(lookup) => about.object(lookup, value),
        // Says which names the target has.
        None => keyword(&about.target, rest, value).map(|term| about.reach(term)),
    }
}

/// A relationship that a condition is about.
struct About<'a> {
    model: &'a Model,
    head: &'a str,
    resolved: Arc<Resolved>,
    target: Arc<Model>,
    is_to_many: bool,
}

impl<'a> About<'a> {
    fn new(py: Python<'_>, model: &'a Model, head: &'a str, whole: &str) -> PyResult<Self> {
        let (position, resolved, target) = step(py, model, head, whole)?;
        let is_to_many = model.relationships[position].is_to_many();
        Ok(Self { model, head, resolved, target, is_to_many })
    }

    /// A condition of the target, asked of this model.
    fn reach(&self, term: Term) -> Term {
        let step = &self.resolved.step;
        if self.is_to_many {
            return Term::Many(Way { path: Path::default(), step: Arc::new(step.clone()) }, Box::new(term));
        }
        term.at_end_of(&Path::default().then(Arc::clone(&step.hop)))
    }

    /// `author__id__gte` as `author_id__gte`: the foreign key itself, so that nothing need be joined.
    fn own_column(&self, rest: &str) -> Option<String> {
        let (name, lookup) = rest.split_once("__").map_or((rest, ""), |(name, _)| (name, &rest[name.len()..]));
        let own = self.resolved.own_column_for(self.model, self.target.position(name)?)?;
        Some(format!("{}{lookup}", self.model.column(own).attribute))
    }

    /// A condition on the related row as a whole.
    fn object(&self, lookup: Lookup, value: &Bound<'_, PyAny>) -> PyResult<Term> {
        match lookup {
            Lookup::IsNull => match value.cast::<PyBool>() {
                Ok(yes) => Ok(self.is_none(yes.is_true())),
                Err(_) => Err(self.refused(value, lookup, "True or False")),
            },
            Lookup::Exact if value.is_none() => Ok(self.is_none(true)),
            Lookup::Ne if value.is_none() => Ok(self.is_none(false)),
            Lookup::Exact => self.is_one_of(std::slice::from_ref(value)),
            Lookup::Ne => self.negated(self.is_one_of(std::slice::from_ref(value))?, value.py()),
            Lookup::In => self.is_one_of(&self.members(value)?),
            Lookup::NotIn => self.negated(self.is_one_of(&self.members(value)?)?, value.py()),
            other => {
                let message = format!(
                    "{}.{} is a relationship: it has the lookups exact, ne, in, not_in and isnull, not {:?}; name a field of {} for others",
                    self.model.table.model,
                    self.head,
                    other.name(),
                    self.target.table.model
                );
                Err(plain(value.py(), "FieldError", &message))
            }
        }
    }

    fn negated(&self, term: Term, py: Python<'_>) -> PyResult<Term> {
        Ok(Term::Plain(term.lower(py, self.model)?.not()))
    }

    /// That there is no related row, or that there is one.
    fn is_none(&self, none: bool) -> Term {
        if self.is_to_many {
            let any = self.reach(Term::All(Vec::new()));
            return match any {
                Term::Many(way, _) if none => Term::Plain(way.step.exists(way.path, None).not()),
                any => any,
            };
        }
        let null = |expr| Expr::from(IsNull { expr, negated: !none });
        if let Link::Forward { own, .. } = &self.resolved.link
            && self.model.table.foreign_keys.iter().any(|key| key.columns == *own)
            && let [only] = own.as_slice()
        {
            return Term::Plain(null(Expr::column(&self.model.table, *only)));
        }
        self.reach(Term::Plain(null(Expr::column(&self.target.table, self.target.table.primary_key[0]))))
    }

    /// That the related row is one of these: objects, keys, or None for no row.
    fn is_one_of(&self, values: &[Bound<'_, PyAny>]) -> PyResult<Term> {
        let (mut any, mut keys) = (Vec::new(), Vec::new());
        for value in values {
            if values.len() > 1
                && let Some(key) = self.own_key(value)?
            {
                keys.push(key);
                continue;
            }
            any.push(if value.is_none() { self.is_none(true) } else { self.is(value)? });
        }
        if let Link::Forward { own, .. } = &self.resolved.link
            && !keys.is_empty()
        {
            any.push(Term::Plain(match own.as_slice() {
                [only] => lookup::in_list(Expr::column(&self.model.table, *only), keys.into_iter().flatten().collect()),
                _ => {
                    let column = |at: &usize| ColumnRef::root(&self.model.table, *at);
                    lookup::in_keys(&own.iter().map(column).collect::<Vec<_>>(), keys)
                }
            }));
        }
        Ok(match any.len() {
            0 => Term::Plain(Expr::Constant(false)),
            1 => any.swap_remove(0),
            _ => Term::Any(any),
        })
    }

    /// What this model's foreign key holds where it leads to a saved object, or to the row of a key of several fields.
    /// None for anything else.
    fn own_key(&self, value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<Value>>> {
        let Link::Forward { target: columns, .. } = &self.resolved.link else { return Ok(None) };
        let key = &self.target.table.primary_key;
        if !value.is_instance_of::<ModelBase>() {
            if !value.is_instance_of::<PyTuple>() || key.len() < 2 || key != columns {
                return Ok(None);
            }
            return super::key::parts(&self.target, value).map(Some);
        }
        let model = model_of_instance(value)?;
        if model.table != self.target.table {
            return Ok(None);
        }
        let mut parts = Vec::with_capacity(columns.len());
        for position in columns {
            let part = attribute(&model, value, *position)?;
            if part.is_none() {
                return Ok(None);
            }
            parts.push(to_comparand(&model, *position, &part)?);
        }
        Ok(Some(parts))
    }

    fn is(&self, value: &Bound<'_, PyAny>) -> PyResult<Term> {
        let key = &self.target.table.primary_key;
        if value.is_instance_of::<PyType>() {
            let expected = format!("an object of {} or its key, not {}", self.target.table.model, described(value)?);
            return Err(self.refused(value, Lookup::Exact, &expected));
        }
        if !value.is_instance_of::<ModelBase>() {
            let [only] = key.as_slice() else {
                return Ok(self.reach(keyword(&self.target, "pk", value)?));
            };
            let name = self.target.column(*only).attribute.clone();
            let made = along(self.model, self.head, Some(&name), self.head, value);
            return if value.is_instance_of::<PyString>() { made.map_err(|_| self.no_key(value)) } else { made };
        }
        let model = model_of_instance(value)?;
        if model.table != self.target.table {
            let message = format!("an object of {}, not of {}", self.target.table.model, model.table.model);
            return Err(self.refused(value, Lookup::Exact, &message));
        }
        let positions = match &self.resolved.link {
            Link::Forward { target, .. } => target,
            _ => key,
        };
        let mut parts = Vec::with_capacity(positions.len());
        for (at, position) in positions.iter().enumerate() {
            let part = attribute(&model, value, *position)?;
            if part.is_none() {
                return Err(self.refused(
                    value,
                    Lookup::Exact,
                    "an object that is saved, because it is told by its key",
                ));
            }
            let part = to_comparand(&model, *position, &part)?;
            parts.push(match &self.resolved.link {
                Link::Forward { own, .. } => {
                    Term::Plain(lookup::compare(Expr::column(&self.model.table, own[at]), CompareOp::Eq, part))
                }
                _ => Term::Plain(lookup::compare(Expr::column(&self.target.table, *position), CompareOp::Eq, part)),
            });
        }
        let all = Term::All(parts);
        Ok(if matches!(self.resolved.link, Link::Forward { .. }) { all } else { self.reach(all) })
    }

    /// The refusal of a text that is no key: of a name, most likely.
    fn no_key(&self, value: &Bound<'_, PyAny>) -> PyErr {
        let model = &self.target.table.model;
        let field = (0..self.target.fields.len()).find(|at| !self.target.column(*at).primary_key);
        let field = field.map_or("field", |at| &self.target.column(at).attribute);
        let expected = format!(
            "an object of {model} or its key; a field of {model} is asked for by its name, such as {}__{field}=...",
            self.head
        );
        self.refused(value, Lookup::Exact, &expected)
    }

    fn members<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let refused = || self.refused(value, Lookup::In, "a list, tuple or set of objects or keys");
        if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
            return Err(refused());
        }
        value.try_iter().map_err(|_| refused())?.collect()
    }

    fn refused(&self, value: &Bound<'_, PyAny>, lookup: Lookup, expected: &str) -> PyErr {
        let place = crate::error::Place { model: &self.model.table.model, field: self.head, defined: None };
        let message = format!("the lookup {:?} takes {expected}", lookup.name());
        validation(value.py(), place, Some(value), lookup.name(), &message)
    }
}
