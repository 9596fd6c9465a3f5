//! What the rows of a statement written by hand may be read as.

use super::{ColumnValue, Model, RawRows, Row, Rows};
use crate::error::Result;
use crate::model::Scalar;
use crate::types::SqlType;

/// What an error calls a row that belongs to no model.
pub(super) const UNNAMED: &str = "row";

/// What a row of a statement written by hand may be read as: a model, or a tuple of what fields of models may be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that a row can be read as",
    note = "rows are models, or tuples of up to 12 column types: `(i64, Option<String>)`; for one value ask `scalar`"
)]
pub trait RawRow: Sized + Send {
    /// What errors call it.
    #[doc(hidden)]
    fn name() -> String;

    /// The rows with their types, and where each column of this type stands in them.
    #[doc(hidden)]
    fn typed(rows: RawRows) -> Result<(Rows, Vec<usize>)>;

    /// One row of those.
    #[doc(hidden)]
    fn read(row: Row<'_>) -> Result<Self>;
}

impl<M: Model> RawRow for M {
    fn name() -> String {
        M::table().model.clone()
    }

    fn typed(rows: RawRows) -> Result<(Rows, Vec<usize>)> {
        let rows = rows.of_table(M::table())?;
        let mut places = vec![0; rows.positions().len()];
        for (place, position) in rows.positions().iter().enumerate() {
            places[*position] = place;
        }
        Ok((rows, places))
    }

    fn read(row: Row<'_>) -> Result<Self> {
        M::from_row(row)
    }
}

/// The type that a value is read as, and whether it may be NULL.
pub(super) fn asked<T: ColumnValue>() -> (SqlType, bool) {
    (T::Scalar::sql_type(), T::NULLABLE)
}

macro_rules! tuples {
    ($($value:ident $at:tt),+) => {
        impl<$($value: ColumnValue),+> RawRow for ($($value,)+) {
            fn name() -> String {
                UNNAMED.to_owned()
            }

            fn typed(rows: RawRows) -> Result<(Rows, Vec<usize>)> {
                let asked = [$(asked::<$value>()),+];
                Ok((rows.of_types(&asked)?, (0..asked.len()).collect()))
            }

            fn read(row: Row<'_>) -> Result<Self> {
                Ok(($(row.get::<$value>($at)?,)+))
            }
        }
    };
}

tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

/// Every row.
pub(super) fn read<R: RawRow>(rows: RawRows) -> Result<Vec<R>> {
    // Some databases tell no columns where there is no row.
    if rows.is_empty() && rows.names().len() == 0 {
        return Ok(Vec::new());
    }
    let (rows, places) = R::typed(rows)?;
    (0..rows.len()).map(|row| R::read(Row::placed(&rows, row, &places))).collect()
}
