//! SQLite's CHECK constraints take what validation takes and refuse what it refuses.

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
    let connection = created(&table);
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

fn keyed(sql_type: SqlType) -> TableRef {
    TableRef::new(Table::new("T", "t", vec![Column::new("v", sql_type).primary_key()]).unwrap())
}

/// Whether another program can write a text as the key.
fn takes(table: &TableRef, text: &str) -> bool {
    created(table).execute("INSERT INTO t VALUES (?)", [text]).is_ok()
}

fn created(table: &TableRef) -> Connection {
    let create = CreateTable { table: table.clone(), if_not_exists: false, postponed: Vec::new() };
    let connection = Connection::open_in_memory().unwrap();
    connection.execute(&render(&Statement::CreateTable(create), Dialect::Sqlite).unwrap().text, ()).unwrap();
    connection
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
        for rule in [
            Rule::MinValue(Value::Decimal(bound.clone())),
            Rule::MaxValue(Value::Decimal(bound.clone())),
            Rule::Choices(vec![Value::Decimal(bound.clone())]),
        ] {
            let (valid, taken) = verdicts(DECIMAL, rule.clone(), &Value::Decimal(value.clone()));
            prop_assert_eq!(taken, valid, "{:?} and {}", rule, value);
        }
    }

    /// Whatever the scale of the column, a key takes the one text that validation makes of a number.
    #[test]
    fn decimals_of_keys_have_one_form((number, beside) in decimals(), scale in proptest::option::of(0_u32..30)) {
        let sql_type = SqlType::Decimal { precision: scale.map(|_| 90), scale };
        let table = keyed(sql_type);
        for number in [number, beside] {
            let Ok(Value::Decimal(kept)) = validate(&table, &table.columns[0], Value::Decimal(number.clone())) else {
                continue;
            };
            prop_assert!(takes(&table, kept.as_str()), "{kept} is refused");
            let mut others = vec![format!("+{kept}"), format!("{kept} "), format!("{kept}e0"), format!("0{kept}")];
            others.extend([number.to_string(), format!("{kept}0"), format!("{kept}.0"), kept.shortest().to_string()]);
            for other in others.iter().filter(|other| *other != kept.as_str()) {
                // Ten times as much is another number, in its own form.
                let is_other = other.parse::<Numeric>().is_ok_and(|value| value.compare(&kept).is_ne());
                prop_assert!(is_other || !takes(&table, other), "{other} is taken beside {kept}");
            }
        }
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
fn bounds_are_exact_beyond_the_digits_of_floats() {
    let rule = Rule::MinValue(number("18014398509481986.5"));
    assert_eq!(verdicts(DECIMAL, rule.clone(), &number("18014398509481987")), (true, true));
    assert_eq!(verdicts(DECIMAL, rule, &number("18014398509481986.4999")), (false, false));
}

#[test]
fn numbers_as_other_programs_write_them_are_compared_as_floats() {
    let columns = vec![
        Column::new("id", SqlType::Integer).primary_key(),
        Column::new("v", DECIMAL).rule(Rule::MinValue(number("0.5"))).rule(Rule::MaxValue(number("1000"))),
    ];
    let connection = created(&TableRef::new(Table::new("T", "t", columns).unwrap()));
    for (written, taken) in [("+1", true), ("1e3", true), ("007", true), (".5", true), ("1e-1", false), ("1e4", false)]
    {
        assert_eq!(connection.execute("INSERT INTO t (v) VALUES (?)", [written]).is_ok(), taken, "{written}");
    }
}

#[test]
fn what_a_key_takes() {
    let table = keyed(DECIMAL);
    for (text, taken) in [
        ("NaN", true),
        ("Infinity", true),
        ("-Infinity", true),
        ("-0.1", true),
        ("0", true),
        ("-0", false),
        ("nan", false),
        ("", false),
        ("-", false),
        (".", false),
        (".5", false),
        ("5.", false),
        ("1.2.3", false),
        ("1-2", false),
        ("--1", false),
        ("1,5", false),
    ] {
        assert_eq!(takes(&table, text), taken, "{text:?}");
    }
    let scaled = keyed(SqlType::Decimal { precision: Some(9), scale: Some(2) });
    for (text, taken) in [("19", false), ("0", false), ("1.00", true), ("-1.50", true), ("-.50", false), ("1.5", false)]
    {
        assert_eq!(takes(&scaled, text), taken, "{text:?}");
    }
    assert!(created(&table).execute("INSERT INTO t VALUES (x'31')", ()).is_err());
    assert!(created(&table).execute("INSERT INTO t VALUES (31), (1.5)", ()).is_ok());
}
