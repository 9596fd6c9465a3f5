//! Values of the types that one database alone has.

use chakra::postgres::{HStore, Range, RangeType, Vector};
use chakra::query::lookup;
use chakra::types::{PostgresKind, PostgresValue, SqlType, Value, mysql};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyType};
use std::net::IpAddr;
use std::ops::Bound as Limit;

use super::adapt::{Adapted, Refusal, Result, adapt, refuse};
use crate::hydrate::ToPython;

/// A value of a type of PostgreSQL's own, in the form in which the server gives it back.
pub(super) fn postgres<'py>(sql_type: &SqlType, kind: PostgresKind, value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    let given = match kind {
        PostgresKind::Inet => parsed(value, &INET).map(PostgresValue::Inet),
        PostgresKind::Cidr => parsed(value, &CIDR).map(PostgresValue::Cidr),
        PostgresKind::MacAddr => parsed(value, &MAC_ADDRESS).map(PostgresValue::MacAddr),
        PostgresKind::TsVector => parsed(value, &TS_VECTOR).map(PostgresValue::TsVector),
        PostgresKind::HStore => hstore(value).map(PostgresValue::HStore),
        PostgresKind::Vector => vector(value).map(PostgresValue::Vector),
        PostgresKind::Range(of) => range(of, value).map(|range| PostgresValue::Range(of, range)),
    };
    let given = given?;
    let canonical = match sql_type {
        SqlType::Postgres(of) => of.canonical(given).map_err(Refusal::Value)?,
        _ => given,
    };
    Ok(Adapted { object: object(value.py(), &canonical)?, value: canonical.into() })
}

/// What a type takes besides text that says the same.
struct Textual {
    expected: &'static str,
    module: &'static str,
    classes: [&'static str; 2],
}

const INET: Textual = Textual {
    expected: "an address or an interface of ipaddress, or its text",
    module: "ipaddress",
    classes: ["IPv4Address", "IPv6Address"], // interfaces are subclasses
};
const CIDR: Textual = Textual {
    expected: "a network of ipaddress, or its text",
    module: "ipaddress",
    classes: ["IPv4Network", "IPv6Network"],
};
const MAC_ADDRESS: Textual = Textual { expected: "a str such as '08:00:2b:01:02:03'", module: "", classes: ["", ""] };
const TS_VECTOR: Textual =
    Textual { expected: "a str of lexemes such as \"'cat':3 'fat':2\"", module: "", classes: ["", ""] };

fn parsed<T: std::str::FromStr<Err = String>>(value: &Bound<'_, PyAny>, of: &Textual) -> Result<T> {
    let is_text = value.is_instance_of::<PyString>();
    if !is_text && !is_one_of(value, of)? {
        return refuse(value, of.expected);
    }
    let text = value.str()?;
    let Ok(text) = text.to_str() else { return refuse(value, of.expected) };
    text.parse().map_err(|why| Refusal::Value(format!("{why}; give {}", of.expected)))
}

fn is_one_of(value: &Bound<'_, PyAny>, of: &Textual) -> PyResult<bool> {
    if of.module.is_empty() {
        return Ok(false);
    }
    let module = value.py().import(of.module)?;
    for class in of.classes {
        if value.is_instance(&module.getattr(class)?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn hstore(value: &Bound<'_, PyAny>) -> Result<HStore> {
    const EXPECTED: &str = "a dict of str to str or None";
    let Ok(given) = value.cast::<PyDict>() else { return refuse(value, EXPECTED) };
    let text = |object: &Bound<'_, PyAny>| -> Result<String> {
        let text = object.cast::<PyString>().ok().and_then(|text| text.to_str().ok());
        text.map_or_else(|| refuse(object, EXPECTED), |text| Ok(text.to_owned()))
    };
    let mut pairs = HStore::default();
    for (key, value) in given.iter() {
        let kept = if value.is_none() { None } else { Some(text(&value)?) };
        pairs.0.insert(text(&key)?, kept);
    }
    Ok(pairs)
}

/// Numbers of 32 bits: each given one becomes the nearest, which the instance shows at once.
fn vector(value: &Bound<'_, PyAny>) -> Result<Vector> {
    const EXPECTED: &str = "a list of floats";
    let list = if value.hasattr("tolist")? { value.call_method0("tolist")? } else { value.clone() };
    if !list.is_instance_of::<PyList>() && !list.is_instance_of::<PyTuple>() {
        return refuse(value, EXPECTED);
    }
    let mut numbers = Vec::new();
    for number in list.try_iter()? {
        let number = number?;
        let is_number = number.is_instance_of::<PyFloat>() || number.is_instance_of::<PyInt>();
        if !is_number || number.is_instance_of::<PyBool>() {
            return refuse(&number, EXPECTED);
        }
        #[allow(clippy::cast_possible_truncation)] // to the nearest, as said
        numbers.push(number.extract::<f64>().or_else(|_| refuse(&number, EXPECTED))? as f32);
    }
    Ok(Vector(numbers))
}

fn range(of: RangeType, value: &Bound<'_, PyAny>) -> Result<Range<Value>> {
    if !value.is_instance(range_class(value.py())?)? {
        return refuse(value, "a chakra.postgres.Range, such as Range(1, 5)");
    }
    let py = value.py();
    if value.getattr(pyo3::intern!(py, "empty"))?.is_truthy()? {
        return Ok(Range::empty());
    }
    let bounds: String = value.getattr(pyo3::intern!(py, "bounds"))?.extract()?;
    let bound = |name: &str, included: bool| -> Result<Limit<Value>> {
        let bound = value.getattr(name)?;
        if bound.is_none() {
            return Ok(Limit::Unbounded);
        }
        let adapted = adapt(&of.element(), &bound)?.value;
        Ok(if included { Limit::Included(adapted) } else { Limit::Excluded(adapted) })
    };
    Ok(Range::new(bound("lower", bounds.starts_with('['))?, bound("upper", bounds.ends_with(']'))?))
}

/// A range that others are compared with, whether a column can hold it or not.
pub(super) fn range_comparand(of: RangeType, value: &Bound<'_, PyAny>) -> Result<Value> {
    let given = range(of, value)?;
    lookup::comparable(PostgresValue::Range(of, given).into()).map_err(Refusal::Value)
}

/// A value as Python keeps it.
pub(crate) fn object<'py>(py: Python<'py>, value: &PostgresValue) -> PyResult<Bound<'py, PyAny>> {
    match value {
        PostgresValue::TsVector(vector) => vector.to_string().into_bound_py_any(py),
        PostgresValue::MacAddr(address) => address.to_string().into_bound_py_any(py),
        PostgresValue::Inet(inet) if inet.is_host() => address(py, "IPv4Address", "IPv6Address", inet.address(), None),
        PostgresValue::Inet(inet) => address(py, "IPv4Interface", "IPv6Interface", inet.address(), Some(inet.prefix())),
        PostgresValue::Cidr(network) => {
            address(py, "IPv4Network", "IPv6Network", network.address(), Some(network.prefix()))
        }
        PostgresValue::HStore(pairs) => {
            let made = PyDict::new(py);
            for (key, value) in &pairs.0 {
                made.set_item(key, value)?;
            }
            Ok(made.into_any())
        }
        PostgresValue::Vector(vector) => {
            Ok(PyList::new(py, vector.0.iter().map(|number| f64::from(*number)))?.into_any())
        }
        PostgresValue::Range(_, range) => range_object(py, range),
    }
}

fn address<'py>(
    py: Python<'py>,
    v4: &str,
    v6: &str,
    address: IpAddr,
    prefix: Option<u8>,
) -> PyResult<Bound<'py, PyAny>> {
    let (name, number) = match address {
        IpAddr::V4(address) => (v4, u32::from(address).into_bound_py_any(py)?),
        IpAddr::V6(address) => (v6, u128::from(address).into_bound_py_any(py)?),
    };
    let class = py.import(pyo3::intern!(py, "ipaddress"))?.getattr(name)?;
    match prefix {
        None => class.call1((number,)),
        Some(prefix) => class.call1(((number, prefix),)),
    }
}

fn range_object<'py>(py: Python<'py>, range: &Range<Value>) -> PyResult<Bound<'py, PyAny>> {
    let class = range_class(py)?;
    let (Some(lower), Some(upper)) = (range.lower(), range.upper()) else {
        let named = PyDict::new(py);
        named.set_item(pyo3::intern!(py, "empty"), true)?;
        return class.call((), Some(&named));
    };
    let side = |limit: Limit<&Value>| match limit {
        Limit::Included(value) => Ok((Some(plain(py, value)?), true)),
        Limit::Excluded(value) => Ok((Some(plain(py, value)?), false)),
        Limit::Unbounded => PyResult::Ok((None, false)),
    };
    let ((lower, from), (upper, to)) = (side(lower)?, side(upper)?);
    let bounds = match (from, to) {
        (true, true) => "[]",
        (true, false) => "[)",
        (false, true) => "(]",
        (false, false) => "()",
    };
    class.call1((lower, upper, bounds))
}

/// A bound of a range: whole numbers, decimals, days or instants.
fn plain<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    use chakra::driver::Visitor;
    match value {
        Value::Integer(number) => ToPython(py).integer(*number),
        Value::Decimal(number) => ToPython(py).decimal(number.as_str()),
        Value::Date(days) => ToPython(py).date(*days),
        Value::DateTime(micros) => ToPython(py).datetime(*micros),
        _ => ToPython(py).null(),
    }
}

/// `chakra.postgres.Range`.
pub(crate) fn range_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "chakra.postgres", "Range")
}

/// The members of a `SET`; instances keep a frozenset.
pub(super) fn set<'py>(sql_type: &SqlType, value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    const EXPECTED: &str = "a set of str";
    let is_set = value.is_instance_of::<PyFrozenSet>() || value.is_instance_of::<PySet>();
    if !is_set && !value.is_instance_of::<PyList>() && !value.is_instance_of::<PyTuple>() {
        return refuse(value, EXPECTED);
    }
    let mut members: Vec<String> = Vec::new();
    for member in value.try_iter()? {
        let member = member?;
        let Some(text) = member.cast::<PyString>().ok().and_then(|text| text.to_str().ok()) else {
            return refuse(&member, EXPECTED);
        };
        members.push(text.to_owned());
    }
    if let SqlType::MySql(chakra::types::MySqlType::Set { members: declared }) = sql_type {
        // A stranger stays, for validation to name it.
        members = mysql::in_order(declared, &members).unwrap_or(members);
    }
    let object = PyFrozenSet::new(value.py(), &members)?.into_any();
    Ok(Adapted { object, value: Value::Set(members) })
}
