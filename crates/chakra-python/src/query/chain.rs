//! From one query set to the next.

use chakra::query::{Expr, Order, Param, Projection};
use chakra::types::Value;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PySlice, PyTuple};

use super::State;
use crate::condition::{conditions, order_of};
use crate::error::plain;

impl State {
    pub(super) fn filter(&self, given: &Bound<'_, PyTuple>, lookups: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        self.refuse_sliced(given.py(), "filter")?;
        Ok(self.narrowed(conditions(&self.model, given, lookups)?))
    }

    pub(super) fn exclude(&self, given: &Bound<'_, PyTuple>, lookups: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        self.refuse_sliced(given.py(), "exclude")?;
        let condition = conditions(&self.model, given, lookups)?.unwrap_or(Expr::And(Vec::new()));
        Ok(self.narrowed(Some(condition.not())))
    }

    pub(super) fn narrowed(&self, condition: Option<Expr>) -> Self {
        let mut next = self.clone();
        if let Some(condition) = condition {
            next.select = next.select.filter(condition);
        }
        next
    }

    pub(super) fn order_by(&self, terms: &Bound<'_, PyTuple>) -> PyResult<Self> {
        self.refuse_sliced(terms.py(), "order_by")?;
        let mut next = self.clone();
        next.select.order_by.clear();
        for term in terms {
            next.select.order_by.extend(order_of(&self.model, &term)?);
        }
        next.explicit_order = true;
        Ok(next)
    }

    /// The order that rows come in: what `order_by` said, else what the model's Meta says.
    pub(super) fn effective_order(&self) -> Vec<Order> {
        if self.explicit_order {
            return self.select.order_by.clone();
        }
        if self.distinct_columns().is_some() {
            // Nobody asked for an order, and the model's own may be by columns that distinct values do not have.
            return Vec::new();
        }
        Order::of_model(&self.model.table)
    }

    /// As `effective_order`; where there is none by primary key, or by the columns of distinct values.
    pub(super) fn definite_order(&self) -> Vec<Order> {
        let order = self.effective_order();
        if !order.is_empty() {
            return order;
        }
        let columns = self.distinct_columns().unwrap_or(&self.model.table.primary_key);
        columns.iter().map(|column| Order::ascending(&self.model.table, *column)).collect()
    }

    pub(super) fn reverse(&self, py: Python<'_>) -> PyResult<Self> {
        self.refuse_sliced(py, "reverse")?;
        let mut next = self.clone();
        next.select.order_by = self.definite_order().into_iter().map(Order::reversed).collect();
        next.explicit_order = true;
        Ok(next)
    }

    pub(super) fn distinct(&self, py: Python<'_>) -> PyResult<Self> {
        self.refuse_sliced(py, "distinct")?;
        let mut next = self.clone();
        next.select.distinct = true;
        next.refuse_distinct_ways(py)?;
        Ok(next)
    }

    /// The columns by which distinct rows differ, where those are not whole rows.
    fn distinct_columns(&self) -> Option<&[usize]> {
        match &self.select.projection {
            Projection::Columns(positions) if self.select.distinct => Some(positions),
            _ => None,
        }
    }

    pub(super) fn limit(&self, rows: &Bound<'_, PyAny>) -> PyResult<Self> {
        if rows.is_none() {
            let mut next = self.clone();
            next.select.limit = None;
            return Ok(next);
        }
        let stop = natural(rows, "limit")?;
        Ok(self.sliced(0, Some(stop)))
    }

    pub(super) fn offset(&self, rows: &Bound<'_, PyAny>) -> PyResult<Self> {
        let start = natural(rows, "offset")?;
        let mut next = self.clone();
        // `limit(5).offset(10)` means what SQL means by it, in either order of the calls.
        next.select.offset = Some(integer(start));
        Ok(next)
    }

    pub(super) fn slice(&self, index: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = index.py();
        let Ok(slice) = index.cast::<PySlice>() else {
            return Err(plain(
                py,
                "QueryError",
                "a query takes slices, not single positions: use query[5:6], or first()",
            ));
        };
        if !slice.getattr("step")?.is_none() {
            return Err(plain(
                py,
                "QueryError",
                "a slice with a step is not supported: use reverse() or pick from the list",
            ));
        }
        let bound = |name: &str| -> PyResult<Option<i64>> {
            let bound = slice.getattr(name)?;
            if bound.is_none() { Ok(None) } else { natural(&bound, "a slice's bound").map(Some) }
        };
        let (start, stop) = (bound("start")?.unwrap_or(0), bound("stop")?);
        Ok(self.sliced(start, stop))
    }

    /// A slice of what is there, which may be a slice already.
    fn sliced(&self, start: i64, stop: Option<i64>) -> Self {
        let mut next = self.clone();
        let (offset, length) = (number(self.select.offset.as_ref()), number(self.select.limit.as_ref()));
        let wanted = stop.map(|stop| stop.saturating_sub(start).max(0));
        let left = length.map(|length| length.saturating_sub(start).max(0));
        let limit = match (wanted, left) {
            (Some(wanted), Some(left)) => Some(wanted.min(left)),
            (one, other) => one.or(other),
        };
        if start > 0 {
            next.select.offset = Some(integer(offset.unwrap_or(0).saturating_add(start)));
        }
        next.select.limit = limit.map(integer);
        next
    }
}

fn integer(number: i64) -> Param {
    Param(Value::Integer(number))
}

fn number(param: Option<&Param>) -> Option<i64> {
    match param {
        Some(Param(Value::Integer(number))) => Some(*number),
        _ => None,
    }
}

fn natural(given: &Bound<'_, PyAny>, what: &str) -> PyResult<i64> {
    let number = if given.is_instance_of::<PyBool>() { None } else { given.extract::<i64>().ok() };
    number.filter(|number| *number >= 0).ok_or_else(|| {
        let shown = given.repr().map_or_else(|_| "?".into(), |repr| repr.to_string());
        plain(given.py(), "QueryError", &format!("{what} must be a whole number that is not negative, not {shown}"))
    })
}
