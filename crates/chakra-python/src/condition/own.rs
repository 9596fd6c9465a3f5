//! Conditions on the types that one database alone has, and full text search.

use chakra::query::expr::{ArrayOp, CompareOp, OwnOp};
use chakra::query::{Expr, Lookup, lookup};
use chakra::types::postgres::RangeType;
use chakra::types::{Kind, MySqlType, PostgresKind, PostgresType, SqlType, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

use super::{PAIR, is_for, listed, wrong_argument};
use crate::convert::{adapted_as, range_bound, range_class, to_comparand};
use crate::error::validation;
use crate::schema::Model;

/// A condition that only such a column knows; None for all that others know, too.
pub(super) fn condition(
    model: &Model,
    position: usize,
    how: Lookup,
    value: &Bound<'_, PyAny>,
) -> Option<PyResult<Expr>> {
    let asked = Asked { model, position, how, value };
    let sql_type = &model.column(position).sql_type;
    let made = match sql_type {
        SqlType::Postgres(PostgresType::Range(of)) => {
            how.range_op().map(|op| asked.in_range(*of, op).map(|with| asked.own(op, with)))
        }
        SqlType::Postgres(PostgresType::Inet | PostgresType::Cidr) => {
            how.network_op().map(|op| asked.network().map(|with| asked.own(op, with)))
        }
        SqlType::Postgres(PostgresType::HStore) => {
            how.pairs_op().map(|op| asked.in_pairs(op).map(|with| asked.own(op, with)))
        }
        SqlType::MySql(MySqlType::Set { .. }) => match how.array_op() {
            None | Some(ArrayOp::Equals) => None,
            Some(op) => Some(asked.members().map(|members| lookup::set_match(asked.subject(), op, members))),
        },
        _ => None,
    };
    let has_words = matches!(sql_type.kind(), Kind::Text | Kind::Postgres(PostgresKind::TsVector));
    match (how.search_op(), foreign(how)) {
        (Some(op), _) if has_words => Some(asked.text(value).map(|text| asked.own(op, Value::Text(text)))),
        (_, Some(others)) if made.is_none() => Some(Err(is_for(model, position, how, value, others))),
        _ => made,
    }
}

/// Whose lookup it is; None of those that many types have.
fn foreign(how: Lookup) -> Option<&'static str> {
    let is_textual = how.is_textual();
    match how {
        _ if how.network_op().is_some() => Some("Inet and Cidr"),
        _ if how.search_op().is_some() => Some("text and TSVector"),
        Lookup::HasKey | Lookup::HasKeys | Lookup::HasAnyKeys => Some("JSON and HStore"),
        Lookup::ContainedBy | Lookup::Overlap => Some("arrays, JSON, ranges, HStore and Set"),
        Lookup::Len => Some("arrays"),
        _ if how.range_op().is_some() && !is_textual => Some("ranges"),
        _ => None,
    }
}

/// A condition on the text of a key: `labels__color="red"`.
pub(super) fn of_pair(
    model: &Model,
    position: usize,
    key: String,
    how: Lookup,
    value: &Bound<'_, PyAny>,
) -> PyResult<Expr> {
    let asked = Asked { model, position, how, value };
    let subject = lookup::pair_value(asked.subject(), key);
    let text = |value: &Bound<'_, PyAny>| {
        if value.is_none() { Ok(Value::Null(Kind::Text)) } else { asked.text(value).map(Value::Text) }
    };
    let texts = || listed(model, position, how, value)?.iter().map(text).collect::<PyResult<Vec<Value>>>();
    match how {
        Lookup::IsNull => match value.cast::<PyBool>() {
            Ok(yes) => Ok(lookup::is_null(subject, yes.is_true())),
            Err(_) => Err(asked.wrong("True or False")),
        },
        Lookup::In => Ok(lookup::in_list(subject, texts()?)),
        Lookup::NotIn => Ok(lookup::in_list(subject, texts()?).not()),
        Lookup::Range => match <[Value; 2]>::try_from(texts()?) {
            Ok([low, high]) => Ok(lookup::range(subject, low, high)),
            Err(_) => Err(asked.wrong(PAIR)),
        },
        Lookup::Ne => Ok(lookup::compare(subject, CompareOp::Ne, text(value)?)),
        Lookup::Exact | Lookup::Gt | Lookup::Gte | Lookup::Lt | Lookup::Lte => {
            Ok(lookup::single(subject, how, text(value)?))
        }
        _ if how.is_textual() => Ok(lookup::single(subject, how, text(value)?)),
        _ => Err(is_for(model, position, how, value, "other than the text of a key")),
    }
}

/// One question, with what its errors tell.
struct Asked<'a, 'py> {
    model: &'a Model,
    position: usize,
    how: Lookup,
    value: &'a Bound<'py, PyAny>,
}

impl<'py> Asked<'_, 'py> {
    fn subject(&self) -> Expr {
        Expr::Column(self.model.reference(self.position))
    }

    fn own(&self, op: OwnOp, with: Value) -> Expr {
        lookup::own(self.subject(), op, with)
    }

    fn in_range(&self, of: RangeType, op: OwnOp) -> PyResult<Value> {
        let value = self.value;
        match op {
            OwnOp::IsEmpty => match value.cast::<PyBool>() {
                Ok(yes) => Ok(Value::Boolean(yes.is_true())),
                Err(_) => Err(self.wrong("True or False")),
            },
            OwnOp::StartsAt | OwnOp::EndsAt => range_bound(self.model, self.position, of, value),
            OwnOp::Contains if !value.is_instance(range_class(value.py())?)? => {
                range_bound(self.model, self.position, of, value)
            }
            _ => to_comparand(self.model, self.position, value),
        }
    }

    /// An address, an interface or a network.
    fn network(&self) -> PyResult<Value> {
        let value = self.value;
        let is_network = value.getattr_opt("network_address")?.is_some();
        let text = if is_network { value.str()?.into_any() } else { value.clone() };
        adapted_as(self.model, self.position, &SqlType::Postgres(PostgresType::Inet), &text)
    }

    fn in_pairs(&self, op: OwnOp) -> PyResult<Value> {
        match op {
            OwnOp::HasKey => self.text(self.value).map(Value::Text),
            OwnOp::HasKeys | OwnOp::HasAnyKeys => {
                let keys = listed(self.model, self.position, self.how, self.value)?;
                let keys: Vec<Value> =
                    keys.iter().map(|key| self.text(key).map(Value::Text)).collect::<PyResult<_>>()?;
                Ok(Value::Array(Kind::Text, keys))
            }
            _ => to_comparand(self.model, self.position, self.value),
        }
    }

    /// One member, or several.
    fn members(&self) -> PyResult<Vec<String>> {
        if self.value.is_instance_of::<PyString>() {
            return Ok(vec![self.text(self.value)?]);
        }
        listed(self.model, self.position, self.how, self.value)?.iter().map(|member| self.text(member)).collect()
    }

    fn text(&self, value: &Bound<'py, PyAny>) -> PyResult<String> {
        let text = value.cast::<PyString>().ok().and_then(|text| text.to_str().ok());
        match text {
            Some(text) if !text.contains('\0') => Ok(text.to_owned()),
            Some(_) => {
                let message = "text with a NUL character cannot be stored, nor compared with";
                let place = self.model.place(self.position);
                Err(validation(value.py(), place, Some(value), self.how.name(), message))
            }
            None => Err(self.wrong("a str")),
        }
    }

    fn wrong(&self, expected: &str) -> PyErr {
        wrong_argument(self.model, self.position, self.how, self.value, expected)
    }
}
