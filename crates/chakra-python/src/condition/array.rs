//! Conditions on arrays.

use chakra::query::{Expr, Lookup, lookup};
use chakra::types::{Kind, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFrozenSet, PyInt, PyList, PySet, PyTuple};

use super::{PAIR, wrong_argument};
use crate::convert::to_comparand;
use crate::error::{plain, validation};
use crate::schema::Model;

/// The lookups of arrays, for messages.
const LOOKUPS: &str = "exact, ne, isnull, contains, contained_by, overlap and len";

/// A condition on a column of arrays.
pub(super) fn condition(model: &Model, position: usize, how: Lookup, value: &Bound<'_, PyAny>) -> PyResult<Expr> {
    let subject = Expr::Column(model.reference(position));
    match how {
        Lookup::Len => length(model, position, Lookup::Exact, value),
        Lookup::Exact | Lookup::Ne => Ok(lookup::single(subject, how, to_comparand(model, position, value)?)),
        _ => match how.array_op() {
            Some(op) => match list(model, position, how, value)? {
                Value::Array(kind, members) => Ok(lookup::array(subject, op, kind, members)),
                _ => Err(wrong_argument(model, position, how, value, "a list of values")),
            },
            None => Err(no_such_lookup(model, position, how, value)),
        },
    }
}

/// A condition on the number of elements.
pub(super) fn length(model: &Model, position: usize, how: Lookup, value: &Bound<'_, PyAny>) -> PyResult<Expr> {
    let subject = lookup::array_length(Expr::Column(model.reference(position)));
    let expected = |what: &str| wrong_argument(model, position, Lookup::Len, value, what);
    let numbers = || -> PyResult<Vec<Value>> {
        value.try_iter().map_err(|_| expected("numbers"))?.map(|number| whole(&number?, &expected)).collect()
    };
    match how {
        Lookup::Exact | Lookup::Ne | Lookup::Gt | Lookup::Gte | Lookup::Lt | Lookup::Lte => {
            Ok(lookup::single(subject, how, whole(value, &expected)?))
        }
        Lookup::In => Ok(lookup::in_list(subject, numbers()?)),
        Lookup::NotIn => Ok(lookup::in_list(subject, numbers()?).not()),
        Lookup::Range => match <[Value; 2]>::try_from(numbers()?) {
            Ok([low, high]) => Ok(lookup::range(subject, low, high)),
            Err(_) => Err(expected(PAIR)),
        },
        _ => {
            let message = format!(
                "the length of {}.{} is a number: the lookup {:?} does not apply to it",
                model.table.model,
                model.column(position).attribute,
                how.name()
            );
            Err(plain(value.py(), "FieldError", &message))
        }
    }
}

/// A number of elements. None is the length of NULL.
fn whole(value: &Bound<'_, PyAny>, expected: &impl Fn(&str) -> PyErr) -> PyResult<Value> {
    if value.is_none() {
        return Ok(Value::Null(Kind::Integer));
    }
    if value.is_instance_of::<PyBool>() || !value.is_instance_of::<PyInt>() {
        return Err(expected("a whole number"));
    }
    value.extract().map(Value::Integer).map_err(|_| expected("a whole number of at most 64 bits"))
}

/// The members of a list that an array is compared with, in whatever order.
fn list(model: &Model, position: usize, how: Lookup, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let is_list = value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>();
    if !is_list && !value.is_instance_of::<PySet>() && !value.is_instance_of::<PyFrozenSet>() {
        return Err(wrong_argument(model, position, how, value, "a list, tuple or set of values"));
    }
    let members: Vec<Bound<'_, PyAny>> = value.try_iter()?.collect::<PyResult<_>>()?;
    if members.iter().any(Bound::is_none) {
        let message = format!("the lookup {:?} takes no None in its list: NULL is no element's equal", how.name());
        return Err(validation(value.py(), model.place(position), Some(value), how.name(), &message));
    }
    to_comparand(model, position, &PyList::new(value.py(), members)?.into_any())
}

fn no_such_lookup(model: &Model, position: usize, how: Lookup, value: &Bound<'_, PyAny>) -> PyErr {
    let message = format!(
        "{}.{} is an array, which has no lookup {:?} that is the same in every database; its lookups are {LOOKUPS}",
        model.table.model,
        model.column(position).attribute,
        how.name()
    );
    plain(value.py(), "FieldError", &message)
}
