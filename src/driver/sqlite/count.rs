//! Numbers that are counted up: with an error where SQLite would go on with floats.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Result};

use super::told::Told;

/// Makes `chakra_next(number, last number, column)` known to a connection.
pub(super) fn register(raw: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    raw.create_scalar_function("chakra_next", 3, flags, |context| {
        let (number, last): (Option<i64>, i64) = (context.get(0)?, context.get(1)?);
        match number {
            Some(number) if number >= last => Err(Told::Full { column: context.get(2)?, number }.into()),
            number => Ok(number.map(|number| number + 1)),
        }
    })
}
