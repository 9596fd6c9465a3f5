//! The rules of a field, from what its declaration says.

use chakra::schema::{self, Pattern, Rule};
use chakra::types::{SqlType, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyTuple};

use super::type_of;
use crate::convert::{Members, Refusal, adapt};

/// What is wrong with the rules of a described field, each with what it takes instead.
#[pyfunction]
#[pyo3(signature = (field, /))]
pub(crate) fn rule_faults(field: &Bound<'_, PyDict>) -> PyResult<Vec<(String, String)>> {
    let Some(described) = field.get_item("type")? else { return Ok(Vec::new()) };
    let sql_type = type_of(described.cast::<PyTuple>()?)?;
    let split = |fault: String| match fault.split_once("; ") {
        Some((message, hint)) => (message.to_owned(), hint.to_owned()),
        None => (fault, String::new()),
    };
    Ok(read(field, &sql_type)?.1.into_iter().map(split).collect())
}

/// Adds the rules to a column; what could not be read was told by [`rule_faults`].
pub(super) fn add_rules(column: &mut schema::Column, field: &Bound<'_, PyDict>) -> PyResult<()> {
    column.rules = read(field, &column.sql_type)?.0;
    Ok(())
}

/// The rules, and why others cannot be read.
fn read(field: &Bound<'_, PyDict>, sql_type: &SqlType) -> PyResult<(Vec<Rule>, Vec<String>)> {
    let (mut rules, mut faults) = (Vec::new(), Vec::new());
    let described = field.get_item("type")?;
    let members = described.map(|described| Members::described(described.cast::<PyTuple>()?)).transpose()?.flatten();
    let takes = Takes { sql_type, members: members.as_ref() };
    for option in ["min_value", "max_value", "min_length", "max_length", "pattern", "choices"] {
        let Some(given) = field.get_item(option)?.filter(|given| !given.is_none()) else { continue };
        match rule(option, &given, takes) {
            Ok(rule) => rules.push(rule),
            Err(Refusal::Value(message)) => faults.push(format!("{option}: {message}")),
            Err(Refusal::Python(error)) => return Err(error),
        }
    }
    Ok((rules, faults))
}

/// What a field takes.
#[derive(Clone, Copy)]
struct Takes<'a> {
    sql_type: &'a SqlType,
    members: Option<&'a Members>,
}

fn rule(option: &str, given: &Bound<'_, PyAny>, takes: Takes<'_>) -> Result<Rule, Refusal> {
    Ok(match option {
        "min_value" => Rule::MinValue(operand(given, takes)?),
        "max_value" => Rule::MaxValue(operand(given, takes)?),
        "min_length" => Rule::MinLength(length(given)?),
        "max_length" => Rule::MaxLength(length(given)?),
        "pattern" => {
            let text: String = given.extract().map_err(|_| {
                Refusal::Value(format!("{} is no text; give a regular expression as text", shown(given)))
            })?;
            Rule::Pattern(Pattern::new(&text).map_err(Refusal::Value)?)
        }
        _ => {
            let choices = given.try_iter().map_err(Refusal::Python)?;
            Rule::Choices(choices.map(|choice| operand(&choice?, takes)).collect::<Result<_, _>>()?)
        }
    })
}

fn operand(given: &Bound<'_, PyAny>, takes: Takes<'_>) -> Result<Value, Refusal> {
    if given.is_none() {
        return Err(Refusal::Value("None is no value; nullable=True allows it beside the others".into()));
    }
    let adapted = match takes.members {
        Some(members) => members.adapt(takes.sql_type, given),
        None => adapt(takes.sql_type, given),
    };
    adapted.map(|adapted| adapted.value)
}

fn length(given: &Bound<'_, PyAny>) -> Result<u32, Refusal> {
    let number = if given.is_instance_of::<PyBool>() { None } else { given.extract::<u32>().ok() };
    number.ok_or_else(|| Refusal::Value(format!("{} is no length; give a whole number, 0 or more", shown(given))))
}

fn shown(given: &Bound<'_, PyAny>) -> String {
    given.repr().map_or_else(|_| "the value".to_owned(), |repr| repr.to_string())
}
