//! Enumerations: the objects that fields hold, and the texts by which the database knows them.

use std::collections::HashMap;

use super::adapt::{Adapted, Result, elements, refuse};
use chakra::types::{SqlType, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyString, PyTuple, PyType};

/// The members of an enumeration: those of a Python class, or plain strings.
#[derive(Debug)]
pub(crate) struct Members {
    class: Option<Py<PyType>>,
    /// Each with its text.
    all: Vec<(String, Py<PyAny>)>,
    /// The number of the member that each text means, names of aliases included.
    by_text: HashMap<String, usize>,
    /// Whether the texts are names, so that values of other types can be told from them.
    by_name: bool,
}

impl Members {
    /// The members in a type's description, those of an array's elements included; None without an enumeration.
    ///
    /// # Errors
    ///
    /// Where the description is not of the form `("Enum", name, texts, native, class, {text: member}, by_name)`.
    pub(crate) fn described(described: &Bound<'_, PyTuple>) -> PyResult<Option<Self>> {
        match described.get_item(0)?.extract::<String>()?.as_str() {
            "Array" => Self::described(described.get_item(1)?.cast::<PyTuple>()?),
            "Enum" => Self::new(described).map(Some),
            _ => Ok(None),
        }
    }

    fn new(described: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let texts: Vec<String> = described.get_item(2)?.extract()?;
        let class: Option<Bound<'_, PyType>> = described.get_item(4)?.extract()?;
        let members: HashMap<String, Bound<'_, PyAny>> = described.get_item(5)?.extract()?;
        let mut all: Vec<(String, Py<PyAny>)> = Vec::with_capacity(texts.len());
        for text in texts {
            let member = members.get(&text).map(|member| member.clone().unbind());
            all.push((text, member.unwrap_or_else(|| described.py().None())));
        }
        let number = |member: &Bound<'_, PyAny>| all.iter().position(|(_, other)| other.is(member));
        let by_text = members.iter().filter_map(|(text, member)| Some((text.clone(), number(member)?))).collect();
        Ok(Self { class: class.map(Bound::unbind), all, by_text, by_name: described.get_item(6)?.extract()? })
    }

    /// Adapts a value to an enumeration, or to an array of its values.
    ///
    /// # Errors
    ///
    /// For what is no member and means none.
    pub(crate) fn adapt<'py>(&self, sql_type: &SqlType, value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
        if value.is_none() {
            return Ok(Adapted { object: value.clone(), value: Value::Null(sql_type.kind()) });
        }
        match sql_type.element() {
            Some(element) => elements(element, value, |value| self.adapt(element, value)),
            None => self.one(value),
        }
    }

    fn one<'py>(&self, value: &Bound<'py, PyAny>) -> Result<Adapted<'py>> {
        let Some(number) = self.number(value)? else { return refuse(value, &self.expected(value.py())) };
        let (text, member) = &self.all[number];
        Ok(Adapted { object: member.bind(value.py()).clone(), value: Value::Untyped(text.clone()) })
    }

    fn number(&self, value: &Bound<'_, PyAny>) -> Result<Option<usize>> {
        if let Some(class) = &self.class {
            // A member of a class whose members are strings is a string too, and no other text.
            if value.is_instance(class.bind(value.py()))? {
                return Ok(self.all.iter().position(|(_, member)| member.is(value)));
            }
        }
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(text.to_str().ok().and_then(|text| self.by_text.get(text)).copied());
        }
        if self.by_name && !value.is_instance_of::<PyBool>() {
            return self.by_value(value);
        }
        Ok(None)
    }

    /// The member of a value: `2` for `class Level(IntEnum): HIGH = 2`.
    fn by_value(&self, value: &Bound<'_, PyAny>) -> Result<Option<usize>> {
        let py = value.py();
        for (number, (_, member)) in self.all.iter().enumerate() {
            let own = member.bind(py).getattr(pyo3::intern!(py, "_value_"))?;
            if own.get_type().is(value.get_type()) && own.eq(value)? {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// What would be accepted, for a message.
    fn expected(&self, py: Python<'_>) -> String {
        const SHOWN: usize = 20;
        let texts: Vec<String> = self.all.iter().take(SHOWN).map(|(text, _)| format!("{text:?}")).collect();
        let more = if self.all.len() > SHOWN { ", ..." } else { "" };
        let texts = texts.join(", ");
        match &self.class {
            Some(class) => {
                let name = class.bind(py).name().map_or_else(|_| String::from("?"), |name| name.to_string());
                format!("a member of {name}, or its text: {texts}{more}")
            }
            None => format!("one of {texts}{more}"),
        }
    }

    /// What a field holds, made of the text that was read, or of an array's texts.
    ///
    /// # Errors
    ///
    /// The text that is no member's.
    pub(crate) fn read<'py>(
        &self,
        read: Bound<'py, PyAny>,
    ) -> std::result::Result<PyResult<Bound<'py, PyAny>>, String> {
        if let Ok(list) = read.cast::<PyList>() {
            for (at, element) in list.iter().enumerate() {
                if let Err(error) = self.read(element)?.and_then(|member| list.set_item(at, member)) {
                    return Ok(Err(error));
                }
            }
            return Ok(Ok(read));
        }
        let Ok(text) = read.cast::<PyString>() else { return Ok(Ok(read)) };
        let text = text.to_string_lossy();
        match self.by_text.get(&*text).map(|number| &self.all[*number]) {
            Some((own, member)) if *own == *text => Ok(Ok(member.bind(read.py()).clone())),
            _ => Err(format!("{text:?}, which is none of the enumeration's values")),
        }
    }
}
