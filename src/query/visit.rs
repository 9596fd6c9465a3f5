//! Walks a statement's parameters in one fixed order. The order need not be that of the SQL text:
//! rendering notes which parameter each placeholder means.

use super::expr::{Expr, Related};
use super::{ColumnRef, Param, Statement};

/// One walk for shared and for exclusive references, so that there is one order.
macro_rules! walk {
    ($statement:ident, $expr:ident $(, $mut:ident)?) => {
        fn $statement<'a>(statement: &'a $($mut)? Statement, visit: &mut impl FnMut(&'a $($mut)? Param)) {
            match statement {
                Statement::Select(node) => {
                    if let Some(one) = &$($mut)? node.filter {
                        $expr(one, visit);
                    }
                    for order in &$($mut)? node.order_by {
                        $expr(&$($mut)? order.expr, visit);
                    }
                    if let Some(param) = &$($mut)? node.limit {
                        visit(param);
                    }
                    if let Some(param) = &$($mut)? node.offset {
                        visit(param);
                    }
                }
                Statement::Insert(node) => {
                    for param in &$($mut)? node.values {
                        visit(param);
                    }
                }
                Statement::Update(node) => {
                    for assignment in &$($mut)? node.assignments {
                        $expr(&$($mut)? assignment.value, visit);
                    }
                    if let Some(one) = &$($mut)? node.filter {
                        $expr(one, visit);
                    }
                }
                Statement::Delete(node) => {
                    if let Some(one) = &$($mut)? node.filter {
                        $expr(one, visit);
                    }
                }
                Statement::CreateTable(_)
                | Statement::DropTable(_)
                | Statement::CreateIndex(_)
                | Statement::CreateType(_)
                | Statement::DropType(_) => {}
            }
        }

        fn $expr<'a>(expr: &'a $($mut)? Expr, visit: &mut impl FnMut(&'a $($mut)? Param)) {
            match expr {
                Expr::Column(_) | Expr::Constant(_) => {}
                Expr::Value(param) => visit(param),
                Expr::And(all) | Expr::Or(all) => {
                    for one in all {
                        $expr(one, visit);
                    }
                }
                Expr::Not(inner) => $expr(inner, visit),
                Expr::Compare(node) => {
                    $expr(&$($mut)? node.left, visit);
                    $expr(&$($mut)? node.right, visit);
                }
                Expr::IsNull(node) => $expr(&$($mut)? node.expr, visit),
                Expr::Related(node) => {
                    if let Some(one) = &$($mut)? node.filter {
                        $expr(one, visit);
                    }
                }
                Expr::InList(node) => {
                    $expr(&$($mut)? node.expr, visit);
                    visit(&$($mut)? node.list);
                }
                Expr::Between(node) => {
                    $expr(&$($mut)? node.expr, visit);
                    $expr(&$($mut)? node.low, visit);
                    $expr(&$($mut)? node.high, visit);
                }
                Expr::TextMatch(node) => {
                    $expr(&$($mut)? node.subject, visit);
                    $expr(&$($mut)? node.pattern, visit);
                }
            }
        }
    };
}

walk!(statement_params, expr_params);
walk!(statement_params_mut, expr_params_mut, mut);

impl Statement {
    /// All parameters, in the fixed order.
    pub fn params(&self) -> Vec<&Param> {
        let mut params = Vec::new();
        statement_params(self, &mut |param| params.push(param));
        params
    }

    /// Visits all parameters, in the fixed order, so that they can be changed or moved out.
    pub fn visit_params(&mut self, visit: &mut impl FnMut(&mut Param)) {
        statement_params_mut(self, &mut |param| visit(param));
    }
}

/// What an expression reads of the tables around it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Leaf<'a> {
    /// A column.
    Column(&'a ColumnRef),
    /// Rows related to it; what these are asked is not the expression's own.
    Related(&'a Related),
}

impl Expr {
    /// All columns that the expression reads, a column as often as it stands there. Those that only related rows
    /// are asked for are not among them.
    pub fn columns(&self) -> Vec<&ColumnRef> {
        let mut columns = Vec::new();
        self.visit_leaves(&mut |leaf| {
            if let Leaf::Column(column) = leaf {
                columns.push(column);
            }
        });
        columns
    }

    /// Visits what the expression reads, without what it asks of related rows.
    pub(crate) fn visit_leaves<'a>(&'a self, visit: &mut impl FnMut(Leaf<'a>)) {
        match self {
            Self::Column(column) => visit(Leaf::Column(column)),
            Self::Related(node) => visit(Leaf::Related(node)),
            Self::Value(_) | Self::Constant(_) => {}
            Self::And(all) | Self::Or(all) => all.iter().for_each(|one| one.visit_leaves(visit)),
            Self::Not(inner) => inner.visit_leaves(visit),
            Self::Compare(node) => {
                node.left.visit_leaves(visit);
                node.right.visit_leaves(visit);
            }
            Self::IsNull(node) => node.expr.visit_leaves(visit),
            Self::InList(node) => node.expr.visit_leaves(visit),
            Self::Between(node) => {
                node.expr.visit_leaves(visit);
                node.low.visit_leaves(visit);
                node.high.visit_leaves(visit);
            }
            Self::TextMatch(node) => {
                node.subject.visit_leaves(visit);
                node.pattern.visit_leaves(visit);
            }
        }
    }
}
