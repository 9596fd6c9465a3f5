//! The values by which an object is related to others, as it was last read or written.

use crate::engine::RowKey;
use crate::types::Value;

/// What an object is related by: its foreign key, or what others refer to. Small, because each field of a relationship
/// has one.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum OwnKey {
    /// The object was neither read nor written.
    #[default]
    Unknown,
    /// One column, which is NULL.
    Null,
    /// One column that holds an integer, as most do.
    Integer(i64),
    /// Any other values, in order.
    Values(Box<[Value]>),
}

impl OwnKey {
    pub(in crate::model) fn of(values: Vec<Value>) -> Self {
        match values.as_slice() {
            [Value::Null(_)] => Self::Null,
            [Value::Integer(number)] => Self::Integer(*number),
            _ => Self::Values(values.into()),
        }
    }

    pub(in crate::model) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// The values; None where one of them is NULL, so that it leads nowhere.
    pub(in crate::model) fn values(&self) -> Option<Vec<Value>> {
        match self {
            Self::Unknown | Self::Null => None,
            Self::Integer(number) => Some(vec![Value::Integer(*number)]),
            Self::Values(values) => (!values.iter().any(Value::is_null)).then(|| values.to_vec()),
        }
    }

    /// Whether this is the value of one of its columns.
    pub(in crate::model) fn is(&self, part: usize, value: &Value) -> bool {
        match self {
            Self::Unknown => false,
            Self::Null => part == 0 && value.is_null(),
            Self::Integer(number) => part == 0 && *value == Value::Integer(*number),
            Self::Values(values) => values.get(part).is_some_and(|own| {
                own.is_null() && value.is_null()
                    || RowKey::of(std::slice::from_ref(own))
                        .is_some_and(|own| RowKey::of(std::slice::from_ref(value)) == Some(own))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::OwnKey;
    use crate::types::{Kind, Value};

    #[test]
    fn it_stays_small_and_knows_its_parts() {
        assert_eq!(size_of::<OwnKey>(), 16);
        let null = || Value::Null(Kind::Text);
        let text = |text: &str| Value::Text(text.to_owned());
        let key = OwnKey::of(vec![text("a"), null()]);
        assert!(key.is(0, &text("a")) && !key.is(0, &text("b")) && key.is(1, &null()) && !key.is(2, &null()));
        assert!(key.is(0, &Value::Untyped("a".to_owned())), "as an enumeration is written");
        assert_eq!(key.values(), None);
        assert_eq!(OwnKey::of(vec![Value::Integer(7)]), OwnKey::Integer(7));
        assert!(OwnKey::of(vec![null()]).is(0, &null()) && !OwnKey::Null.is(0, &Value::Integer(0)));
        assert!(!OwnKey::Unknown.is_known() && !OwnKey::Unknown.is(0, &null()));
    }
}
