//! Parameters as sqlx takes them.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::mysql::types::MySqlTime;
use sqlx::mysql::{MySqlArguments, MySqlTypeInfo};
use sqlx::{Arguments, Encode, MySql, Type};

use super::encode;
use super::server::ServerTypes;
use crate::error::{Error, Result};
use crate::types::{Kind, Value};

/// The protocol counts them in 16 bits.
pub(super) const MOST_PARAMETERS: usize = 65_535;

/// The values of a statement as one buffer.
pub(super) fn arguments(values: &[Value], types: &ServerTypes) -> Result<MySqlArguments> {
    if values.len() > MOST_PARAMETERS {
        return Err(Error::query(format!(
            "a statement of MySQL takes at most {MOST_PARAMETERS} parameters, {} were given",
            values.len()
        )));
    }
    let mut arguments = MySqlArguments::default();
    arguments.reserve(values.len(), values.len() * 12);
    for value in values {
        arguments.add(Parameter { value, types }).map_err(refused)?;
    }
    Ok(arguments)
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` gives it
fn refused(error: BoxDynError) -> Error {
    Error::query(format!("a parameter cannot be sent to MySQL: {error}"))
}

struct Parameter<'a> {
    value: &'a Value,
    types: &'a ServerTypes,
}

impl Type<MySql> for Parameter<'_> {
    fn type_info() -> MySqlTypeInfo {
        <str as Type<MySql>>::type_info() // never asked for: each value knows its own
    }
}

impl Encode<'_, MySql> for Parameter<'_> {
    fn encode_by_ref(&self, buffer: &mut Vec<u8>) -> std::result::Result<IsNull, BoxDynError> {
        Ok(if encode::value(self.value, buffer)? { IsNull::No } else { IsNull::Yes })
    }

    /// The type in which the value travels: one of the column's own family, so that both are compared as what they
    /// are. A decimal sent as text would be compared as a float.
    fn produces(&self) -> Option<MySqlTypeInfo> {
        Some(match self.value.kind() {
            Kind::Boolean => <i8 as Type<MySql>>::type_info(),
            Kind::Integer | Kind::Interval => <i64 as Type<MySql>>::type_info(),
            Kind::Float => <f64 as Type<MySql>>::type_info(),
            Kind::Decimal => self.types.decimal.clone(),
            Kind::Text | Kind::Untyped | Kind::Uuid | Kind::Json | Kind::Array(_) | Kind::Set | Kind::Postgres(_) => {
                <str as Type<MySql>>::type_info()
            }
            Kind::Bytes => <[u8] as Type<MySql>>::type_info(),
            Kind::DateTime => self.types.datetime.clone(),
            Kind::Date => self.types.date.clone(),
            Kind::Time => <MySqlTime as Type<MySql>>::type_info(),
        })
    }
}
