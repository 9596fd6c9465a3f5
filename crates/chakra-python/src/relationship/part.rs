//! The objects of rows that stand side by side with others.

use std::sync::Arc;

use chakra::engine::{Identities, KeyColumns, Rows};
use pyo3::prelude::*;

use crate::error::raise;
use crate::hydrate::Maker;
use crate::schema::Model;
use crate::session::Work;

/// The objects of one part of rows.
pub(super) struct Part<'a, 'py> {
    rows: &'a Rows,
    /// Each once.
    pub(super) objects: Vec<Bound<'py, PyAny>>,
    /// Which of the objects a row is, where rows are not objects one by one.
    identities: Option<Identities>,
}

impl<'a, 'py> Part<'a, 'py> {
    /// One object for each row.
    pub(super) fn every(py: Python<'py>, model: &Model, rows: &'a Rows, session: Option<&Arc<Work>>) -> PyResult<Self> {
        let maker = Maker::new(py, model, rows, session)?;
        let objects = (0..rows.len()).map(|row| maker.make(row)).collect::<PyResult<_>>()?;
        Ok(Self { rows, objects, identities: None })
    }

    /// One object for each row that differs from the others by its key.
    pub(super) fn distinct(
        py: Python<'py>,
        model: &Model,
        rows: &'a Rows,
        session: Option<&Arc<Work>>,
    ) -> PyResult<Self> {
        let identities = Identities::of(rows).map_err(raise)?;
        let maker = Maker::new(py, model, rows, session)?;
        let objects = identities.firsts().iter().map(|row| maker.make(*row)).collect::<PyResult<_>>()?;
        Ok(Self { rows, objects, identities: Some(identities) })
    }

    /// Which object a row is; None where a way led nowhere.
    #[inline]
    pub(super) fn at(&self, row: usize) -> Option<usize> {
        match &self.identities {
            Some(identities) => identities.at(row),
            None => Some(row),
        }
    }

    /// A row of an object.
    #[inline]
    pub(super) fn row_of(&self, object: usize) -> usize {
        self.identities.as_ref().map_or(object, |identities| identities.firsts()[object])
    }

    /// The columns of the table at these positions, as keys.
    pub(super) fn keys(&self, positions: &[usize]) -> PyResult<KeyColumns<'a>> {
        KeyColumns::of(self.rows, positions).map_err(raise)
    }
}
