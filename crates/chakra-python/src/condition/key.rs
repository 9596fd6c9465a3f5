//! Conditions on a key of several fields: `pk=(3, 4)`, `pk__in=[(3, 4), (5, 6)]`.

use chakra::query::expr::CompareOp;
use chakra::query::{ColumnRef, Expr, Lookup, lookup};
use chakra::types::Value;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::convert::to_comparand;
use crate::error::{plain, validation};
use crate::schema::Model;

/// The condition of a keyword that means the key as a whole; None where it means something else.
pub(super) fn condition(model: &Model, name: &str, value: &Bound<'_, PyAny>) -> Option<PyResult<Expr>> {
    if model.table.primary_key.len() < 2 {
        return None;
    }
    let rest = name.strip_prefix("pk")?;
    let lookup = if rest.is_empty() { Some(Lookup::Exact) } else { Lookup::from_name(rest.strip_prefix("__")?) };
    Some(match lookup {
        Some(Lookup::Exact) => equal(model, value),
        Some(Lookup::Ne) => equal(model, value).map(Expr::not),
        Some(Lookup::In) => one_of(model, value),
        Some(Lookup::NotIn) => one_of(model, value).map(Expr::not),
        _ => {
            let message = format!(
                "the key of {} has several fields ({}), and no lookup {:?}: it has exact, eq, ne, in and not_in; name the fields for others",
                model.table.model,
                model.key_names(),
                rest.trim_start_matches('_')
            );
            Err(plain(value.py(), "FieldError", &message))
        }
    })
}

fn equal(model: &Model, value: &Bound<'_, PyAny>) -> PyResult<Expr> {
    let parts = parts(model, value)?;
    let own =
        |(position, part): (&usize, Value)| lookup::compare(Expr::column(&model.table, *position), CompareOp::Eq, part);
    Ok(Expr::And(model.table.primary_key.iter().zip(parts).map(own).collect()))
}

fn one_of(model: &Model, value: &Bound<'_, PyAny>) -> PyResult<Expr> {
    let keys = match value.try_iter() {
        Ok(keys) => keys.map(|key| parts(model, &key?)).collect::<PyResult<_>>()?,
        Err(_) => return Err(wrong(model, value, "a list of tuples")),
    };
    let columns: Vec<ColumnRef> =
        model.table.primary_key.iter().map(|position| ColumnRef::root(&model.table, *position)).collect();
    Ok(lookup::in_keys(&columns, keys))
}

/// The values of one key, each for its field.
pub(super) fn parts(model: &Model, value: &Bound<'_, PyAny>) -> PyResult<Vec<Value>> {
    let given: Vec<Bound<'_, PyAny>> = match (value.cast::<PyTuple>(), value.cast::<PyList>()) {
        (Ok(tuple), _) => tuple.iter().collect(),
        (_, Ok(list)) => list.iter().collect(),
        _ => return Err(wrong(model, value, "a tuple")),
    };
    if given.len() != model.table.primary_key.len() {
        return Err(wrong(model, value, &format!("a tuple of {}", model.table.primary_key.len())));
    }
    model.table.primary_key.iter().zip(&given).map(|(position, part)| to_comparand(model, *position, part)).collect()
}

fn wrong(model: &Model, value: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    let message = format!("pk takes {expected} here: ({})", model.key_names());
    validation(value.py(), model.place(model.table.primary_key[0]), Some(value), "pk", &message)
}
