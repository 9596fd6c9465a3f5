//! Columns that are named, for `update_only`.

use super::Model;
use super::column::Column;
use super::related::ToOne;
use super::relation::Relation;
use crate::error::Result;

/// What `update_only` takes: a column, a relationship that stands for its foreign key, or a tuple or array of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no column of `{M}`",
    label = "not a column of `{M}`",
    note = "give `{M}::some_column()`, or a tuple of such columns"
)]
pub trait IntoColumns<M> {
    /// Their positions in the table.
    #[doc(hidden)]
    fn into_columns(self) -> Result<Vec<usize>>;
}

impl<M: Model, T> IntoColumns<M> for Column<M, T> {
    fn into_columns(self) -> Result<Vec<usize>> {
        Ok(vec![self.position()])
    }
}

impl<M: Model, T: ToOne> IntoColumns<M> for Relation<M, T> {
    fn into_columns(self) -> Result<Vec<usize>> {
        self.own_columns()
    }
}

impl<M, C: IntoColumns<M>, const N: usize> IntoColumns<M> for [C; N] {
    fn into_columns(self) -> Result<Vec<usize>> {
        let mut all = Vec::new();
        for columns in self {
            all.extend(columns.into_columns()?);
        }
        Ok(all)
    }
}

macro_rules! columns_tuple {
    ($($one:ident . $at:tt),*) => {
        impl<Of, $($one: IntoColumns<Of>),*> IntoColumns<Of> for ($($one,)*) {
            fn into_columns(self) -> Result<Vec<usize>> {
                let mut all = Vec::new();
                $(all.extend(self.$at.into_columns()?);)*
                Ok(all)
            }
        }
    };
}

columns_tuple!(A.0);
columns_tuple!(A.0, B.1);
columns_tuple!(A.0, B.1, C.2);
columns_tuple!(A.0, B.1, C.2, D.3);
columns_tuple!(A.0, B.1, C.2, D.3, E.4);
columns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5);
columns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6);
columns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7);
columns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8);
columns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9);
columns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10);
columns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11);
