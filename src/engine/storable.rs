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
            Value::Json(text) => self.refuse_document(text),
            Value::Array(_, elements) => {
                return elements.iter().try_for_each(|element| self.check(table, position, element));
            }
            _ => None,
        };
        let Some((constraint, advice)) = refusal else { return Ok(()) };
        let shown = match value {
            Value::Float(number) => number.to_string(),
            Value::Decimal(number) => number.to_string().chars().take(80).collect(),
            Value::Json(_) => "the document".to_owned(),
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

    fn refuse_document(&self, text: &str) -> Option<(String, String)> {
        let deepest = self.capabilities.document_depth?;
        (depth(text) > deepest).then(|| {
            let limit = format!("at most {deepest} levels");
            (limit.clone(), format!("it keeps documents of {limit}"))
        })
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

/// How many lists and objects of a document stand within each other.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn depth_of_documents() {
        assert_eq!(depth("1"), 0);
        assert_eq!(depth(r#"{"a": [1, [2]], "b": {}}"#), 3);
        assert_eq!(depth(r#"["[[[", "\"[[", []]"#), 2);
    }
}
