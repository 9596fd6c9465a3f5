//! Random conditions over a small table, and what they mean.

use chakra::query::expr::{Between, Compare, CompareOp, InList, TextMatch, TextMatchKind};
use chakra::query::{Expr, Param, lookup};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::{Kind, SqlType, Value};
use proptest::prelude::*;

/// The columns' kinds: the key, two integers, two texts, two decimals, two booleans. The second of each
/// may be NULL.
const KINDS: [Kind; 9] = [
    Kind::Integer,
    Kind::Integer,
    Kind::Integer,
    Kind::Text,
    Kind::Text,
    Kind::Decimal,
    Kind::Decimal,
    Kind::Boolean,
    Kind::Boolean,
];

const OPERATORS: [CompareOp; 6] =
    [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];

const MATCHES: [TextMatchKind; 4] =
    [TextMatchKind::Contains, TextMatchKind::StartsWith, TextMatchKind::EndsWith, TextMatchKind::Equals];

pub fn small() -> TableRef {
    let decimal = SqlType::Decimal { precision: None, scale: None };
    let text = || SqlType::String { length: Some(20) };
    let columns = vec![
        Column::new("id", SqlType::Integer).primary_key(),
        Column::new("n", SqlType::Integer),
        Column::new("n_null", SqlType::Integer).nullable(),
        Column::new("t", text()),
        Column::new("t_null", text()).nullable(),
        Column::new("d", decimal.clone()),
        Column::new("d_null", decimal).nullable(),
        Column::new("b", SqlType::Boolean),
        Column::new("b_null", SqlType::Boolean).nullable(),
    ];
    TableRef::new(Table::new("Small", "small", columns).unwrap())
}

/// Values that are often equal, equal but for case, or parts of one another.
fn domain(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Integer => (-1..3).map(Value::Integer).collect(),
        Kind::Text => {
            let texts = ["", "a", "A", "ab", "Ab ", "%", "a_", "*", "[a]", "?b", r"\", "é", "É", "ÉA"];
            texts.map(|text| Value::Text(text.into())).to_vec()
        }
        Kind::Decimal => {
            ["-1", "0", "0.50", "0.5", "2", "10", "10.0"].map(|text| Value::Decimal(text.parse().unwrap())).to_vec()
        }
        Kind::Boolean => vec![Value::Boolean(false), Value::Boolean(true)],
        other => panic!("no domain of {other:?}"),
    }
}

/// Rows in which every value of every domain, and NULL, stands beside several others.
pub fn rows() -> Vec<Vec<Value>> {
    let pick = |kind: Kind, nullable: bool, number: usize| {
        let mut values = domain(kind);
        if nullable {
            values.push(Value::Null(kind));
        }
        values[number % values.len()].clone()
    };
    let row = |id: usize| {
        let value =
            |position: usize| pick(KINDS[position], position.is_multiple_of(2), id * (2 * position + 1) / 2 + position);
        let mut row = vec![Value::Integer(i64::try_from(id).unwrap())];
        row.extend((1..KINDS.len()).map(value));
        row
    };
    (0..60).map(row).collect()
}

fn column(table: &TableRef, kind: Kind) -> BoxedStrategy<Expr> {
    let positions: Vec<usize> = (0..KINDS.len()).filter(|position| KINDS[*position] == kind).collect();
    let table = table.clone();
    prop::sample::select(positions).prop_map(move |position| Expr::column(&table, position)).boxed()
}

fn term(table: &TableRef, kind: Kind) -> BoxedStrategy<Expr> {
    prop_oneof![
        5 => column(table, kind),
        5 => prop::sample::select(domain(kind)).prop_map(Expr::value),
        1 => Just(Expr::value(Value::Null(kind))),
    ]
    .boxed()
}

fn leaf(table: &TableRef, kind: Kind) -> BoxedStrategy<Expr> {
    let (one, two, three) = (term(table, kind), term(table, kind), term(table, kind));
    let compare = (one.clone(), prop::sample::select(OPERATORS.to_vec()), two.clone())
        .prop_map(|(left, op, right)| Compare { left, op, right }.into());
    let between = (one.clone(), two, three).prop_map(|(expr, low, high)| Between { expr, low, high }.into());
    let list = (one.clone(), prop::collection::vec(prop::sample::select(domain(kind)), 0..4))
        .prop_map(move |(expr, values)| InList { expr, list: Param(Value::List(kind, values)) }.into());
    let null = (one, any::<bool>()).prop_map(|(expr, yes)| lookup::is_null(expr, yes));
    prop_oneof![3 => compare, 1 => between, 1 => list, 1 => null].boxed()
}

fn text_match(table: &TableRef) -> BoxedStrategy<Expr> {
    (term(table, Kind::Text), prop::sample::select(MATCHES.to_vec()), term(table, Kind::Text), any::<bool>())
        .prop_map(|(subject, kind, pattern, ignore_case)| TextMatch { subject, kind, pattern, ignore_case }.into())
        .boxed()
}

/// Any condition over the small table.
pub fn conditions(table: &TableRef) -> BoxedStrategy<Expr> {
    let leaves = prop_oneof![
        3 => prop::sample::select(vec![Kind::Integer, Kind::Text, Kind::Decimal, Kind::Boolean])
            .prop_flat_map({ let table = table.clone(); move |kind| leaf(&table, kind) }),
        2 => text_match(table),
        1 => column(table, Kind::Boolean),
        1 => any::<bool>().prop_map(Expr::Constant),
    ];
    let nested = leaves.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::And),
            2 => prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::Or),
            2 => inner.clone().prop_map(|one| Expr::Not(Box::new(one))),
            1 => inner.prop_map(|one| Compare { left: one, op: CompareOp::Ne, right: Expr::value(Value::Boolean(true)) }.into()),
        ]
    });
    nested.boxed()
}

/// What an expression is for a row, by the rules that the nodes' documentation gives; None for unknown.
pub fn holds(expr: &Expr, row: &[Value]) -> Option<bool> {
    match expr {
        Expr::Constant(value) => Some(*value),
        Expr::And(all) => fold(all, row, false),
        Expr::Or(all) => fold(all, row, true),
        Expr::Not(inner) => Some(holds(inner, row) != Some(true)),
        Expr::Compare(node) => {
            let order = order(&value(&node.left, row), &value(&node.right, row));
            match node.op {
                CompareOp::Eq => order.map(std::cmp::Ordering::is_eq),
                CompareOp::Ne => Some(order.is_none_or(std::cmp::Ordering::is_ne)),
                CompareOp::Lt => order.map(std::cmp::Ordering::is_lt),
                CompareOp::Le => order.map(std::cmp::Ordering::is_le),
                CompareOp::Gt => order.map(std::cmp::Ordering::is_gt),
                CompareOp::Ge => order.map(std::cmp::Ordering::is_ge),
            }
        }
        Expr::IsNull(node) => Some(value(&node.expr, row).is_null() != node.negated),
        Expr::InList(node) => in_list(&value(&node.expr, row), &node.list.0),
        Expr::Between(node) => between(&value(&node.expr, row), &value(&node.low, row), &value(&node.high, row)),
        Expr::TextMatch(node) => matches(node, row),
        Expr::Column(_) | Expr::Value(_) => match value(expr, row) {
            Value::Boolean(value) => Some(value),
            _ => None,
        },
        other => panic!("{other:?}"),
    }
}

/// AND and OR as SQL has them: `decisive` decides, the unknown stays unknown.
fn fold(all: &[Expr], row: &[Value], decisive: bool) -> Option<bool> {
    let all: Vec<Option<bool>> = all.iter().map(|one| holds(one, row)).collect();
    match () {
        () if all.contains(&Some(decisive)) => Some(decisive),
        () if all.contains(&None) => None,
        () => Some(!decisive),
    }
}

fn in_list(value: &Value, list: &Value) -> Option<bool> {
    let Value::List(_, members) = list else { panic!("{list:?}") };
    // Nothing is in an empty list, NULL neither; but whether that is false or unknown, a row shows not.
    (!value.is_null()).then(|| members.iter().any(|member| order(value, member).is_some_and(std::cmp::Ordering::is_eq)))
}

fn between(value: &Value, low: &Value, high: &Value) -> Option<bool> {
    let above = order(value, low).map(std::cmp::Ordering::is_ge);
    let below = order(value, high).map(std::cmp::Ordering::is_le);
    match (above, below) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn matches(node: &TextMatch, row: &[Value]) -> Option<bool> {
    let (Value::Text(mut subject), Value::Text(mut pattern)) = (value(&node.subject, row), value(&node.pattern, row))
    else {
        return None;
    };
    if node.ignore_case {
        (subject, pattern) = (subject.to_lowercase(), pattern.to_lowercase());
    }
    Some(match node.kind {
        TextMatchKind::Contains => subject.contains(&pattern),
        TextMatchKind::StartsWith => subject.starts_with(&pattern),
        TextMatchKind::EndsWith => subject.ends_with(&pattern),
        TextMatchKind::Equals => subject == pattern,
    })
}

fn value(expr: &Expr, row: &[Value]) -> Value {
    match expr {
        Expr::Column(column) => row[column.position].clone(),
        Expr::Value(param) => param.0.clone(),
        condition => holds(condition, row).map_or(Value::Null(Kind::Boolean), Value::Boolean),
    }
}

fn order(left: &Value, right: &Value) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Value::Null(_), _) | (_, Value::Null(_)) => None,
        (Value::Integer(left), Value::Integer(right)) => Some(left.cmp(right)),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Decimal(left), Value::Decimal(right)) => Some(left.compare(right)),
        (Value::Boolean(left), Value::Boolean(right)) => Some(left.cmp(right)),
        (left, right) => panic!("{left:?} beside {right:?}"),
    }
}
