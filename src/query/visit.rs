//! Walks a statement's parameters in one fixed order. The order need not be that of the SQL text:
//! rendering notes which parameter each placeholder means.

use super::expr::{DocumentPlace, Expr, Related};
use super::{ColumnRef, Param, Path, Projection, Statement};

/// One walk for shared and for exclusive references, so that there is one order.
macro_rules! walk {
    ($statement:ident, $expr:ident, $place:ident $(, $mut:ident)?) => {
        fn $statement<'a>(statement: &'a $($mut)? Statement, visit: &mut impl FnMut(&'a $($mut)? Param)) {
            match statement {
                Statement::Select(node) => {
                    if let Projection::Aggregates { aggregates, .. } = &$($mut)? node.projection {
                        for aggregate in aggregates {
                            if let Some(one) = &$($mut)? aggregate.filter {
                                $expr(one, visit);
                            }
                        }
                    }
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
                Statement::AskCatalog(node) => {
                    for param in &$($mut)? node.names {
                        visit(param);
                    }
                }
                Statement::CreateTable(_)
                | Statement::DropTable(_)
                | Statement::CreateIndex(_)
                | Statement::CreateType(_)
                | Statement::DropType(_)
                | Statement::CreateSchema(_)
                | Statement::AlterForeignKey(_)
                | Statement::Comment(_)
                | Statement::DeferForeignKeys(_) => {}
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
                Expr::InKeys(node) => visit(&$($mut)? node.keys),
                Expr::ByKey(node) => {
                    for row in &$($mut)? node.rows {
                        for part in &$($mut)? row.key {
                            visit(part);
                        }
                        visit(&$($mut)? row.value);
                    }
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
                Expr::ArrayMatch(node) => {
                    $expr(&$($mut)? node.array, visit);
                    visit(&$($mut)? node.list);
                }
                Expr::ArrayLength(inner) | Expr::Next(inner) => $expr(inner, visit),
                Expr::DocumentText(place) => $place(place, visit),
                Expr::DocumentIs(node) => $place(&$($mut)? node.place, visit),
                Expr::DocumentNumber(node) => {
                    $place(&$($mut)? node.place, visit);
                    visit(&$($mut)? node.number);
                }
                Expr::DocumentMatch(node) => {
                    $place(&$($mut)? node.place, visit);
                    visit(&$($mut)? node.other);
                }
                Expr::OwnMatch(node) => {
                    $expr(&$($mut)? node.subject, visit);
                    visit(&$($mut)? node.with);
                }
                Expr::PairValue(node) => {
                    $expr(&$($mut)? node.pairs, visit);
                    visit(&$($mut)? node.key);
                }
                Expr::SetMatch(node) => {
                    $expr(&$($mut)? node.set, visit);
                    for member in &$($mut)? node.members {
                        visit(member);
                    }
                }
                Expr::Distance(node) => {
                    $expr(&$($mut)? node.vector, visit);
                    visit(&$($mut)? node.from);
                }
            }
        }

        fn $place<'a>(place: &'a $($mut)? DocumentPlace, visit: &mut impl FnMut(&'a $($mut)? Param)) {
            $expr(&$($mut)? place.document, visit);
            if let Some(path) = &$($mut)? place.path {
                visit(path);
            }
        }
    };
}

walk!(statement_params, expr_params, place_params);
walk!(statement_params_mut, expr_params_mut, place_params_mut, mut);

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
#[derive(Debug)]
pub(crate) enum Leaf<C, R> {
    /// A column.
    Column(C),
    /// Rows related to it; what these are asked is not the expression's own.
    Related(R),
}

/// One walk for shared and for exclusive references.
macro_rules! leaves {
    ($walk:ident $(, $mut:ident)?) => {
        fn $walk<'a>(
            expr: &'a $($mut)? Expr,
            visit: &mut impl FnMut(Leaf<&'a $($mut)? ColumnRef, &'a $($mut)? Related>),
        ) {
            match expr {
                Expr::Column(column) => visit(Leaf::Column(column)),
                Expr::Related(node) => visit(Leaf::Related(node)),
                Expr::Value(_) | Expr::Constant(_) => {}
                Expr::And(all) | Expr::Or(all) => {
                    for one in all {
                        $walk(one, visit);
                    }
                }
                Expr::Not(inner) => $walk(inner, visit),
                Expr::Compare(node) => {
                    $walk(&$($mut)? node.left, visit);
                    $walk(&$($mut)? node.right, visit);
                }
                Expr::IsNull(node) => $walk(&$($mut)? node.expr, visit),
                Expr::InList(node) => $walk(&$($mut)? node.expr, visit),
                Expr::InKeys(node) => {
                    for column in &$($mut)? node.columns {
                        visit(Leaf::Column(column));
                    }
                }
                Expr::ByKey(node) => {
                    for column in &$($mut)? node.key {
                        visit(Leaf::Column(column));
                    }
                }
                Expr::Between(node) => {
                    $walk(&$($mut)? node.expr, visit);
                    $walk(&$($mut)? node.low, visit);
                    $walk(&$($mut)? node.high, visit);
                }
                Expr::TextMatch(node) => {
                    $walk(&$($mut)? node.subject, visit);
                    $walk(&$($mut)? node.pattern, visit);
                }
                Expr::ArrayMatch(node) => $walk(&$($mut)? node.array, visit),
                Expr::ArrayLength(inner) | Expr::Next(inner) => $walk(inner, visit),
                Expr::DocumentText(place) => $walk(&$($mut)? place.document, visit),
                Expr::DocumentIs(node) => $walk(&$($mut)? node.place.document, visit),
                Expr::DocumentNumber(node) => $walk(&$($mut)? node.place.document, visit),
                Expr::DocumentMatch(node) => $walk(&$($mut)? node.place.document, visit),
                Expr::OwnMatch(node) => $walk(&$($mut)? node.subject, visit),
                Expr::PairValue(node) => $walk(&$($mut)? node.pairs, visit),
                Expr::SetMatch(node) => $walk(&$($mut)? node.set, visit),
                Expr::Distance(node) => $walk(&$($mut)? node.vector, visit),
            }
        }
    };
}

leaves!(expr_leaves);
leaves!(expr_leaves_mut, mut);

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
    pub(crate) fn visit_leaves<'a>(&'a self, visit: &mut impl FnMut(Leaf<&'a ColumnRef, &'a Related>)) {
        expr_leaves(self, visit);
    }

    /// The same expression, asked at the end of a way by a query that is about its start.
    #[must_use]
    pub fn at_end_of(mut self, path: &Path) -> Self {
        expr_leaves_mut(&mut self, &mut |leaf| {
            let own = match leaf {
                Leaf::Column(column) => &mut column.path,
                Leaf::Related(node) => &mut node.path,
            };
            *own = path.join(own);
        });
        self
    }
}
