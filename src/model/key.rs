//! Primary keys.

use super::scalar::Scalar;
use super::value::ColumnValue;
use crate::types::Value;

/// The value of a primary key: one column's, or a tuple of several.
///
/// # Examples
///
/// ```
/// use chakra::model::Key;
/// use chakra::types::Value;
/// assert_eq!((1_i64, 2_i32).to_values(), Ok(vec![Value::Integer(1), Value::Integer(2)]));
/// ```
pub trait Key: Clone + Send + Sync + 'static {
    /// One value for each column of the key, in order of declaration.
    fn to_values(&self) -> Result<Vec<Value>, String>;
}

impl<T: Scalar> Key for T {
    fn to_values(&self) -> Result<Vec<Value>, String> {
        Ok(vec![Scalar::to_value(self)?])
    }
}

macro_rules! composite_key {
    ($($part:ident . $at:tt),*) => {
        impl<$($part: Scalar),*> Key for ($($part,)*) {
            fn to_values(&self) -> Result<Vec<Value>, String> {
                Ok(vec![$(Scalar::to_value(&self.$at)?),*])
            }
        }
    };
}

composite_key!(A.0, B.1);
composite_key!(A.0, B.1, C.2);
composite_key!(A.0, B.1, C.2, D.3);

/// A field that is (part of) the primary key: a scalar, or an `Option` of one, whose `None` is the key of a
/// row that is not written yet.
pub trait KeyField: ColumnValue {
    /// The key's type, without `Option`.
    fn key(&self) -> Option<Self::Scalar>;

    /// A field with that key.
    fn from_key(key: Self::Scalar) -> Self;
}

impl<T: Scalar> KeyField for T {
    fn key(&self) -> Option<T> {
        Some(self.clone())
    }

    fn from_key(key: T) -> Self {
        key
    }
}

impl<T: Scalar> KeyField for Option<T> {
    fn key(&self) -> Option<T> {
        self.clone()
    }

    fn from_key(key: T) -> Self {
        Some(key)
    }
}

/// Models whose key can be unset: those whose single key field is an `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell a new object from a stored one, so it has no `save`",
    label = "the key of `{Self}` is always set",
    note = "declare the primary key as an `Option` (`id: Option<i64>`), or say `insert` or `update`"
)]
pub trait OptionalKey {}
