//! Keys of several columns.

use super::{compare, in_list};
use crate::query::expr::{CompareOp, Expr, InKeys};
use crate::query::{ColumnRef, Param};
use crate::schema::TableRef;
use crate::types::{Kind, SqlType, Value};

/// Up to so many keys are written out, by which every database finds them in an index.
const FEW: usize = 1000;

/// Up to this many characters, every database has the decimal.
const SHORT: usize = 30;

/// Whether columns hold, together, one of these keys. A key with another number of values than there are columns is
/// none of them.
///
/// # Examples
///
/// ```
/// use chakra::query::{ColumnRef, Expr, lookup};
/// use chakra::schema::{Column, Table, TableRef};
/// use chakra::types::{SqlType, Value};
///
/// let columns = ["a", "b"].map(|name| Column::new(name, SqlType::BigInteger).primary_key());
/// let table = TableRef::new(Table::new("Pair", "pairs", columns.into())?);
/// let key = [ColumnRef::root(&table, 0), ColumnRef::root(&table, 1)];
/// let many = (0..40_000).map(|number| vec![Value::Integer(number), Value::Integer(1)]).collect();
/// assert!(matches!(lookup::in_keys(&key, many), Expr::InKeys(_)));
/// # Ok::<(), chakra::Error>(())
/// ```
pub fn in_keys(columns: &[ColumnRef], mut keys: Vec<Vec<Value>>) -> Expr {
    keys.retain(|key| key.len() == columns.len());
    if keys.len() <= FEW {
        return any_of(columns, keys);
    }
    let is_plain = |key: &Vec<Value>| columns.iter().zip(key).all(|(column, value)| is_plain(column, value));
    let (plain, others): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_plain);
    let Some(kind) = plain.first().and_then(|key| key.first()).map(Value::kind) else {
        return any_of(columns, others);
    };
    let list = Value::List(kind, plain.into_iter().flatten().collect());
    let listed = InKeys { columns: columns.to_vec(), keys: Param(list) }.into();
    if others.is_empty() { listed } else { any_of(columns, others).or(listed) }
}

/// Whether columns of a table hold, together, one of these keys, however many.
///
/// # Examples
///
/// ```
/// use chakra::query::{Expr, lookup};
/// use chakra::schema::{Column, Table, TableRef};
/// use chakra::types::{SqlType, Value};
///
/// let id = Column::new("id", SqlType::BigInteger).primary_key();
/// let table = TableRef::new(Table::new("Item", "items", vec![id])?);
/// assert!(matches!(lookup::among(&table, &[0], vec![vec![Value::Integer(1)]]), Expr::InList(_)));
/// # Ok::<(), chakra::Error>(())
/// ```
pub fn among(table: &TableRef, columns: &[usize], keys: Vec<Vec<Value>>) -> Expr {
    match columns {
        [only] => in_list(Expr::column(table, *only), keys.into_iter().flatten().collect()),
        several => {
            let columns: Vec<ColumnRef> = several.iter().map(|column| ColumnRef::root(table, *column)).collect();
            in_keys(&columns, keys)
        }
    }
}

fn any_of(columns: &[ColumnRef], keys: Vec<Vec<Value>>) -> Expr {
    let equal = |(column, value): (&ColumnRef, Value)| compare(Expr::Column(column.clone()), CompareOp::Eq, value);
    let one = |key: Vec<Value>| Expr::And(columns.iter().zip(key).map(equal).collect());
    if keys.is_empty() { Expr::Constant(false) } else { Expr::Or(keys.into_iter().map(one).collect()) }
}

/// Whether a value can travel in a list and be compared there as it would be by itself, on every database.
fn is_plain(column: &ColumnRef, value: &Value) -> bool {
    let sql_type = &column.column().sql_type;
    if value.kind() != sql_type.kind() {
        return false;
    }
    match value {
        Value::Text(text) => !(matches!(sql_type, SqlType::Char { .. }) && text.ends_with(' ')),
        Value::Float(number) => number.is_finite(),
        Value::Decimal(number) => {
            let fits = match sql_type {
                SqlType::Decimal { precision: Some(_), scale } => number.scale() <= scale.unwrap_or(0) as usize,
                _ => true,
            };
            fits && number.is_finite() && number.as_str().len() <= SHORT
        }
        Value::Null(_) | Value::List(..) | Value::Array(..) => false,
        plain => matches!(
            plain.kind(),
            Kind::Boolean
                | Kind::Integer
                | Kind::Interval
                | Kind::Bytes
                | Kind::DateTime
                | Kind::Date
                | Kind::Time
                | Kind::Uuid
        ),
    }
}
