//! What a field of a model may be: a scalar, or an `Option` of one where NULL is allowed.

use super::relation::OwnKey;
use super::scalar::{Scalar, ScalarVisitor};
use crate::driver::ToValue;
use crate::engine::Rows;
use crate::error::{DecodeError, Result};
use crate::types::{Kind, Value};

/// A Rust type that a field of a model may have: a [`Scalar`], or an `Option` of one where the column
/// allows NULL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that a field of a model can have",
    label = "not a column type",
    note = "columns are i16, i32, i64, f64, bool, String, Vec<u8>, rust_decimal::Decimal, chrono::DateTime<Utc>, chrono::NaiveDate, chrono::NaiveTime, chrono::TimeDelta, uuid::Uuid, serde_json::Value, enums that derive ChakraEnum, Vec of them, and Option where NULL is allowed; a type of serde's takes #[chakra(json)]",
    note = "a related model stands in `chakra::Related<…>`, which is no column"
)]
pub trait ColumnValue: Clone + Send + Sync + Sized + 'static {
    /// The type without NULL.
    type Scalar: Scalar;

    /// Whether NULL is one of its values.
    const NULLABLE: bool;

    /// The value on its way to the database; what is wrong with it where no database could keep it.
    fn to_value(&self) -> Result<Value, String>;

    /// From what was read, None being NULL; what was found where that does not fit.
    fn from_scalar(scalar: Option<Self::Scalar>) -> Result<Self, String>;
}

impl<T: Scalar> ColumnValue for T {
    type Scalar = T;
    const NULLABLE: bool = false;

    fn to_value(&self) -> Result<Value, String> {
        Scalar::to_value(self)
    }

    fn from_scalar(scalar: Option<T>) -> Result<Self, String> {
        scalar.ok_or_else(|| "NULL".to_owned())
    }
}

impl<T: Scalar> ColumnValue for Option<T> {
    type Scalar = T;
    const NULLABLE: bool = true;

    fn to_value(&self) -> Result<Value, String> {
        self.as_ref().map_or_else(|| Ok(Value::Null(T::sql_type().kind())), Scalar::to_value)
    }

    fn from_scalar(scalar: Option<T>) -> Result<Self, String> {
        Ok(scalar)
    }
}

/// One row that was read, for [`Model::from_row`](super::Model::from_row).
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    rows: &'a Rows,
    number: usize,
    /// Where the columns asked for stand; None: in the order of the rows.
    places: Option<&'a [usize]>,
}

impl<'a> Row<'a> {
    pub(super) fn new(rows: &'a Rows, row: usize) -> Self {
        Self { rows, number: row, places: None }
    }

    pub(super) fn placed(rows: &'a Rows, row: usize, places: &'a [usize]) -> Self {
        Self { rows, number: row, places: Some(places) }
    }

    /// Where a column that is asked for stands among those of the rows.
    #[inline]
    fn place(&self, column: usize) -> usize {
        self.places.map_or(column, |places| places[column])
    }

    /// One column's value, exact; `column` counts the columns of the rows.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], which names table, column and value, where the type cannot hold it.
    #[inline]
    pub fn get<T: ColumnValue>(&self, column: usize) -> Result<T> {
        let column = self.place(column);
        let scalar = self.rows.visit(self.number, column, ScalarVisitor::<T::Scalar>::new())?;
        scalar.and_then(T::from_scalar).map_err(|found| self.misfit(column, found))
    }

    /// The values of these columns, as far as they can be read.
    pub(super) fn own_key(&self, columns: &[usize]) -> OwnKey {
        let value = |column: usize| {
            let place = self.place(column);
            match self.rows.visit(self.number, place, ToValue) {
                Ok(Some(value)) => Some(value),
                Ok(None) if self.rows.is_null(self.number, place) => Some(Value::Null(Kind::Text)),
                _ => None,
            }
        };
        match columns {
            [only] => match value(*only) {
                Some(Value::Integer(number)) => OwnKey::Integer(number),
                other => other.map_or(OwnKey::Unknown, |value| OwnKey::of(vec![value])),
            },
            several => {
                several.iter().map(|column| value(*column)).collect::<Option<_>>().map_or(OwnKey::Unknown, OwnKey::of)
            }
        }
    }

    #[cold]
    fn misfit(&self, column: usize, found: String) -> crate::Error {
        let table = self.rows.table();
        let described = self.rows.positions().get(column).map(|position| &table.columns[*position]);
        DecodeError {
            table: table.name.clone(),
            column: described.map_or_else(String::new, |column| column.name.clone()),
            expected: described.map_or_else(String::new, |column| {
                format!("{}{}", column.sql_type.name(), if column.nullable { "" } else { " (not nullable)" })
            }),
            found,
        }
        .into()
    }
}

/// Every row as what `read` makes of it.
pub(super) fn read_all<T>(rows: &Rows, read: impl Fn(Row<'_>) -> Result<T>) -> Result<Vec<T>> {
    (0..rows.len()).map(|row| read(Row::new(rows, row))).collect()
}
