//! One term of ORDER BY.

use super::Expr;
use crate::schema::{ColumnOrder, TableRef};

/// Which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// Where NULLs stand. Without a choice NULL is the largest value, on every database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nulls {
    /// Before all others.
    First,
    /// After all others.
    Last,
}

/// One term of ORDER BY.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Order {
    /// What is compared.
    pub expr: Expr,
    /// Which way.
    pub direction: Direction,
    /// Where NULLs stand, if not as the largest value.
    pub nulls: Option<Nulls>,
}

impl Order {
    /// By a column of a statement's root table, smallest first.
    pub fn ascending(table: &TableRef, column: usize) -> Self {
        Self { expr: Expr::column(table, column), direction: Direction::Ascending, nulls: None }
    }

    /// By a column of a statement's root table, greatest first.
    pub fn descending(table: &TableRef, column: usize) -> Self {
        Self { direction: Direction::Descending, ..Self::ascending(table, column) }
    }

    /// The order that a model gives its rows; empty where it gives none.
    pub fn of_model(table: &TableRef) -> Vec<Self> {
        let term = |order: &ColumnOrder| {
            let make = if order.descending { Self::descending } else { Self::ascending };
            make(table, order.column)
        };
        table.ordering.iter().map(term).collect()
    }

    /// By primary key.
    pub fn by_key(table: &TableRef) -> Vec<Self> {
        table.primary_key.iter().map(|column| Self::ascending(table, *column)).collect()
    }

    /// Where NULLs stand, the default applied.
    pub fn nulls(&self) -> Nulls {
        self.nulls.unwrap_or(match self.direction {
            Direction::Ascending => Nulls::Last,
            Direction::Descending => Nulls::First,
        })
    }

    /// The opposite order: `NULLs` change sides too.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.nulls = Some(match self.nulls() {
            Nulls::First => Nulls::Last,
            Nulls::Last => Nulls::First,
        });
        self.direction = match self.direction {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        };
        self
    }
}
