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
    /// It leads nowhere: its one column is NULL, or one of several.
    Null,
    /// One column that holds an integer, as most do.
    Integer(i64),
    /// One column that holds anything else.
    One(Box<Value>),
    /// Several columns.
    Several(Box<Parts>),
}

/// The values of several columns, behind one thin pointer.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts(Vec<Value>);

impl OwnKey {
    pub(in crate::model) fn of(mut values: Vec<Value>) -> Self {
        match (values.pop(), values.is_empty()) {
            (Some(Value::Null(_)), true) => Self::Null,
            (Some(Value::Integer(number)), true) => Self::Integer(number),
            (Some(only), true) => Self::One(Box::new(only)),
            (last, _) => {
                values.extend(last);
                Self::Several(Box::new(Parts(values)))
            }
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
            Self::One(value) => Some(vec![Value::clone(value)]),
            Self::Several(parts) => (!parts.0.iter().any(Value::is_null)).then(|| parts.0.clone()),
        }
    }

    /// Whether this is the value of one of its columns.
    pub(in crate::model) fn is(&self, part: usize, value: &Value) -> bool {
        match self {
            Self::Unknown => false,
            Self::Null => part == 0 && value.is_null(),
            Self::Integer(number) => part == 0 && *value == Value::Integer(*number),
            Self::One(own) => part == 0 && is_same(own, value),
            Self::Several(parts) => parts.0.get(part).is_some_and(|own| is_same(own, value)),
        }
    }
}

/// Equal, however it is written: as it was read, or as an object says it.
fn is_same(one: &Value, other: &Value) -> bool {
    let key = |value| RowKey::of(std::slice::from_ref(value));
    one.is_null() == other.is_null() && key(one) == key(other)
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
        let (one, pair) = (OwnKey::of(vec![text("a")]), vec![Value::Integer(1), text("b")]);
        assert!(one.is(0, &text("a")) && !one.is(0, &null()) && !one.is(1, &text("a")));
        assert_eq!((one.values(), OwnKey::of(pair.clone()).values()), (Some(vec![text("a")]), Some(pair)));
        assert!(OwnKey::of(vec![null()]).is(0, &null()) && !OwnKey::Null.is(0, &Value::Integer(0)));
        assert!(!OwnKey::Unknown.is_known() && !OwnKey::Unknown.is(0, &null()));
    }
}
