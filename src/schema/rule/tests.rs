use proptest::prelude::*;

use super::*;
use crate::schema::{Column, Table, validate};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

fn pattern(text: &str) -> Rule {
    Rule::Pattern(Pattern::new(text).unwrap())
}

fn faults(sql_type: &SqlType, rules: &[Rule]) -> Vec<String> {
    rule_faults(Language::Python, sql_type, rules).into_iter().map(|(message, _)| message).collect()
}

fn checked(column: Column, value: Value) -> Result<Value, Vec<String>> {
    let table = Table::described("Thing", "things", vec![column]);
    validate(&table, &table.columns[0], value).map_err(|error| match error {
        crate::Error::Validation(error) => error.faults().iter().map(|fault| fault.constraint.clone()).collect(),
        other => vec![other.to_string()],
    })
}

#[test]
fn bounds_hold_on_both_sides() {
    let age = |value| {
        let column = Column::new("age", SqlType::Integer).nullable();
        let ruled = column.rule(Rule::MinValue(Value::Integer(18))).rule(Rule::MaxValue(Value::Integer(65)));
        checked(ruled, value)
    };
    for good in [18, 65] {
        assert!(age(Value::Integer(good)).is_ok());
    }
    assert_eq!(age(Value::Integer(17)).unwrap_err(), ["min_value=18"]);
    assert_eq!(age(Value::Integer(66)).unwrap_err(), ["max_value=65"]);
    assert!(age(Value::Null(Kind::Integer)).is_ok());
}

#[test]
fn decimals_are_compared_as_numbers_and_must_have_an_end() {
    let price = |value: &str| {
        let column = Column::new("price", SqlType::Decimal { precision: None, scale: None });
        checked(column.rule(Rule::MinValue(decimal("0.30"))), decimal(value))
    };
    assert!(price("0.3").is_ok() && price("10").is_ok());
    for bad in ["0.2999999999999999999999999999", "-1", "NaN", "Infinity"] {
        assert_eq!(price(bad).unwrap_err(), ["min_value=0.30"], "{bad}");
    }
}

#[test]
fn a_float_that_is_no_number_is_within_no_bounds() {
    let column = Column::new("x", SqlType::Float).rule(Rule::MaxValue(Value::Float(1.0)));
    assert_eq!(checked(column.clone(), Value::Float(f64::NAN)).unwrap_err(), ["max_value=1.0"]);
    assert!(checked(column, Value::Float(f64::NEG_INFINITY)).is_ok());
}

#[test]
fn every_rule_that_is_broken_is_told() {
    let column = Column::new("code", SqlType::Text)
        .rule(Rule::MinLength(3))
        .rule(pattern("^[a-z]+$"))
        .rule(Rule::Choices(vec![text("abc"), text("xyz")]));
    assert_eq!(checked(column.clone(), text("A")).unwrap_err(), ["min_length=3", "pattern=^[a-z]+$", "choices"]);
    assert!(checked(column, text("abc")).is_ok());
}

#[test]
fn lengths_count_characters_of_text_and_bytes_of_bytes() {
    let two = |sql_type| Column::new("x", sql_type).rule(Rule::MinLength(2)).rule(Rule::MaxLength(2));
    assert!(checked(two(SqlType::Text), text("üß")).is_ok());
    assert!(checked(two(SqlType::Binary { length: None }), Value::Bytes("ü".into())).is_ok());
    let array = |length| Value::Array(Kind::Integer, vec![Value::Integer(1); length]);
    assert!(checked(two(SqlType::Array(Box::new(SqlType::Integer))), array(2)).is_ok());
    assert_eq!(checked(two(SqlType::Array(Box::new(SqlType::Integer))), array(3)).unwrap_err(), ["max_length=2"]);
    assert_eq!(checked(two(SqlType::Text), text("ü")).unwrap_err(), ["min_length=2"]);
    assert_eq!(checked(two(SqlType::Text), text("abc")).unwrap_err(), ["max_length=2"]);
}

#[test]
fn a_pattern_is_searched_for_anywhere_and_knows_unicode() {
    assert!(Pattern::new("b").unwrap().is_met_by("abc"));
    assert!(!Pattern::new("^b$").unwrap().is_met_by("abc"));
    // Not before a newline at the end, as `$` of Python's re would be.
    assert!(!Pattern::new("^b$").unwrap().is_met_by("b\n"));
    assert!(Pattern::new(r"^\w+$").unwrap().is_met_by("Ærø"));
    assert!(Pattern::new(r"(?=a)").unwrap_err().contains("look-around"));
}

#[test]
fn a_decimal_choice_is_the_same_whatever_its_zeros() {
    let rate = Column::new("rate", SqlType::Decimal { precision: Some(4), scale: Some(2) });
    assert!(checked(rate.rule(Rule::Choices(vec![decimal("0.5")])), decimal("0.50")).is_ok());
}

#[test]
fn rules_that_a_type_does_not_have_and_rules_that_exclude_each_other() {
    assert_eq!(
        faults(&SqlType::Text, &[Rule::MinValue(text("a"))]),
        ["min_value is for numbers, dates and times, not for Text"]
    );
    assert_eq!(faults(&SqlType::Integer, &[pattern("x")]), ["pattern is for text, not for Integer"]);
    assert_eq!(
        faults(&SqlType::Json, &[Rule::MinLength(1)]),
        ["min_length is for text, bytes and arrays, not for JSON"]
    );
    assert_eq!(faults(&SqlType::Integer, &[Rule::Choices(vec![text("a")])]), ["choices: \"a\" is no value of Integer"]);
    assert_eq!(
        faults(&SqlType::Integer, &[Rule::Choices(Vec::new())]),
        ["choices is empty, and so no value is allowed"]
    );
    let nan = Rule::MinValue(Value::Float(f64::NAN));
    assert_eq!(faults(&SqlType::Float, &[nan]), ["min_value: NaN is no value of Float"]);
    let bounds = [Rule::MaxValue(Value::Integer(1)), Rule::MinValue(Value::Integer(2))];
    assert_eq!(faults(&SqlType::Integer, &bounds), ["max_value=1 and min_value=2 together allow no value"]);
    let short = SqlType::String { length: Some(3) };
    assert_eq!(faults(&short, &[Rule::MinLength(5)]), ["min_length=5 is more than the 3 that String(3) holds"]);
    let far = [Rule::Choices(vec![Value::Integer(40_000)])];
    assert_eq!(faults(&SqlType::SmallInteger, &far), ["choices: 40000 is no value of SmallInteger"]);
    let lengths = [Rule::MinLength(5), Rule::MaxLength(3)];
    assert_eq!(faults(&SqlType::Text, &lengths), ["min_length=5 and max_length=3 together allow no value"]);
}

#[test]
fn rules_are_data_that_can_be_stored() {
    let rules = vec![
        Rule::MinValue(decimal("0.01")),
        Rule::MaxValue(Value::DateTime(1)),
        Rule::MinValue(Value::Interval(-1)),
        Rule::MaxValue(Value::Date(0)),
        Rule::MaxValue(Value::Time(1_500_000)),
        Rule::MinLength(3),
        pattern("^a"),
        Rule::Choices(vec![text("a"), Value::Uuid(uuid::Uuid::nil())]),
    ];
    let stored = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Rule>>(&stored).unwrap(), rules);
    assert!(stored.contains(r#"{"MaxValue":{"Date":"1970-01-01"}}"#), "{stored}");
    for wrong in [r#"{"Pattern": "("}"#, r#"{"MinValue": {"Decimal": "x"}}"#] {
        assert!(serde_json::from_str::<Rule>(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    /// What validation says of an integer is what Rust says of it.
    #[test]
    fn bounds_are_those_of_numbers(least in -50_i64..50, greatest in -50_i64..50, value in -60_i64..60) {
        let column = Column::new("n", SqlType::BigInteger)
            .rule(Rule::MinValue(Value::Integer(least)))
            .rule(Rule::MaxValue(Value::Integer(greatest)));
        prop_assert_eq!(checked(column, Value::Integer(value)).is_ok(), (least..=greatest).contains(&value));
        prop_assert_eq!(
            faults(&SqlType::BigInteger, &[Rule::MinValue(Value::Integer(least)), Rule::MaxValue(Value::Integer(greatest))]).is_empty(),
            least <= greatest
        );
    }

    /// Scaling bound and value alike changes nothing.
    #[test]
    fn decimals_compare_as_the_integers_they_are_made_of(least in any::<i32>(), value in any::<i32>(), zeros in 0_usize..5) {
        let scaled = |number: i32| decimal(&format!("{number}e-3"));
        let Value::Decimal(plain) = scaled(value) else { unreachable!() };
        let written = Value::Decimal(plain.rescaled(3 + zeros).unwrap());
        let column = Column::new("n", SqlType::Decimal { precision: None, scale: None })
            .rule(Rule::MinValue(scaled(least)));
        prop_assert_eq!(checked(column, written).is_ok(), value >= least);
    }

    /// A text within its lengths is what its characters say, whatever they are.
    #[test]
    fn lengths_are_those_of_characters(word in ".{0,6}", least in 0_u32..6, greatest in 0_u32..6) {
        let column = Column::new("w", SqlType::Text).rule(Rule::MinLength(least)).rule(Rule::MaxLength(greatest));
        let length = word.chars().count();
        let fits = (least as usize..=greatest as usize).contains(&length) && !word.contains('\0');
        prop_assert_eq!(checked(column, text(&word)).is_ok(), fits);
    }

    /// A value that is accepted comes back as it was.
    #[test]
    fn rules_change_nothing(word in "\\PC{0,8}") {
        let column = Column::new("w", SqlType::Text).rule(Rule::MaxLength(20)).rule(pattern("(?s).*"));
        prop_assert_eq!(checked(column, text(&word)), Ok(text(&word)));
    }
}
