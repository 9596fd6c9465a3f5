//! What is wrong with the values of an object, or of an assignment: all of it, in one error.

use super::Model;
use super::relation::check_related;
use crate::engine::Record;
use crate::error::{Error, Result, ValidationError};
use crate::schema::{Column, validate};
use crate::types::Value;

/// Faults of one object, or of one call, so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<ValidationError>);

impl Faults {
    /// The value of a result, None where it is a fault, which is noted.
    ///
    /// # Errors
    ///
    /// What is no fault of a value.
    pub(super) fn take<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::Validation(error)) => {
                self.0.push(*error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn add(&mut self, fault: ValidationError) {
        self.0.push(fault);
    }

    /// Whether something was found about a field.
    pub(super) fn concern(&self, field: &str) -> bool {
        self.0.iter().flat_map(ValidationError::faults).any(|fault| fault.field == field)
    }

    /// Checks a value by the rules of its column and by the field's own function; gives it in the column's form.
    ///
    /// # Errors
    ///
    /// What is no fault of the value.
    pub(super) fn check<M: Model>(&mut self, position: usize, value: Value) -> Result<Option<Value>> {
        let (table, column) = (M::table(), &M::table().columns[position]);
        if let Err(message) = M::check_value(position, &value) {
            self.add(refused(&table.model, column, &value, message));
        }
        self.take(validate(table, column, value))
    }

    /// Everything that was found, if anything was.
    pub(super) fn finish<T>(self, value: T) -> Result<T> {
        ValidationError::together(self.0).map_or(Ok(value), |error| Err(error.into()))
    }
}

fn refused(model: &str, column: &Column, value: &Value, message: String) -> ValidationError {
    ValidationError::new(model, &column.attribute, "validate", message)
        .with_value(value.shown())
        .defined_at(column.defined.place())
}

/// The values of an object by position, checked, but for those that are left out.
pub(super) fn checked_record<M: Model>(model: &M, left_out: impl Fn(usize) -> bool) -> Result<Record> {
    checked_but(model, &[], left_out)
}

/// As [`checked_record`], where the foreign keys of these columns come from rows that are written with the object's.
pub(super) fn checked_but<M: Model>(model: &M, linked: &[usize], left_out: impl Fn(usize) -> bool) -> Result<Record> {
    let mut faults = Faults::default();
    let values = faults.take(model.values())?.unwrap_or_default();
    let mut record = Vec::with_capacity(values.len());
    let mut related = Ok(());
    check_related(model, &values, linked, &mut |error| {
        if let Err(error) = faults.take::<()>(Err(error)) {
            related = Err(error);
        }
    });
    related?;
    for (position, value) in values.into_iter().enumerate().filter(|(position, _)| !left_out(*position)) {
        let value = faults.check::<M>(position, value)?;
        record.extend(value.map(|value| (position, value)));
    }
    if let Err(message) = model.check_whole() {
        faults.add(ValidationError::new(&M::table().model, "", "validate", message));
    }
    faults.finish(record)
}
