//! Rows become Python objects, straight from the database's bytes.

use std::borrow::Borrow;
use std::sync::Arc;

use chakra::driver::{Elements, ToValue, Visitor};
use chakra::engine::Rows;
use chakra::types::{MySqlType, PostgresValue, SqlType, mysql, temporal};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyRecursionError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyBytes, PyDate, PyDateTime, PyDelta, PyFloat, PyFrozenSet, PyInt, PyList, PyString, PyTime, PyTuple,
    PyType,
};
use uuid::Uuid;

use crate::convert::{Members, decimal_class, json_decoder, json_null, own_object, utc, uuid_class};
use crate::error::raise;
use crate::instance::{ModelBase, Watched};
use crate::schema::Model;
use crate::session::{Known, Work};

/// Makes a Python object of each value that it visits.
#[derive(Clone, Copy)]
pub(crate) struct ToPython<'py>(pub(crate) Python<'py>);

type Made<'py> = PyResult<Bound<'py, PyAny>>;

impl<'py> Visitor for ToPython<'py> {
    type Output = Made<'py>;

    #[inline]
    fn null(self) -> Made<'py> {
        Ok(self.0.None().into_bound(self.0))
    }

    #[inline]
    fn boolean(self, value: bool) -> Made<'py> {
        Ok(PyBool::new(self.0, value).to_owned().into_any())
    }

    #[inline]
    fn integer(self, value: i64) -> Made<'py> {
        Ok(PyInt::new(self.0, value).into_any())
    }

    fn big_integer(self, digits: &str) -> Made<'py> {
        match digits.parse::<i64>() {
            Ok(number) => self.integer(number),
            Err(_) => self.0.get_type::<PyInt>().call1((digits,)),
        }
    }

    #[inline]
    fn float(self, value: f64) -> Made<'py> {
        Ok(PyFloat::new(self.0, value).into_any())
    }

    #[inline]
    fn decimal(self, value: &str) -> Made<'py> {
        decimal_class(self.0)?.call1((PyString::new(self.0, value),))
    }

    #[inline]
    fn text(self, value: &str) -> Made<'py> {
        Ok(PyString::new(self.0, value).into_any())
    }

    #[inline]
    fn bytes(self, value: &[u8]) -> Made<'py> {
        Ok(PyBytes::new(self.0, value).into_any())
    }

    #[inline]
    fn datetime(self, micros: i64) -> Made<'py> {
        let (year, month, day) = civil(micros.div_euclid(temporal::MICROS_PER_DAY));
        let (hour, minute, second, micro) = clock(micros.rem_euclid(temporal::MICROS_PER_DAY));
        let zone = utc(self.0)?;
        PyDateTime::new(self.0, year, month, day, hour, minute, second, micro, Some(zone)).map(Bound::into_any)
    }

    #[inline]
    fn date(self, days: i32) -> Made<'py> {
        let (year, month, day) = civil(i64::from(days));
        PyDate::new(self.0, year, month, day).map(Bound::into_any)
    }

    #[inline]
    fn time(self, micros: i64) -> Made<'py> {
        let (hour, minute, second, micro) = clock(micros);
        PyTime::new(self.0, hour, minute, second, micro, None).map(Bound::into_any)
    }

    #[inline]
    fn interval(self, micros: i64) -> Made<'py> {
        let (days, rest) = (micros.div_euclid(temporal::MICROS_PER_DAY), micros.rem_euclid(temporal::MICROS_PER_DAY));
        // An i64 counts the microseconds of about a hundred million days; the rest is less than one.
        #[allow(clippy::cast_possible_truncation)]
        let (days, seconds, micros) = (days as i32, (rest / 1_000_000) as i32, (rest % 1_000_000) as i32);
        PyDelta::new(self.0, days, seconds, micros, false).map(Bound::into_any)
    }

    fn uuid(self, value: Uuid) -> Made<'py> {
        make_uuid(self.0, value)
    }

    fn json(self, text: &str) -> Made<'py> {
        if text == "null" {
            return json_null(self.0)?.into_bound_py_any(self.0);
        }
        json_decoder(self.0, text)?.call1((text,))
    }

    fn set(self, members: &str) -> Result<Made<'py>, String> {
        let listed: Vec<&str> = mysql::members(members).collect();
        if listed.iter().enumerate().any(|(at, member)| listed[..at].contains(member)) {
            return Err(format!("{members:?}, which has a member twice"));
        }
        let members = mysql::members(members).map(|member| PyString::new(self.0, member));
        Ok(PyFrozenSet::new(self.0, members).map(Bound::into_any))
    }

    fn postgres(self, value: PostgresValue) -> Result<Made<'py>, String> {
        Ok(own_object(self.0, &value))
    }

    fn array(self, mut elements: Elements<'_>) -> Result<Made<'py>, String> {
        let list = PyList::empty(self.0);
        while let Some(element) = elements.next(self) {
            if let Err(error) = element?.and_then(|element| list.append(element)) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(list.into_any()))
    }
}

// The numbers come from a visitor's contract: years 1 to 9999, and parts of a day.
#[allow(clippy::cast_possible_truncation)]
#[inline]
fn civil(days: i64) -> (i32, u8, u8) {
    let (year, month, day) = temporal::civil_from_days(days as i32);
    (year, month as u8, day as u8)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
#[inline]
fn clock(micros: i64) -> (u8, u8, u8, u32) {
    let seconds = micros / 1_000_000;
    ((seconds / 3_600) as u8, (seconds / 60 % 60) as u8, (seconds % 60) as u8, (micros % 1_000_000) as u32)
}

/// A `uuid.UUID` without its constructor, which parses text and takes ten times as long.
pub(crate) fn make_uuid(py: Python<'_>, value: Uuid) -> Made<'_> {
    static SAFE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = uuid_class(py)?;
    let safe =
        SAFE.get_or_try_init(py, || py.import("uuid")?.getattr("SafeUUID")?.getattr("unknown").map(Bound::unbind))?;
    let made = py.get_type::<PyAny>().call_method1("__new__", (class,))?;
    set_plainly(&made, pyo3::intern!(py, "int"), value.as_u128().into_bound_py_any(py)?)?;
    set_plainly(&made, pyo3::intern!(py, "is_safe"), safe.bind(py).clone())?;
    Ok(made)
}

/// Sets an attribute past the class's own `__setattr__`.
#[inline]
pub(crate) fn set_plainly<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    value: impl Borrow<Bound<'py, PyAny>>,
) -> PyResult<()> {
    let value = value.borrow();
    // SAFETY: three live objects of this interpreter, and the thread is attached; the call takes its
    // own references.
    let status = unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) };
    if status == 0 { Ok(()) } else { Err(PyErr::fetch(object.py())) }
}

/// Deletes an attribute past the class's own `__delattr__`.
pub(crate) fn delete_plainly(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> PyResult<()> {
    // SAFETY: two live objects of this interpreter, and the thread is attached; no value means deletion.
    let status = unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), std::ptr::null_mut()) };
    if status == 0 { Ok(()) } else { Err(PyErr::fetch(object.py())) }
}

/// An instance without attributes, past `__init__`.
#[inline]
pub(crate) fn bare_instance<'py>(
    class: &Bound<'py, PyType>,
    empty: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    // SAFETY: `class` is a ready type derived from `ModelBase` or from `object`, so its `tp_new` is set (inherited)
    // and takes the type itself, a tuple and no keywords.
    unsafe {
        let class = class.as_type_ptr();
        let Some(new) = (*class).tp_new else {
            return Err(pyo3::exceptions::PyTypeError::new_err("the model's class cannot be instantiated"));
        };
        Bound::from_owned_ptr_or_err(py, new(class, empty.as_ptr(), std::ptr::null_mut()))
    }
}

/// Makes instances of a model from rows.
pub(crate) struct Maker<'a, 'py> {
    class: Bound<'py, PyType>,
    rows: &'a Rows,
    slots: Vec<Slot<'a, 'py>>,
    watched: Watched,
    empty: Bound<'py, PyTuple>,
    /// Where objects are looked for before they are made.
    known: Option<Known<'a>>,
}

impl<'a, 'py> Maker<'a, 'py> {
    /// In a session rows become its objects.
    pub(crate) fn new(
        py: Python<'py>,
        model: &'a Model,
        rows: &'a Rows,
        session: Option<&'a Arc<Work>>,
    ) -> PyResult<Self> {
        let (class, slots) = (model.class(py)?, slots(py, model, rows));
        let known = session.and_then(|work| Known::of(work, model, rows));
        Ok(Self { class, rows, slots, watched: Watched::of(model, rows), empty: PyTuple::empty(py), known })
    }

    /// The instance of a row.
    #[inline]
    pub(crate) fn make(&self, row: usize) -> PyResult<Bound<'py, PyAny>> {
        match &self.known {
            None => self.fresh(row),
            Some(known) => known.object(self, row),
        }
    }

    pub(crate) fn py(&self) -> Python<'py> {
        self.class.py()
    }

    /// Gives an instance of a session what a row has of it.
    pub(crate) fn read_again(&self, instance: &Bound<'py, PyAny>, row: usize) -> PyResult<()> {
        fill(instance, self.rows, row, &self.slots)?;
        ModelBase::of(instance)?.watch_read(&self.watched, self.rows, row);
        Ok(())
    }

    /// Gives an instance of a session what it had not loaded.
    pub(crate) fn complete(&self, instance: &Bound<'py, PyAny>, row: usize) -> PyResult<()> {
        for (column, slot) in self.slots.iter().enumerate() {
            if instance.getattr_opt(slot.name)?.is_none() {
                set_plainly(instance, slot.name, cell(instance.py(), self.rows, row, column, slot)?)?;
            }
        }
        Ok(())
    }

    /// A new instance of a row.
    #[inline]
    pub(crate) fn fresh(&self, row: usize) -> PyResult<Bound<'py, PyAny>> {
        let instance = bare_instance(&self.class, &self.empty)?;
        fill(&instance, self.rows, row, &self.slots)?;
        let state = ModelBase::of(&instance)?;
        state.mark_loaded();
        state.watch_read(&self.watched, self.rows, row);
        Ok(instance)
    }
}

/// Instances of a model, one for each row.
pub(crate) fn instances<'py>(
    py: Python<'py>,
    model: &Model,
    rows: &Rows,
    session: Option<&Arc<Work>>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let maker = Maker::new(py, model, rows, session)?;
    (0..rows.len()).map(|row| maker.make(row)).collect()
}

/// Where a column of rows goes, and what becomes of it.
#[derive(Clone, Copy)]
pub(crate) struct Slot<'a, 'py> {
    /// The attribute's name.
    pub(crate) name: &'a Bound<'py, PyString>,
    /// The members that its texts stand for.
    members: Option<&'a Members>,
    /// The texts that a set may hold.
    texts: Option<&'a [String]>,
}

/// The slots of the columns of rows.
pub(crate) fn slots<'a, 'py>(py: Python<'py>, model: &'a Model, rows: &Rows) -> Vec<Slot<'a, 'py>> {
    rows.positions().iter().map(|position| slot(py, model, *position)).collect()
}

/// The slot of a field.
pub(crate) fn slot<'a, 'py>(py: Python<'py>, model: &'a Model, position: usize) -> Slot<'a, 'py> {
    let field = &model.fields[position];
    let texts = match &model.column(position).sql_type {
        SqlType::MySql(MySqlType::Set { members }) => Some(members.as_slice()),
        _ => None,
    };
    Slot { name: field.name.bind(py), members: field.members.as_ref(), texts }
}

/// Sets an instance's attributes from a row.
#[inline]
pub(crate) fn fill<'py>(
    instance: &Bound<'py, PyAny>,
    rows: &Rows,
    row: usize,
    slots: &[Slot<'_, 'py>],
) -> PyResult<()> {
    for (column, slot) in slots.iter().enumerate() {
        set_plainly(instance, slot.name, cell(instance.py(), rows, row, column, slot)?)?;
    }
    Ok(())
}

/// One value of a row.
#[inline]
pub(crate) fn cell<'py>(py: Python<'py>, rows: &Rows, row: usize, column: usize, slot: &Slot<'_, 'py>) -> Made<'py> {
    let made = rows.visit(row, column, ToPython(py)).map_err(raise)?;
    let made = made.map_err(|error| unreadable(py, rows, (row, column), error))?;
    if let Some(texts) = slot.texts {
        check_set(rows, column, texts, &made)?;
    }
    match slot.members {
        Some(members) => members.read(made).unwrap_or_else(|found| Err(raise(rows.undecodable(column, found)))),
        None => Ok(made),
    }
}

/// Refuses a set with a member that the field does not declare.
fn check_set(rows: &Rows, column: usize, texts: &[String], set: &Bound<'_, PyAny>) -> PyResult<()> {
    let Ok(members) = set.cast::<PyFrozenSet>() else { return Ok(()) };
    for member in members {
        let member: String = member.extract()?;
        if !texts.contains(&member) {
            let found = format!("a set with {member:?}, which is none of {}", texts.join(", "));
            return Err(raise(rows.undecodable(column, found)));
        }
    }
    Ok(())
}

/// A value that Python's own parsers refuse: a document that is no JSON.
#[cold]
fn unreadable(py: Python<'_>, rows: &Rows, (row, column): (usize, usize), error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyValueError>(py) && !error.is_instance_of::<PyRecursionError>(py) {
        return error;
    }
    let value = rows.visit(row, column, ToValue).ok().flatten();
    let shown = value.map_or_else(|| "a value".to_owned(), |value| value.shown());
    raise(rows.undecodable(column, format!("{shown} ({})", error.value(py))))
}
