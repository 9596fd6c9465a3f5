//! SQLite's CHECK constraints never refuse what validation allows, and refuse what differs as floats do.

use chakra::dialect::{Dialect, render};
use chakra::query::{CreateTable, Statement};
use chakra::schema::{Column, Rule, Table, TableRef, validate};
use chakra::types::{Numeric, SqlType, Value};
use proptest::prelude::*;
use rusqlite::Connection;

const DECIMAL: SqlType = SqlType::Decimal { precision: None, scale: None };

/// What validation and what SQLite say of a value of a column with this rule. No function and no collation of
/// chakra's is registered: SQLite stands for another program that writes.
fn verdicts(sql_type: SqlType, rule: Rule, value: &Value) -> (bool, bool) {
    let columns = vec![Column::new("id", SqlType::Integer).primary_key(), Column::new("v", sql_type).rule(rule)];
    let table = TableRef::new(Table::new("T", "t", columns).unwrap());
    let create = CreateTable { table: table.clone(), if_not_exists: false, postponed: Vec::new() };
    let connection = Connection::open_in_memory().unwrap();
    connection.execute(&render(&Statement::CreateTable(create), Dialect::Sqlite).unwrap().text, ()).unwrap();
    let written = match value {
        Value::Decimal(number) => connection.execute("INSERT INTO t VALUES (1, ?)", [number.as_str()]),
        Value::Float(number) => connection.execute("INSERT INTO t VALUES (1, ?)", [number]),
        Value::Text(text) => connection.execute("INSERT INTO t VALUES (1, ?)", [text]),
        other => panic!("{other:?}"),
    };
    (validate(&table, &table.columns[1], value.clone()).is_ok(), written.is_ok())
}

fn number(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

/// Numbers of many lengths, and numbers beside them.
fn decimals() -> impl Strategy<Value = (Numeric, Numeric)> {
    let digits = prop_oneof!["[0-9]{1,4}", "[0-9]{15,22}"];
    let part = |text: String| text.parse::<Numeric>();
    (digits.clone(), digits, "-?", 0_i8..=2, 0_usize..4).prop_filter_map(
        "no number",
        move |(whole, fraction, sign, step, zeros)| {
            let bound = part(format!("{sign}{whole}.{fraction}")).ok()?;
            let last = fraction.chars().last().and_then(|digit| digit.to_digit(10))?;
            let beside = match step {
                0 => last,
                1 => (last + 1).min(9),
                _ => last.saturating_sub(1),
            };
            let near = part(format!("{sign}{whole}.{}{beside}", &fraction[..fraction.len() - 1])).ok()?;
            Some((bound, near.rescaled(near.scale() + zeros)?))
        },
    )
}

proptest! {
    #[test]
    fn decimals_in_range_are_taken((bound, value) in decimals()) {
        let as_float = |number: &Numeric| number.as_str().parse::<f64>().unwrap();
        let differ = as_float(&bound).total_cmp(&as_float(&value)).is_ne();
        for rule in [Rule::MinValue(Value::Decimal(bound.clone())), Rule::MaxValue(Value::Decimal(bound.clone()))] {
            let (valid, taken) = verdicts(DECIMAL, rule.clone(), &Value::Decimal(value.clone()));
            prop_assert!(taken || !valid, "{rule:?} refuses {value}");
            if differ && as_float(&value) != 0.0 {
                prop_assert_eq!(taken, valid, "{:?} and {}", rule, value);
            }
        }
        let choice = Rule::Choices(vec![Value::Decimal(bound.clone())]);
        let (valid, taken) = verdicts(DECIMAL, choice, &Value::Decimal(value.clone()));
        prop_assert!(taken || !valid, "the choice {bound} refuses {value}");
    }

    /// A float that is its own bound is within it: the literal reads back as the same bits.
    #[test]
    fn floats_are_within_themselves(bound in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
        for rule in [Rule::MinValue(Value::Float(bound)), Rule::MaxValue(Value::Float(bound))] {
            prop_assert_eq!(verdicts(SqlType::Float, rule, &Value::Float(bound)), (true, true));
        }
    }

    #[test]
    fn texts_have_the_length_and_the_choices_that_validation_says(word in "[a-zü'\\\\€\u{10000}]{0,4}", other in "[a-zü'\\\\]{0,2}") {
        for rule in [Rule::MinLength(2), Rule::Choices(vec![Value::Text(other.clone()), Value::Text("it's".into())])] {
            let (valid, taken) = verdicts(SqlType::Text, rule, &Value::Text(word.clone()));
            prop_assert_eq!(valid, taken);
        }
    }
}

#[test]
fn a_bound_beyond_the_integers_of_floats_is_compared_alike_on_both_sides() {
    // As an integer the value is greater than the bound's nearest float; as floats they are equal.
    let rule = Rule::MinValue(number("18014398509481986.5"));
    assert_eq!(verdicts(DECIMAL, rule, &number("18014398509481987")), (true, true));
}
