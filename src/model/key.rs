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

macro_rules! composite_keys {
    ([$($done:ident)*]) => {};
    ([$($done:ident)*] $next:ident $($rest:ident)*) => {
        impl<$($done: Scalar,)* $next: Scalar> Key for ($($done,)* $next,) {
            #[allow(non_snake_case)] // a part is called as its type
            fn to_values(&self) -> Result<Vec<Value>, String> {
                let ($($done,)* $next,) = self;
                Ok(vec![$(Scalar::to_value($done)?,)* Scalar::to_value($next)?])
            }
        }

        composite_keys!([$($done)* $next] $($rest)*);
    };
}

// PostgreSQL and MariaDB take keys of up to 32 columns.
composite_keys!([A] B C D E F G H I J K L M N O P Q R S T U V W X Y Z AA AB AC AD AE AF);

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

/// Models whose key can be unset: those whose key field, or of several the one that the database numbers, is an `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell a new object from a stored one, so it has no `save`",
    label = "the key of `{Self}` is always set",
    note = "declare the key that the database numbers as an `Option` (`id: Option<i64>`), or say `insert` or `update`"
)]
pub trait OptionalKey {}
