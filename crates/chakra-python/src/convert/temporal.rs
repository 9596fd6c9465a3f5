//! Instants, days and times of day.

use chakra::types::{Kind, SqlType, Value, temporal};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyDate, PyDateAccess, PyDateTime, PyDelta, PyDeltaAccess, PyString, PyTime, PyTimeAccess, PyTzInfo, PyTzInfoAccess,
};

use super::adapt::{Adapted, Refusal, Result, numeric, refuse};

/// `datetime.timezone.utc`.
pub(crate) fn utc(py: Python<'_>) -> PyResult<&Bound<'_, PyTzInfo>> {
    static UTC: PyOnceLock<Py<PyTzInfo>> = PyOnceLock::new();
    UTC.get_or_try_init(py, || PyTzInfo::utc(py).map(|utc| utc.to_owned().unbind())).map(|utc| utc.bind(py))
}

/// A datetime in UTC; a naive one means UTC already.
pub(super) fn datetime<'py>(value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    const EXPECTED: &str = "a datetime, or its ISO 8601 text of at most microseconds";
    let parsed;
    let given = if let Ok(given) = value.cast::<PyDateTime>() {
        given
    } else if let Ok(text) = value.cast::<PyString>() {
        parsed = from_iso(text, "datetime").or_else(|_| refuse(value, EXPECTED))?;
        parsed.cast::<PyDateTime>().or_else(|_| refuse(value, EXPECTED))?
    } else {
        return refuse(value, EXPECTED);
    };
    let Some(object) = in_utc(given)? else {
        return Ok(Adapted { object: given.clone().into_any(), value: beyond_utc(given)? });
    };
    let moment = Value::DateTime(micros(&object)?);
    Ok(Adapted { object: object.into_any(), value: moment })
}

/// An instant that is in the years 1 to 9999 in its own zone alone: no field holds it, but it may be compared with.
fn beyond_utc(given: &Bound<'_, PyDateTime>) -> Result<Value> {
    let offset = given.call_method0("utcoffset")?;
    let Ok(offset) = offset.cast::<PyDelta>() else { return refuse(given, "a datetime with a known offset from UTC") };
    let offset = i64::from(offset.get_days()) * temporal::MICROS_PER_DAY
        + i64::from(offset.get_seconds()) * 1_000_000
        + i64::from(offset.get_microseconds());
    Ok(Value::Decimal((micros(given)? - offset).into()))
}

/// A calendar day. A datetime is refused: cutting its time off would lose it.
pub(super) fn date<'py>(value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    const EXPECTED: &str = "a date, or its ISO 8601 text";
    if value.is_instance_of::<PyDateTime>() {
        return refuse(value, EXPECTED);
    }
    let object = if let Ok(text) = value.cast::<PyString>() {
        from_iso(text, "date").or_else(|_| refuse(value, EXPECTED))?
    } else {
        value.clone()
    };
    let Ok(day) = object.cast::<PyDate>() else { return refuse(value, EXPECTED) };
    let days = Value::Date(days(day)?);
    Ok(Adapted { object, value: days })
}

/// A time of day without a time zone.
pub(super) fn time<'py>(value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    const EXPECTED: &str = "a time without a time zone, or its ISO 8601 text of at most microseconds";
    let object = if let Ok(text) = value.cast::<PyString>() {
        from_iso(text, "time").or_else(|_| refuse(value, EXPECTED))?
    } else {
        value.clone()
    };
    let Ok(given) = object.cast::<PyTime>() else { return refuse(value, EXPECTED) };
    if given.get_tzinfo().is_some() {
        return refuse(value, EXPECTED);
    }
    let micros = Value::Time(clock(given));
    Ok(Adapted { object, value: micros })
}

/// A span of time, as long as 64 bits count its microseconds.
pub(super) fn interval<'py>(value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
    let Ok(span) = value.cast::<PyDelta>() else { return refuse(value, "a timedelta") };
    let rest = i128::from(span.get_seconds()) * 1_000_000 + i128::from(span.get_microseconds());
    let micros = i128::from(span.get_days()) * i128::from(temporal::MICROS_PER_DAY) + rest;
    let counted = match i64::try_from(micros) {
        Ok(micros) => Value::Interval(micros),
        // No field holds it; as a comparand it is a span all the same.
        Err(_) => Value::Decimal(numeric(&micros.to_string(), "a timedelta")?),
    };
    let object = if value.is_exact_instance_of::<PyDelta>() {
        value.clone()
    } else {
        PyDelta::new(value.py(), span.get_days(), span.get_seconds(), span.get_microseconds(), false)?.into_any()
    };
    Ok(Adapted { object, value: counted })
}

/// A date that a DateTime field is compared with means its midnight in UTC.
pub(super) fn date_as_midnight(sql_type: &SqlType, value: &Bound<'_, PyAny>) -> PyResult<Option<Value>> {
    if sql_type.kind() != Kind::DateTime || value.is_instance_of::<PyDateTime>() {
        return Ok(None);
    }
    match value.cast::<PyDate>() {
        Ok(day) => match days(day) {
            Ok(days) => Ok(Some(Value::DateTime(i64::from(days) * temporal::MICROS_PER_DAY))),
            Err(Refusal::Python(error)) => Err(error),
            Err(Refusal::Value(_)) => Ok(None),
        },
        Err(_) => Ok(None),
    }
}

fn from_iso<'py>(text: &Bound<'py, PyString>, class: &str) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    let content = text.to_str()?;
    if is_finer_than_microseconds(content) {
        return Err(PyValueError::new_err("a fraction finer than microseconds"));
    }
    // Python 3.10 does not know the Z that everybody writes.
    let content = match content.strip_suffix(['Z', 'z']) {
        Some(rest) if class == "datetime" => format!("{rest}+00:00"),
        _ => content.to_owned(),
    };
    py.import("datetime")?.getattr(class)?.call_method1("fromisoformat", (content,))
}

/// Python cuts such a fraction off without a word.
fn is_finer_than_microseconds(text: &str) -> bool {
    let Some((_, rest)) = text.split_once(['.', ',']) else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit);
    digits.skip(6).any(|digit| digit != b'0')
}

/// The instant in UTC; None where that is before the year 1 or after 9999.
fn in_utc<'py>(given: &Bound<'py, PyDateTime>) -> Result<Option<Bound<'py, PyDateTime>>> {
    let utc = utc(given.py())?;
    match given.get_tzinfo() {
        Some(zone) if zone.is(utc) && given.is_exact_instance_of::<PyDateTime>() => Ok(Some(given.clone())),
        Some(_) => {
            let Ok(moved) = given.call_method1("astimezone", (utc,)) else { return Ok(None) };
            moved.cast_into::<PyDateTime>().map(Some).or_else(|_| refuse(given, "a datetime"))
        }
        None => Ok(Some(PyDateTime::new(
            given.py(),
            given.get_year(),
            given.get_month(),
            given.get_day(),
            given.get_hour(),
            given.get_minute(),
            given.get_second(),
            given.get_microsecond(),
            Some(utc),
        )?)),
    }
}

fn micros(moment: &Bound<'_, PyDateTime>) -> Result<i64> {
    let day = temporal::days_from_civil(moment.get_year(), moment.get_month().into(), moment.get_day().into());
    let Some(day) = day else { return refuse(moment, "a datetime within the years 1 to 9999") };
    Ok(i64::from(day) * temporal::MICROS_PER_DAY + clock(moment))
}

fn days(day: &Bound<'_, PyDate>) -> Result<i32> {
    let days = temporal::days_from_civil(day.get_year(), day.get_month().into(), day.get_day().into());
    days.map_or_else(|| refuse(day, "a date within the years 1 to 9999"), Ok)
}

fn clock(time: &impl PyTimeAccess) -> i64 {
    let seconds = i64::from(time.get_hour()) * 3_600 + i64::from(time.get_minute()) * 60 + i64::from(time.get_second());
    seconds * 1_000_000 + i64::from(time.get_microsecond())
}
