//! Fields by name where a relationship may stand in the name, or in a field's place: `author__name`, `author`.

use std::sync::Arc;

use chakra::query::{ColumnRef, Direction, Expr, Order, Path};
use chakra::schema::relationship::Link;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::Resolved;
use super::path::step;
use crate::condition::{Column, orderable};
use crate::error::plain;
use crate::schema::{Model, model_of};

/// A field at the end of a way to one row.
pub(crate) struct Reached {
    /// The way; without steps where it is a field of the model itself.
    pub(crate) path: Path,
    /// The model at the end of the way; None: the one that was asked.
    pub(crate) model: Option<Arc<Model>>,
    pub(crate) position: usize,
}

impl Reached {
    /// The column, in a query of the model that was asked.
    pub(crate) fn column(&self, root: &Model) -> ColumnRef {
        let table = &self.model.as_deref().unwrap_or(root).table;
        ColumnRef { path: self.path.clone(), ..ColumnRef::root(table, self.position) }
    }
}

/// The field that a name leads to. A relationship itself stands for the key that is kept for it.
///
/// # Errors
///
/// `FieldError` for a name that is none, and for a way to many rows; `verb` says what cannot be done then.
pub(crate) fn reach(py: Python<'_>, model: &Model, name: &str, verb: &str) -> PyResult<Reached> {
    let own = |position| Reached { path: Path::default(), model: None, position };
    let (head, rest) = split(name);
    if model.position(name).is_some() || model.relationship(head).is_none() {
        return model.require(py, name).map(own);
    }
    let (position, resolved, target) = step(py, model, head, name)?;
    if model.relationships[position].is_to_many() {
        let message = format!(
            "{verb}: {head} leads to many rows; read them with prefetch_related({head:?}), or ask {} for them",
            target.table.model
        );
        return Err(plain(py, "FieldError", &message));
    }
    let Some(rest) = rest else {
        return match own_columns(py, model, head)?.as_slice() {
            [only] => Ok(own(*only)),
            several => {
                let names = names_of(model, several);
                let message = format!("{}.{head} has a key of several fields; name them: {names}", model.table.model);
                Err(plain(py, "FieldError", &message))
            }
        };
    };
    let reached = reach(py, &target, rest, verb)?;
    if reached.model.is_none()
        && let Some(position) = resolved.own_column_for(model, reached.position)
    {
        return Ok(own(position));
    }
    let path = Path::default().then(Arc::clone(&resolved.step.hop)).join(&reached.path);
    Ok(Reached { path, model: Some(reached.model.unwrap_or(target)), position: reached.position })
}

fn split(name: &str) -> (&str, Option<&str>) {
    name.split_once("__").map_or((name, None), |(head, rest)| (head, Some(rest)))
}

fn names_of(model: &Model, positions: &[usize]) -> String {
    let names: Vec<&str> = positions.iter().map(|position| model.column(*position).attribute.as_str()).collect();
    names.join(", ")
}

/// The fields that are written where a name is: the field itself, or those that hold a relationship's key.
///
/// # Errors
///
/// As [`own_columns`].
pub(crate) fn written(py: Python<'_>, model: &Model, name: &str) -> PyResult<Vec<usize>> {
    match model.position(name) {
        None if model.relationship(name).is_some() => own_columns(py, model, name),
        Some(position) => Ok(vec![position]),
        None => Err(model.unknown_field(py, name)),
    }
}

/// The columns of a model that hold a relationship's key.
///
/// # Errors
///
/// `FieldError` where others refer to the model: it says who, and what to do instead.
pub(crate) fn own_columns(py: Python<'_>, model: &Model, name: &str) -> PyResult<Vec<usize>> {
    let (position, resolved, target) = step(py, model, name, name)?;
    let (own, its) = (&model.table.model, &target.table.model);
    if model.relationships[position].is_to_many() {
        let message = format!(
            "{own}.{name} leads to many rows, of which {own} has no field: change them by `await {}.{name}.set([...])`, add or remove",
            own.to_lowercase()
        );
        return Err(plain(py, "FieldError", &message));
    }
    match &resolved.link {
        Link::Forward { own, .. } => Ok(own.clone()),
        Link::Backward { target: columns, .. } | Link::Junction { target: columns, .. } => {
            let names = names_of(&target, columns);
            let key = target.key_names();
            let message = format!(
                "{own}.{name} is held by {its}.{names}, so {own} has no field of it: read {name}__{key}, and write by {its}.objects or by the {its} itself"
            );
            Err(plain(py, "FieldError", &message))
        }
    }
}

impl Resolved {
    /// The column of the model itself that is equal to a column of the row that a relationship leads to: its foreign
    /// key, so that nothing need be joined. None where no constraint keeps the two equal.
    pub(crate) fn own_column_for(&self, model: &Model, target_position: usize) -> Option<usize> {
        let Link::Forward { own, target } = &self.link else { return None };
        let at = target.iter().position(|position| *position == target_position)?;
        model.table.foreign_keys.iter().any(|key| key.columns == *own).then(|| own[at])
    }
}

/// The terms of a field's or a relationship's name, with `-` before it for descending.
pub(crate) fn named_order(py: Python<'_>, model: &Model, text: &str) -> PyResult<Vec<Order>> {
    let Some(name) = text.strip_prefix('-') else { return terms(py, model, text, text) };
    let opposite = |mut order: Order| {
        order.direction = match order.direction {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        };
        order
    };
    Ok(terms(py, model, name, name)?.into_iter().map(opposite).collect())
}

/// What a name says of the order: of a relationship, the order that the related model gives its rows, or its key.
fn terms(py: Python<'_>, model: &Model, name: &str, whole: &str) -> PyResult<Vec<Order>> {
    let (head, rest) = split(name);
    if model.position(name).is_some() || model.relationship(head).is_none() {
        let positions = if name == "pk" { model.table.primary_key.clone() } else { vec![model.require(py, name)?] };
        let term = |position: usize| {
            orderable(py, model, position)?;
            Ok(Order::ascending(&model.table, position))
        };
        return positions.into_iter().map(term).collect();
    }
    let (position, resolved, target) = step(py, model, head, whole)?;
    if model.relationships[position].is_to_many() {
        let message = format!(
            "rows cannot be ordered by {whole:?}: {}.{head} leads to many rows, of which none is the one to order by",
            model.table.model
        );
        return Err(plain(py, "FieldError", &message));
    }
    let its = match rest {
        Some(rest) => terms(py, &target, rest, whole)?,
        None if target.table.ordering.is_empty() => Order::by_key(&target.table),
        None => Order::of_model(&target.table),
    };
    let path = Path::default().then(Arc::clone(&resolved.step.hop));
    let behind = |order: Order| {
        let own = match &order.expr {
            Expr::Column(column) if column.path.is_root() => resolved.own_column_for(model, column.position),
            _ => None,
        };
        match own {
            Some(position) => Order { expr: Expr::column(&model.table, position), ..order },
            None => Order { expr: order.expr.at_end_of(&path), ..order },
        }
    };
    Ok(its.into_iter().map(behind).collect())
}

/// The name of a field as Python gives it: text, a column of the class, or a relationship of it; None for anything else.
///
/// # Errors
///
/// `FieldError` for what belongs to another model.
pub(crate) fn name_of(model: &Model, given: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let py = given.py();
    if let Ok(text) = given.cast::<PyString>() {
        return Ok(Some(text.to_cow()?.into_owned()));
    }
    if let Ok(column) = given.cast::<Column>() {
        let position = column.get().position_in(py, model)?;
        return Ok(Some(model.column(position).attribute.clone()));
    }
    let Some(way) = given.getattr_opt(pyo3::intern!(py, "__chakra_way__"))? else { return Ok(None) };
    let way: String = way.extract()?;
    let owner = model_of(given.getattr("model")?.cast()?)?;
    if owner.table != model.table {
        let (of, about) = (&owner.table.model, &model.table.model);
        let message =
            format!("{of}.{way} is a relationship of {of}, which the query is not about: it is about {about}");
        return Err(plain(py, "FieldError", &message));
    }
    Ok(Some(way))
}
