//! Keys that the database holds equal though they are written otherwise: texts whose collation ignores case, for one.
//! Which they are is its own to tell, so it is asked where rows and the keys they were asked by do not fit together.

use super::related::{Found, Step, fetch_with_related};
use super::row_key::{ByKey, KeyColumns, KeySet, RowKey};
use crate::driver::{Executor, ToValue};
use crate::error::{Error, Result};
use crate::query::lookup::among;
use crate::query::{Hop, Path, Projection, Select};
use crate::schema::{Table, TableRef};
use crate::types::{Kind, Value};

/// Which keys are one and the same.
#[derive(Debug, Clone, Default)]
pub(super) struct SameKeys(ByKey<RowKey>);

impl SameKeys {
    /// The key that stands for all that are the same as one.
    #[inline]
    pub(super) fn standing_for<'a>(&'a self, mut key: &'a RowKey) -> &'a RowKey {
        if !self.0.is_empty() {
            while let Some(next) = self.0.get(key) {
                key = next;
            }
        }
        key
    }

    /// The same, of a key that is no longer needed.
    #[inline]
    pub(super) fn stand_in(&self, key: RowKey) -> RowKey {
        if self.0.is_empty() { key } else { self.standing_for(&key).clone() }
    }

    /// Notes that two keys are the same.
    fn add(&mut self, one: &RowKey, other: &RowKey) {
        let (one, other) = (self.standing_for(one).clone(), self.standing_for(other).clone());
        if one != other {
            self.0.insert(one, other);
        }
    }

    /// Takes over what others say.
    pub(super) fn extend(&mut self, others: &Self) {
        for (one, other) in &others.0 {
            self.add(one, other);
        }
    }
}

/// The keys that a step was asked by, where the database may hold others equal to them.
pub(super) struct Asked {
    keys: Vec<(RowKey, Vec<Value>)>,
}

impl Asked {
    /// None where equal keys are equal in their bytes.
    pub(super) fn of(step: &Step, keys: &[Vec<Value>]) -> Option<Self> {
        let is_text = |at: &usize| matches!(step.hop.to.columns[*at].sql_type.kind(), Kind::Text | Kind::Untyped);
        let read = |key: &Vec<Value>| Some((RowKey::of(key)?, key.clone()));
        step.hop.to_columns.iter().any(is_text).then(|| Self { keys: keys.iter().filter_map(read).collect() })
    }

    /// Which of these keys, and of those by which the rows found belong to them, are the same.
    ///
    /// # Errors
    ///
    /// As [`fetch`](super::fetch); [`ErrorKind::Query`](crate::ErrorKind::Query) where a row belongs to none of them that
    /// the database knows.
    pub(super) async fn same_as(self, executor: &dyn Executor, step: &Step, found: &Found) -> Result<SameKeys> {
        let mut same = SameKeys::default();
        let strange = self.strange(found)?;
        if let [(only, _)] = self.keys.as_slice() {
            for (key, _) in &strange {
                same.add(key, only);
            }
            return Ok(same);
        }
        let hop = &*step.hop;
        let way = if leads_to_one(hop) {
            (hop.clone(), self.without_rows(found)?)
        } else {
            let Hop { from, from_columns, to, to_columns } = hop.clone();
            let back = Hop { from: to, from_columns: to_columns, to: from, to_columns: from_columns };
            (back, strange.iter().map(|(_, values)| values.clone()).collect())
        };
        if !way.1.is_empty() {
            tell(executor, way.0, way.1, &mut same).await?;
        }
        let asked: KeySet = self.keys.iter().map(|(key, _)| same.standing_for(key).clone()).collect();
        match strange.iter().find(|(key, _)| !asked.contains(same.standing_for(key))) {
            Some((_, values)) => Err(belongs_to_none(hop, values)),
            None => Ok(same),
        }
    }

    /// The keys of rows found that are none of those asked.
    fn strange(&self, found: &Found) -> Result<Vec<(RowKey, Vec<Value>)>> {
        let mut known: KeySet = self.keys.iter().map(|(key, _)| key.clone()).collect();
        let (rows, keys) = (&found.rows[0], found.owners());
        let mut strange = Vec::new();
        for row in 0..rows.len() {
            let Some(key) = keys.key(row)?.filter(|key| !known.contains(key)) else { continue };
            let values = keys.columns().iter().map(|column| rows.visit(row, *column, ToValue));
            let values: Vec<Option<Value>> = values.collect::<Result<_>>()?;
            known.insert(key.clone());
            strange.push((key, values.into_iter().flatten().collect()));
        }
        Ok(strange)
    }

    /// Those asked for which no row was found.
    fn without_rows(&self, found: &Found) -> Result<Vec<Vec<Value>>> {
        let keys = found.owners();
        let read = (0..found.rows[0].len()).map(|row| keys.key(row)).collect::<Result<Vec<_>>>()?;
        let read: KeySet = read.into_iter().flatten().collect();
        Ok(self.keys.iter().filter(|(key, _)| !read.contains(key)).map(|(_, values)| values.clone()).collect())
    }
}

/// Whether the rows at the start of a step hold the foreign key: several of them may lead to one row.
fn leads_to_one(hop: &Hop) -> bool {
    let is_key = |holder: &Table, columns: &[usize], referred: &Table| {
        holder.foreign_keys.iter().any(|key| key.columns == columns && key.target_table == referred.name)
    };
    let is_unique = hop.to.unique_sets().iter().any(|set| set.iter().all(|at| hop.to_columns.contains(at)));
    is_unique && (is_key(&hop.from, &hop.from_columns, &hop.to) || !is_key(&hop.to, &hop.to_columns, &hop.from))
}

/// Asks which rows the database joins, of those at the start of a step that have one of these keys.
async fn tell(executor: &dyn Executor, hop: Hop, keys: Vec<Vec<Value>>, same: &mut SameKeys) -> Result<()> {
    let (from, to_columns) = (hop.from.clone(), hop.to_columns.clone());
    let mut select = Select::from(&from).filter(among(&from, &hop.from_columns, keys));
    select.projection = Projection::Columns(hop.from_columns.clone());
    select.related = vec![Path::default().then(hop.into())];
    let rows = fetch_with_related(executor, select).await?;
    let [here, there] = rows.as_slice() else { return Ok(()) };
    let (here, there) = (KeyColumns::of(here, here.positions())?, KeyColumns::of(there, &to_columns)?);
    for row in 0..rows[0].len() {
        if let (Some(one), Some(other)) = (here.key(row)?, there.key(row)?) {
            same.add(&one, &other);
        }
    }
    Ok(())
}

#[cold]
fn belongs_to_none(hop: &Hop, values: &[Value]) -> Error {
    let names = |table: &TableRef, columns: &[usize]| {
        columns.iter().map(|at| table.columns[*at].attribute.as_str()).collect::<Vec<_>>().join(", ")
    };
    let shown: Vec<String> = values.iter().map(Value::shown).collect();
    Error::query(format!(
        "reading what is related to {from}: a row of {to} with the {theirs} {} was found, and no row of {from} that is stored has an equal {own}; save what was changed first, or give both the same spelling",
        shown.join(", "),
        from = hop.from.model,
        to = hop.to.model,
        theirs = names(&hop.to, &hop.to_columns),
        own = names(&hop.from, &hop.from_columns),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sameness_goes_over_any_number_of_keys() {
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|text| RowKey::of(&[Value::Text(text.into())]).unwrap());
        let mut same = SameKeys::default();
        assert_eq!(same.standing_for(&a), &a);
        same.add(&a, &b);
        same.add(&c, &d);
        same.add(&a, &d);
        same.add(&b, &a);
        let other: SameKeys = same.clone();
        same.extend(&other);
        let standing = same.standing_for(&a).clone();
        assert!([&b, &c, &d].iter().all(|key| *same.standing_for(key) == standing));
    }
}
