//! The keys by which rows belong together: told apart, looked up and grouped by, without making values of them.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::same_keys::SameKeys;
use super::{Branch, Rows};
use crate::driver::{Elements, Visitor};
use crate::error::{Error, Result};
use crate::types::{PostgresValue, Value};

/// The values of some columns. Equal for equal values, however the database stores them, and for no others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowKey(Form);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Form {
    /// Most keys: one integer.
    Integer(i64),
    /// Anything else: each part with its sort and its length, so that no two keys have the same bytes.
    Bytes(Box<[u8]>),
}

impl RowKey {
    /// The key of values; None where one of them is NULL.
    pub fn of(values: &[Value]) -> Option<Self> {
        Self::from_parts(values.len(), |at, bytes| Ok(Part(bytes).value(&values[at]))).ok().flatten()
    }

    /// Puts a key together of so many parts.
    fn from_parts(parts: usize, part: impl Fn(usize, &mut Vec<u8>) -> Result<Found>) -> Result<Option<Self>> {
        let mut bytes = Vec::new(); // takes no memory until something is written
        for at in 0..parts {
            match part(at, &mut bytes)? {
                Found::Null => return Ok(None),
                Found::Integer(number) if parts == 1 => return Ok(Some(Self(Form::Integer(number)))),
                Found::Integer(number) => tagged(&mut bytes, 0, &number.to_le_bytes()),
                Found::Written => {}
            }
        }
        Ok(Some(Self(Form::Bytes(bytes.into()))))
    }
}

/// The columns of rows that hold a key.
#[derive(Debug)]
pub struct KeyColumns<'a> {
    rows: &'a Rows,
    columns: Vec<usize>,
}

impl<'a> KeyColumns<'a> {
    /// The columns of the table at these positions.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`](crate::ErrorKind::Query) where the rows do not have one of them.
    pub fn of(rows: &'a Rows, positions: &[usize]) -> Result<Self> {
        let shown = |position: &usize| {
            rows.positions().iter().position(|shown| shown == position).ok_or_else(|| {
                let (table, name) = (rows.table(), &rows.table().columns[*position].attribute);
                Error::query(format!("what is related to {} needs its field {name}, which was left out", table.model))
            })
        };
        Ok(Self { rows, columns: positions.iter().map(shown).collect::<Result<_>>()? })
    }

    /// Columns of the rows themselves, not of their table.
    pub(super) fn shown(rows: &'a Rows, columns: Vec<usize>) -> Self {
        Self { rows, columns }
    }

    /// Which columns of the rows they are.
    pub(super) fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The key of a row; None where a part is NULL.
    ///
    /// # Errors
    ///
    /// [`DecodeError`](crate::error::DecodeError) where a stored value is not exactly of the declared type.
    #[inline]
    pub fn key(&self, row: usize) -> Result<Option<RowKey>> {
        RowKey::from_parts(self.columns.len(), |at, bytes| self.rows.visit(row, self.columns[at], Part(bytes)))
    }
}

/// Different keys; the hash is chosen for speed.
pub(super) type KeySet = HashSet<RowKey, foldhash::fast::RandomState>;

/// Things by their keys.
pub(super) type ByKey<T> = HashMap<RowKey, T, foldhash::fast::RandomState>;

/// What a step found, by the key of the row that it belongs to.
#[derive(Debug, Default)]
pub struct Members {
    /// Of each key: where its members start and end.
    spans: ByKey<usize>,
    same: SameKeys,
    starts: Vec<usize>,
    /// Which row of which branch, those of one key side by side, in the order in which they were read.
    rows: Vec<(usize, usize)>,
}

impl Members {
    /// Groups the rows of all statements of a step.
    ///
    /// # Errors
    ///
    /// As [`KeyColumns::key`].
    pub fn of(branches: &[Branch]) -> Result<Self> {
        let (mut spans, mut same) = (ByKey::default(), SameKeys::default());
        let mut sizes: Vec<usize> = Vec::new();
        let mut read = Vec::with_capacity(branches.iter().map(|branch| branch.found.rows[0].len()).sum());
        for (at, branch) in branches.iter().enumerate() {
            let (owners, target) = (&branch.found.rows[0], &branch.found.target()[0]);
            let keys = branch.found.owners();
            same.extend(&branch.found.same);
            // Behind a junction there may be no row, and a junction with a key of its own may hold a pair twice.
            let passes = branch.found.passed > 0;
            let ends = passes.then(|| KeyColumns::of(target, &target.table().primary_key)).transpose()?;
            let mut pairs: HashSet<(usize, RowKey), foldhash::fast::RandomState> = HashSet::default();
            for row in 0..owners.len() {
                let end = ends.as_ref().map(|ends| ends.key(row)).transpose()?;
                let (Some(key), false) = (keys.key(row)?, matches!(end, Some(None))) else { continue };
                let span = *spans.entry(same.stand_in(key)).or_insert(sizes.len());
                if span == sizes.len() {
                    sizes.push(0);
                }
                if let Some(Some(end)) = end
                    && !pairs.insert((span, end))
                {
                    continue;
                }
                sizes[span] += 1;
                read.push((span, (at, row)));
            }
        }
        let mut starts = Vec::with_capacity(sizes.len() + 1);
        starts.push(0);
        starts.extend(sizes.iter().scan(0, |end, size| {
            *end += size;
            Some(*end)
        }));
        let (mut next, mut rows) = (starts.clone(), vec![(0, 0); read.len()]);
        for (span, row) in read {
            rows[next[span]] = row;
            next[span] += 1;
        }
        Ok(Self { spans, same, starts, rows })
    }

    /// The rows that belong to the owner of a key: of which branch, and which.
    pub fn of_key(&self, key: &RowKey) -> &[(usize, usize)] {
        match self.spans.get(self.same.standing_for(key)) {
            Some(span) => &self.rows[self.starts[*span]..self.starts[*span + 1]],
            None => &[],
        }
    }
}

/// What a value is as part of a key.
enum Found {
    Null,
    Integer(i64),
    /// Its bytes were written.
    Written,
}

/// Writes a value as part of a key.
struct Part<'a>(&'a mut Vec<u8>);

fn tagged(bytes: &mut Vec<u8>, tag: u8, part: &[u8]) {
    bytes.push(tag);
    bytes.extend_from_slice(&part.len().to_le_bytes());
    bytes.extend_from_slice(part);
}

impl Part<'_> {
    fn written(self, tag: u8, part: &[u8]) -> Found {
        tagged(self.0, tag, part);
        Found::Written
    }

    fn value(self, value: &Value) -> Found {
        match value {
            Value::Null(_) => Found::Null,
            Value::Boolean(value) => self.boolean(*value),
            Value::Integer(number) => Found::Integer(*number),
            Value::Float(number) => self.float(*number),
            Value::Decimal(number) => self.decimal(number.as_str()),
            Value::Text(text) | Value::Untyped(text) => self.text(text),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::DateTime(micros) => self.datetime(*micros),
            Value::Date(days) => self.date(*days),
            Value::Time(micros) => self.time(*micros),
            Value::Interval(micros) => self.interval(*micros),
            Value::Uuid(uuid) => self.uuid(*uuid),
            Value::Json(text) => self.json(text),
            Value::Postgres(value) => self.own(value),
            Value::Set(_) | Value::Array(..) | Value::List(..) => self.written(12, format!("{value:?}").as_bytes()),
        }
    }

    fn own(self, value: &PostgresValue) -> Found {
        self.written(11, format!("{value:?}").as_bytes())
    }
}

impl Visitor for Part<'_> {
    type Output = Found;

    fn null(self) -> Found {
        Found::Null
    }

    fn boolean(self, value: bool) -> Found {
        self.written(1, &[u8::from(value)])
    }

    #[inline]
    fn integer(self, value: i64) -> Found {
        Found::Integer(value)
    }

    fn float(self, value: f64) -> Found {
        // Zero and its negative are one key.
        self.written(2, &(value + 0.0).to_bits().to_le_bytes())
    }

    /// Without zeros at its end: `1.50` and `1.5` are one key.
    fn decimal(self, value: &str) -> Found {
        let plain = if value.contains('.') { value.trim_end_matches('0').trim_end_matches('.') } else { value };
        self.written(3, plain.as_bytes())
    }

    fn text(self, value: &str) -> Found {
        self.written(4, value.as_bytes())
    }

    fn bytes(self, value: &[u8]) -> Found {
        self.written(5, value)
    }

    fn datetime(self, micros: i64) -> Found {
        self.written(6, &micros.to_le_bytes())
    }

    fn date(self, days: i32) -> Found {
        self.written(7, &days.to_le_bytes())
    }

    fn time(self, micros: i64) -> Found {
        self.written(8, &micros.to_le_bytes())
    }

    fn interval(self, micros: i64) -> Found {
        self.written(9, &micros.to_le_bytes())
    }

    fn uuid(self, value: Uuid) -> Found {
        self.written(10, value.as_bytes())
    }

    fn json(self, text: &str) -> Found {
        self.written(13, text.as_bytes())
    }

    fn set(self, members: &str) -> Result<Found, String> {
        Ok(self.written(14, members.as_bytes()))
    }

    fn postgres(self, value: PostgresValue) -> Result<Found, String> {
        Ok(self.own(&value))
    }

    fn array(self, elements: Elements<'_>) -> Result<Found, String> {
        Err(format!("an array of {} elements, which is no key", elements.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::RowKey;
    use crate::types::{Kind, Value};

    fn key(values: &[Value]) -> RowKey {
        RowKey::of(values).unwrap()
    }

    #[test]
    fn equal_values_are_equal_keys_and_no_others() {
        let text = |text: &str| Value::Text(text.to_owned());
        let decimal = |digits: &str| Value::Decimal(digits.parse().unwrap());
        assert_eq!(key(&[Value::Integer(1)]), key(&[Value::Integer(1)]));
        assert_ne!(key(&[Value::Integer(1)]), key(&[Value::Integer(-1)]));
        assert_ne!(key(&[Value::Integer(1)]), key(&[text("1")]));
        assert_eq!(key(&[text("a")]), key(&[Value::Untyped("a".to_owned())]));
        assert_ne!(key(&[text("a")]), key(&[text("a ")]));
        assert_ne!(key(&[text("ab"), text("c")]), key(&[text("a"), text("bc")]));
        assert_ne!(key(&[Value::Integer(1), Value::Integer(2)]), key(&[Value::Integer(2), Value::Integer(1)]));
        assert_eq!(key(&[decimal("1.50")]), key(&[decimal("1.5")]));
        assert_eq!(key(&[decimal("10")]), key(&[decimal("10.0")]));
        assert_ne!(key(&[decimal("10")]), key(&[decimal("1")]));
        assert_eq!(key(&[Value::Float(0.0)]), key(&[Value::Float(-0.0)]));
        assert_ne!(key(&[Value::DateTime(7)]), key(&[Value::Time(7)]));
    }

    #[test]
    fn a_key_with_null_is_none() {
        assert_eq!(RowKey::of(&[Value::Null(Kind::Integer)]), None);
        assert_eq!(RowKey::of(&[Value::Integer(1), Value::Null(Kind::Text)]), None);
    }
}
