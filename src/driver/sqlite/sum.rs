//! Sums that SQLite does not have: of integers beyond 64 bits and of decimals, both exact, and of floats with NaN.
//!
//! What is added is read by the same codec as a column of the type. A value that cannot be read does not fail the
//! statement, which could not tell the column: the result is then a BLOB that says what was found, which no sum is,
//! and the decoder of sums makes the error.

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value};

use super::statement::cell;
use crate::driver::{Decoder, RawCell, Stored, ToValue};
use crate::types::numeric::Total;
use crate::types::{self, SqlType};

/// Makes the functions known to a connection.
pub(super) fn register(raw: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    let decimal = SqlType::Decimal { precision: None, scale: None };
    for (name, sql_type) in [
        ("chakra_sum_integer", SqlType::BigInteger),
        ("chakra_sum_decimal", decimal),
        ("chakra_sum_float", SqlType::Float),
    ] {
        // SQLite's values are read by any declared type.
        let Some(decoder) = Decoder::new(Stored::Sqlite, Some(&sql_type)) else { continue };
        raw.create_aggregate_function(name, 1, flags, Sum { decoder })?;
    }
    Ok(())
}

struct Sum {
    decoder: Decoder,
}

/// What was added so far; the parts of one type stay empty where the other's are used.
#[derive(Default)]
struct State {
    exact: Total,
    float: Option<f64>,
    fault: Option<String>,
}

impl State {
    fn add(&mut self, decoder: Decoder, cell: RawCell<'_>) {
        match decoder.visit(cell, ToValue) {
            Ok(Some(types::Value::Integer(number))) => self.exact.add_integer(number),
            Ok(Some(types::Value::Decimal(number))) => self.exact.add(&number),
            Ok(Some(types::Value::Float(number))) => {
                let before = self.float.unwrap_or_default();
                let sum = before + number;
                if sum.is_infinite() && before.is_finite() && number.is_finite() {
                    self.fault = Some("values whose sum is beyond the range of floats".to_owned());
                }
                self.float = Some(sum);
            }
            Ok(_) => {}
            Err(found) => self.fault = Some(found),
        }
    }

    fn result(self) -> Value {
        if let Some(found) = self.fault {
            return Value::Blob(found.into_bytes());
        }
        match self.float {
            // A REAL that is NaN would become NULL.
            Some(sum) if sum.is_nan() => Value::Text("NaN".to_owned()),
            Some(sum) => Value::Real(sum),
            None => {
                let sum = self.exact.sum();
                sum.as_str().parse().map_or_else(|_| Value::Text(sum.as_str().to_owned()), Value::Integer)
            }
        }
    }
}

impl Aggregate<Option<State>, ToSqlOutput<'static>> for Sum {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Option<State>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, state: &mut Option<State>) -> rusqlite::Result<()> {
        let cell = cell(context.get_raw(0));
        if cell != RawCell::Null {
            let state = state.get_or_insert_default();
            if state.fault.is_none() {
                state.add(self.decoder, cell);
            }
        }
        Ok(())
    }

    /// NULL where nothing was added.
    fn finalize(&self, _: &mut Context<'_>, state: Option<Option<State>>) -> rusqlite::Result<ToSqlOutput<'static>> {
        Ok(ToSqlOutput::Owned(state.flatten().map_or(Value::Null, State::result)))
    }
}
