//! Parameters as sqlx takes them.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use sqlx::{Arguments, Encode, Postgres, Type};

use super::{encode, literal};
use crate::error::{Error, Result};
use crate::types::{Kind, Value};

/// The protocol counts them in 16 bits.
const MOST_PARAMETERS: usize = 65_535;

/// The values of a statement as one buffer.
pub(super) fn arguments(values: &[Value]) -> Result<PgArguments> {
    if values.len() > MOST_PARAMETERS {
        return Err(Error::query(format!(
            "a statement of PostgreSQL takes at most {MOST_PARAMETERS} parameters, {} were given",
            values.len()
        )));
    }
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), values.len() * 12);
    for value in values {
        arguments.add(Parameter(value)).map_err(refused)?;
    }
    Ok(arguments)
}

/// Columns of many rows, each as one array.
pub(super) fn columns(values: &[Value], kinds: &[Kind]) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    arguments.reserve(kinds.len(), values.len() * 16);
    for (position, kind) in kinds.iter().enumerate() {
        let column = Column { values, width: kinds.len(), position, kind: *kind };
        arguments.add(column).map_err(refused)?;
    }
    Ok(arguments)
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` gives it
fn refused(error: BoxDynError) -> Error {
    Error::query(format!("a parameter cannot be sent to PostgreSQL: {error}"))
}

struct Parameter<'a>(&'a Value);

impl Type<Postgres> for Parameter<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(encode::type_of(Kind::Text))) // never asked for: each value knows its own
    }
}

impl Encode<'_, Postgres> for Parameter<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        Ok(if encode::value(self.0, buffer)? { IsNull::No } else { IsNull::Yes })
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(encode::type_of_value(self.0))))
    }
}

/// Every `width`th value from `position` on.
struct Column<'a> {
    values: &'a [Value],
    width: usize,
    position: usize,
    kind: Kind,
}

impl Type<Postgres> for Column<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(encode::array_of(Kind::Text).0)) // never asked for: each column knows its own
    }
}

impl Encode<'_, Postgres> for Column<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        let values = self.values.iter().skip(self.position).step_by(self.width);
        match self.kind {
            Kind::Array(_) => encode::array_by(encode::type_of(Kind::Text), values, buffer, literal_with_length)?,
            kind => encode::array(encode::element_of(kind), values, buffer)?,
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(encode::array_of(self.kind).0)))
    }
}

/// Appends an array as a literal, with its length.
fn literal_with_length(value: &Value, out: &mut Vec<u8>) -> std::result::Result<bool, String> {
    let Value::Array(_, elements) = value else { return encode::with_length(value, out) };
    let mut text = String::new();
    literal::write_array(&mut text, elements);
    encode::measured(out, |out| {
        out.extend_from_slice(text.as_bytes());
        Ok(true)
    })
}
