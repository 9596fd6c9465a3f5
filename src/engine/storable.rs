//! What a database cannot keep as it is: refused before any SQL runs.

use crate::dialect::Capabilities;
use crate::driver::Executor;
use crate::error::{Result, ValidationError};
use crate::schema::TableRef;
use crate::types::{Numeric, SqlType, Value};

/// What one database keeps.
pub(super) struct Storable {
    capabilities: Capabilities,
    database: &'static str,
}

impl Storable {
    pub(super) fn of(executor: &dyn Executor) -> Self {
        Self { capabilities: executor.capabilities(), database: executor.dialect().name() }
    }

    /// Refuses a value that would be stored as another one.
    pub(super) fn check(&self, table: &TableRef, position: usize, value: &Value) -> Result<()> {
        let refusal = match value {
            Value::Float(number) if !number.is_finite() => self.refuse_float(*number),
            Value::Decimal(number) => self.refuse_decimal(&table.columns[position].sql_type, number),
            Value::Array(_, elements) => {
                return elements.iter().try_for_each(|element| self.check(table, position, element));
            }
            _ => None,
        };
        let Some((constraint, advice)) = refusal else { return Ok(()) };
        let shown = match value {
            Value::Float(number) => number.to_string(),
            Value::Decimal(number) => number.to_string().chars().take(80).collect(),
            _ => String::new(),
        };
        let column = &table.columns[position];
        let message = format!("{shown} cannot be stored by {}; {advice}", self.database);
        Err(ValidationError::new(&table.model, &column.attribute, constraint, message)
            .with_value(shown)
            .defined_at(column.defined.place())
            .into())
    }

    fn refuse_float(&self, number: f64) -> Option<(String, String)> {
        let is_kept = if number.is_nan() { self.capabilities.nan } else { self.capabilities.infinity };
        (!is_kept).then(|| ("a number".into(), "store NULL, or a number".into()))
    }

    fn refuse_decimal(&self, declared: &SqlType, number: &Numeric) -> Option<(String, String)> {
        if !number.is_finite() {
            return (!self.capabilities.decimal_nan).then(|| ("a number".into(), "store NULL, or a number".into()));
        }
        let (before, after) = self.capabilities.unbounded_decimal?;
        let is_unbounded = matches!(declared, SqlType::Decimal { precision: None, .. });
        let fits = number.integral_digits() <= before && number.rescaled(number.scale().min(after)).is_some();
        (is_unbounded && !fits).then(|| {
            (
                format!("at most {before} digits before the point and {after} after it"),
                format!("it keeps {before} digits before the point and {after} after it"),
            )
        })
    }
}
