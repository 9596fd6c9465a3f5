//! Walks a statement's parameters in one fixed order. The order need not be that of the SQL text:
//! rendering notes which parameter each placeholder means.

use super::expr::Expr;
use super::{Param, Statement};

impl Statement {
    /// All parameters, in the fixed order.
    pub fn params(&self) -> Vec<&Param> {
        let mut params = Vec::new();
        self.collect(&mut params);
        params
    }

    fn collect<'a>(&'a self, out: &mut Vec<&'a Param>) {
        match self {
            Self::Select(select) => {
                collect_filter(select.filter.as_ref(), out);
                for order in &select.order_by {
                    order.expr.collect(out);
                }
                out.extend(&select.limit);
                out.extend(&select.offset);
            }
            Self::Insert(insert) => out.extend(&insert.values),
            Self::Update(update) => {
                for assignment in &update.assignments {
                    assignment.value.collect(out);
                }
                collect_filter(update.filter.as_ref(), out);
            }
            Self::Delete(delete) => collect_filter(delete.filter.as_ref(), out),
            Self::CreateTable(_) | Self::DropTable(_) | Self::CreateIndex(_) => {}
        }
    }
}

fn collect_filter<'a>(filter: Option<&'a Expr>, out: &mut Vec<&'a Param>) {
    if let Some(filter) = filter {
        filter.collect(out);
    }
}

impl Expr {
    fn collect<'a>(&'a self, out: &mut Vec<&'a Param>) {
        match self {
            Self::Column(_) | Self::Constant(_) => {}
            Self::Value(param) => out.push(param),
            Self::And(all) | Self::Or(all) => all.iter().for_each(|one| one.collect(out)),
            Self::Not(inner) => inner.collect(out),
            Self::Compare(node) => {
                node.left.collect(out);
                node.right.collect(out);
            }
            Self::IsNull(node) => node.expr.collect(out),
            Self::InList(node) => {
                node.expr.collect(out);
                out.push(&node.list);
            }
            Self::Between(node) => {
                node.expr.collect(out);
                node.low.collect(out);
                node.high.collect(out);
            }
            Self::TextMatch(node) => {
                node.subject.collect(out);
                node.pattern.collect(out);
            }
        }
    }
}
