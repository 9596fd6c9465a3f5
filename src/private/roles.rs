//! Fields of derived models that the engine fills.

use chrono::{DateTime, Utc};

use super::{ColumnValue, Draft};
use crate::schema::Role;
use crate::types::{Kind, Value};

impl<T: ColumnValue> Draft<T> {
    pub fn role(self, role: Role) -> Self {
        self.with(|column| column.role = Some(role))
    }
}

/// What an object says of an instant that the engine writes.
pub fn no_instant() -> Value {
    Value::Null(Kind::DateTime)
}

macro_rules! role_of {
    ($trait:ident, $function:ident, $message:literal, $label:literal, $note:literal: $($rust:ty),*) => {
        #[diagnostic::on_unimplemented(message = $message, label = $label, note = $note)]
        pub trait $trait {}
        $(impl $trait for $rust {})*

        /// Compiles where the engine can fill the type.
        pub fn $function<T: $trait>() {}
    };
}

role_of!(
    StampField, takes_stamp,
    "`timestamps` fills instants, not a `{Self}`", "no instant",
    "declare the field as `DateTime<Utc>`": DateTime<Utc>, Option<DateTime<Utc>>
);
role_of!(
    MarkField, takes_mark,
    "`soft_delete` marks rows by an instant that may be absent, not by a `{Self}`", "cannot be the mark",
    "declare the field as `Option<DateTime<Utc>>`; `None` is a row that is not deleted": Option<DateTime<Utc>>
);
role_of!(
    VersionField, takes_version,
    "`version` counts in an i32 or an i64, not in a `{Self}`", "no count",
    "declare the field as `i64`": i32, i64
);
