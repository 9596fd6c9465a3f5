//! Under which names a SELECT's tables stand in its text.

use crate::query::visit::Leaf;
use crate::query::{Aggregate, Expr, Path, Select};
use crate::schema::TableRef;

/// The tables of one SELECT, or of the one statement without: its root, and what its ways lead to.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) root: TableRef,
    /// The number of each way's alias, the root's first; empty where the root stands alone and needs none.
    names: Vec<(Path, usize)>,
}

impl Scope {
    /// The scope of a statement that knows no table but its own.
    pub(super) fn plain(root: TableRef) -> Self {
        Self { root, names: Vec::new() }
    }

    /// The scope of a SELECT: each way is joined once, however often it is named. Takes the numbers of its aliases
    /// from `next`.
    pub(super) fn of(root: TableRef, read: &Read<'_>, next: &mut usize) -> Self {
        if !read.needs_names {
            return Self::plain(root);
        }
        let mut number = || {
            *next += 1;
            *next - 1
        };
        let mut names = vec![(Path::default(), number())];
        for path in &read.paths {
            for step in path.steps() {
                if !names.iter().any(|(known, _)| known == step) {
                    names.push((step.clone(), number()));
                }
            }
        }
        Self { root, names }
    }

    /// The number of the alias under which the end of a way stands; None where nothing has an alias.
    pub(super) fn alias(&self, path: &Path) -> Option<usize> {
        self.names.iter().find(|(known, _)| known == path).map(|(_, number)| *number)
    }

    /// The ways that are joined, each after those that it goes on from.
    pub(super) fn joined(&self) -> Vec<(Path, usize)> {
        self.names.iter().skip(1).cloned().collect()
    }
}

/// What a SELECT reads of the tables around it.
#[derive(Debug, Default)]
pub(super) struct Read<'a> {
    paths: Vec<&'a Path>,
    /// Whether a column must say whose it is.
    needs_names: bool,
}

impl<'a> Read<'a> {
    /// What a SELECT reads; its related rows only where they are `shown`.
    pub(super) fn of_select(select: &'a Select, shown: bool) -> Self {
        let mut read = Self::default();
        if shown {
            for path in &select.related {
                read.path(path);
            }
        }
        if let Some(condition) = &select.filter {
            read.expr(condition);
        }
        for order in &select.order_by {
            read.expr(&order.expr);
        }
        read
    }

    /// What a condition reads.
    pub(super) fn of_expr(condition: Option<&'a Expr>) -> Self {
        let mut read = Self::default();
        if let Some(condition) = condition {
            read.expr(condition);
        }
        read
    }

    /// What aggregates read, of rows that meet a condition.
    pub(super) fn of_aggregates(aggregates: &'a [Aggregate], condition: Option<&'a Expr>) -> Self {
        let mut read = Self::of_expr(condition);
        for aggregate in aggregates {
            if let Some(column) = &aggregate.column {
                read.path(&column.path);
            }
            if let Some(condition) = &aggregate.filter {
                read.expr(condition);
            }
        }
        read
    }

    /// The same, beside tables that stand around it: its own must say that they are others.
    pub(super) fn within_others(mut self) -> Self {
        self.needs_names = true;
        self
    }

    /// Whether anything but the root's own columns is read.
    pub(super) fn needs_names(&self) -> bool {
        self.needs_names
    }

    fn expr(&mut self, expr: &'a Expr) {
        expr.visit_leaves(&mut |leaf| match leaf {
            Leaf::Column(column) => self.path(&column.path),
            Leaf::Related(node) => {
                self.needs_names = true;
                self.path(&node.path);
            }
        });
    }

    fn path(&mut self, path: &'a Path) {
        if !path.is_root() {
            self.needs_names = true;
            self.paths.push(path);
        }
    }
}
