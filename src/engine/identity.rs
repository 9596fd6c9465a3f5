//! Which rows are one and the same, where those of a join stand repeatedly beside others.

use super::Rows;
use super::row_key::{ByKey, KeyColumns};
use crate::error::Result;

/// The rows of a part that differ by their primary key.
#[derive(Debug)]
pub struct Identities {
    /// Of each row, which of the different ones it is; None where there is none, but NULLs in its place.
    of_rows: Vec<Option<usize>>,
    /// The first row of each.
    firsts: Vec<usize>,
}

impl Identities {
    /// Tells the rows apart.
    ///
    /// # Errors
    ///
    /// As [`KeyColumns::of`] and [`KeyColumns::key`].
    pub fn of(rows: &Rows) -> Result<Self> {
        let keys = KeyColumns::of(rows, &rows.table().primary_key)?;
        let mut known: ByKey<usize> = ByKey::default();
        let (mut of_rows, mut firsts) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in 0..rows.len() {
            let Some(key) = keys.key(row)? else {
                of_rows.push(None);
                continue;
            };
            let identity = *known.entry(key).or_insert(firsts.len());
            if identity == firsts.len() {
                firsts.push(row);
            }
            of_rows.push(Some(identity));
        }
        Ok(Self { of_rows, firsts })
    }

    /// Which of the different rows a row is.
    #[inline]
    pub fn at(&self, row: usize) -> Option<usize> {
        self.of_rows.get(row).copied().flatten()
    }

    /// The first row of each, in their order.
    pub fn firsts(&self) -> &[usize] {
        &self.firsts
    }
}
