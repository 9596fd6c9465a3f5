//! What can be wrong with a model's definition, as data: raised at the first use, listed by a check.

use std::fmt;

use crate::error::{Error, Result};

/// One mistake in the definition of a model.
///
/// # Examples
///
/// ```
/// use chakra::schema::{Column, Table};
/// use chakra::types::SqlType;
/// let log = Table::described("Log", "logs", vec![Column::new("line", SqlType::Text)]);
/// let faults = log.faults();
/// assert_eq!(faults[0].code, "primary-key-missing");
/// assert!(faults[0].to_string().starts_with("Log: no field is the primary key; "));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelFault {
    /// Which kind of mistake it is: a short name that stays the same.
    pub code: &'static str,
    /// The model's name.
    pub model: String,
    /// The attribute at fault, if it is one.
    pub attribute: Option<String>,
    /// File and line of the declaration, where they are known.
    pub place: Option<String>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

impl ModelFault {
    /// A mistake of a model as a whole.
    pub fn new(
        code: &'static str,
        model: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { code, model: model.into(), attribute: None, place: None, message: message.into(), hint: hint.into() }
    }

    /// Says which attribute it is.
    #[must_use]
    pub fn on(mut self, attribute: impl Into<String>) -> Self {
        self.attribute = Some(attribute.into());
        self
    }

    /// Says where the declaration stands.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Refuses what has faults, with all of them.
    pub(crate) fn refuse(mut faults: Vec<Self>) -> Result<()> {
        match faults.len() {
            0 => Ok(()),
            1 => Err(faults.remove(0).into()),
            number => {
                let lines: Vec<String> = faults.iter().map(|fault| format!("  - {fault}")).collect();
                let others = faults.iter().any(|fault| fault.model != faults[0].model);
                let place = if others { ", here and in other models" } else { "" };
                let message = format!("{number} mistakes{place}\n{}", lines.join("\n"));
                Err(Error::definition(&faults[0].model, message))
            }
        }
    }

    /// What is wrong and how to mend it, without saying where.
    fn advice(&self) -> String {
        if self.hint.is_empty() { self.message.clone() } else { format!("{}; {}", self.message, self.hint) }
    }
}

impl fmt::Display for ModelFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.model)?;
        if let Some(attribute) = &self.attribute {
            write!(f, ".{attribute}")?;
        }
        if let Some(place) = &self.place {
            write!(f, " ({place})")?;
        }
        write!(f, ": {}", self.advice())
    }
}

impl From<ModelFault> for Error {
    fn from(fault: ModelFault) -> Self {
        let message = fault.advice();
        Self::Definition { model: fault.model, attribute: fault.attribute, message }
    }
}
