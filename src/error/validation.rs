//! Values that a field does not take, found before any SQL ran.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};

/// The rule that a missing value breaks, NULL included.
pub(crate) const REQUIRED: &str = "nullable=False";

/// What to do about a missing value.
const ADVICE: &str = "give one, or declare the field nullable or with a default";

/// A value that a field does not take, or an object as a whole that its model does not take.
///
/// One error may be about several faults: [`faults`](Self::faults) lists them, and the fields of the error itself
/// are those of the first.
///
/// # Examples
///
/// ```
/// use chakra::error::ValidationError;
/// let faults = vec![
///     ValidationError::new("User", "age", "min_value=18", "17 is less than 18"),
///     ValidationError::missing("User", "name"),
/// ];
/// let error = ValidationError::together(faults).unwrap();
/// assert_eq!(error.faults().len(), 2);
/// assert_eq!(error.field, "age");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationError {
    /// The model's name.
    pub model: String,
    /// The attribute's name; empty where the object as a whole is at fault.
    pub field: String,
    /// The value, shortened for reading; None where it was missing.
    pub value: Option<String>,
    /// The rule it breaks, for example `max_length=50`.
    pub constraint: String,
    /// What is wrong and what would be accepted.
    pub message: String,
    /// File and line of the field's declaration, where known.
    pub defined: Option<String>,
    /// All faults, where there are several; else none. [`faults`](Self::faults) is the way to read it.
    pub several: Vec<ValidationError>,
}

impl ValidationError {
    /// A fault of a field, or with an empty `field` of the object as a whole.
    pub fn new(
        model: impl Into<String>,
        field: impl Into<String>,
        constraint: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            model: model.into(),
            field: field.into(),
            value: None,
            constraint: constraint.into(),
            message: message.into(),
            defined: None,
            several: Vec::new(),
        }
    }

    /// The fault of a field without a value.
    pub fn missing(model: impl Into<String>, field: impl Into<String>) -> Self {
        Self::new(model, field, REQUIRED, format!("no value; {ADVICE}"))
    }

    /// The same fault with the value that was refused.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// The same fault with the place where the field is declared.
    #[must_use]
    pub fn defined_at(mut self, place: Option<&str>) -> Self {
        self.defined = place.map(str::to_owned);
        self
    }

    /// Every fault, at least one.
    pub fn faults(&self) -> &[Self] {
        if self.several.is_empty() { std::slice::from_ref(self) } else { &self.several }
    }

    /// One error about all these faults of one object; None of none.
    pub fn together(faults: Vec<Self>) -> Option<Self> {
        let mut faults: Vec<Self> = faults
            .into_iter()
            .flat_map(|fault| if fault.several.is_empty() { vec![fault] } else { fault.several })
            .collect();
        if faults.len() <= 1 {
            return faults.pop();
        }
        let message = summary(&faults);
        let first = faults[0].clone();
        Some(Self { message, several: faults, ..first })
    }

    /// Whether all that is wrong is that there is no value.
    fn is_missing(&self) -> bool {
        self.value.is_none() && self.constraint == REQUIRED
    }
}

/// What several faults say: the names alone where all that is wrong is that values are missing.
fn summary(faults: &[ValidationError]) -> String {
    if faults.iter().all(ValidationError::is_missing) {
        let names: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        return format!("no value for {}; {ADVICE}", names.join(", "));
    }
    let mut lines = format!("{} faults", faults.len());
    for fault in faults {
        let _ = write!(lines, "\n  - {fault}"); // writing to a String cannot fail
    }
    lines
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() || !self.several.is_empty() {
            write!(f, "{}: {}", self.model, self.message)
        } else {
            write!(f, "{}.{}: {}", self.model, self.field, self.message)
        }
    }
}

impl StdError for ValidationError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fault_is_itself() {
        let fault = ValidationError::new("User", "age", "min_value=18", "too small").with_value("17");
        assert_eq!(ValidationError::together(vec![fault.clone()]), Some(fault.clone()));
        assert_eq!(fault.faults(), std::slice::from_ref(&fault));
        assert_eq!(fault.to_string(), "User.age: too small");
        assert_eq!(ValidationError::together(Vec::new()), None);
    }

    #[test]
    fn several_faults_are_listed_and_never_nested() {
        let faults = ["a", "b"].map(|field| ValidationError::new("User", field, "x", format!("wrong {field}")));
        let both = ValidationError::together(faults.to_vec()).unwrap();
        let whole = ValidationError::new("User", "", "check", "a and b differ");
        let all = ValidationError::together(vec![both, whole]).unwrap();
        assert_eq!(all.faults().len(), 3);
        assert_eq!(
            all.to_string(),
            "User: 3 faults\n  - User.a: wrong a\n  - User.b: wrong b\n  - User: a and b differ"
        );
    }

    #[test]
    fn missing_values_are_named_in_one_breath() {
        let missing = ["a", "b"].map(|field| ValidationError::missing("User", field));
        let error = ValidationError::together(missing.to_vec()).unwrap();
        assert_eq!(
            error.to_string(),
            "User: no value for a, b; give one, or declare the field nullable or with a default"
        );
    }
}
