//! SELECT from one table.

use super::lookup::is_null;
use super::{Aggregate, Expr, Order, Param, Path};
use crate::schema::{Role, TableRef};

/// What a SELECT gives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Projection {
    /// All columns of the root table, in order of declaration.
    All,
    /// These columns of the root table, by position.
    Columns(Vec<usize>),
    /// The number of rows; of distinct rows, the number of distinct values of these columns.
    Count {
        /// Positions of the columns that tell rows apart; used with `distinct` only.
        of: Vec<usize>,
    },
    /// One row of aggregates over the rows.
    Aggregates {
        /// Which, in order.
        aggregates: Vec<Aggregate>,
        /// Positions of the columns that tell rows apart; used with `distinct` only.
        of: Vec<usize>,
    },
    /// One row if there is any (`SELECT 1 … LIMIT 1`).
    Exists,
}

/// A SELECT.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Select {
    /// The root table.
    pub table: TableRef,
    /// What is given.
    pub projection: Projection,
    /// Related rows that come along, each as all columns of its table behind those of the root. Only with a
    /// projection that gives rows.
    pub related: Vec<Path>,
    /// Which rows.
    pub filter: Option<Expr>,
    /// In which order.
    pub order_by: Vec<Order>,
    /// How many at most: an integer. Counted over a subquery where the projection is `Count`.
    pub limit: Option<Param>,
    /// How many are skipped: an integer.
    pub offset: Option<Param>,
    /// Limit and offset count anew for each group of rows that are equal in these columns, by position; empty: over
    /// all rows. Only with a projection that gives rows.
    pub limit_within: Vec<usize>,
    /// Rows of a group that are equal in these columns too, by position, count as one for limit and offset; empty: each
    /// row counts. The order is one of what is the same for all of them.
    pub limit_once: Vec<usize>,
    /// Whether equal rows are given once.
    pub distinct: bool,
    /// Whether the rows are locked until the transaction ends, where the database has row locks: see
    /// [`Capabilities::row_locks`](crate::dialect::Capabilities::row_locks).
    pub locks: bool,
}

impl Select {
    /// Every column of every row.
    pub fn from(table: &TableRef) -> Self {
        Self {
            table: table.clone(),
            projection: Projection::All,
            related: Vec::new(),
            filter: None,
            order_by: Vec::new(),
            limit: None,
            offset: None,
            limit_within: Vec::new(),
            limit_once: Vec::new(),
            distinct: false,
            locks: false,
        }
    }

    /// Every column of every row that is not marked as deleted.
    pub fn live(table: &TableRef) -> Self {
        let all = Self::from(table);
        match table.role(Role::DeletedAt) {
            Some(position) => all.filter(is_null(Expr::column(table, position), true)),
            None => all,
        }
    }

    /// Narrows to rows that also meet a condition.
    #[must_use]
    pub fn filter(mut self, condition: Expr) -> Self {
        self.filter = Some(match self.filter {
            Some(earlier) => earlier.and(condition),
            None => condition,
        });
        self
    }

    /// Positions of the columns given, in order; empty for what gives no rows of the table.
    pub fn columns(&self) -> Vec<usize> {
        match &self.projection {
            Projection::All => (0..self.table.columns.len()).collect(),
            Projection::Columns(positions) => positions.clone(),
            Projection::Count { .. } | Projection::Aggregates { .. } | Projection::Exists => Vec::new(),
        }
    }
}
