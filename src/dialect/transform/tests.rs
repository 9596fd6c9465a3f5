use proptest::prelude::*;

use super::*;

fn apply(transform: Transform, text: &str) -> String {
    match transform.apply(Value::Text(text.into())).unwrap() {
        Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn patterns_are_literal() {
    let hostile = r"a%_\*?[]^b";
    for (kind, like, glob) in [
        (TextMatchKind::Contains, r"%a\%\_\\*?[]^b%", r"*a%_\[*][?][[]]^b*"),
        (TextMatchKind::StartsWith, r"a\%\_\\*?[]^b%", r"a%_\[*][?][[]]^b*"),
        (TextMatchKind::EndsWith, r"%a\%\_\\*?[]^b", r"*a%_\[*][?][[]]^b"),
        (TextMatchKind::Equals, r"a\%\_\\*?[]^b", r"a%_\[*][?][[]]^b"),
    ] {
        assert_eq!(apply(Transform::Like(kind), hostile), like);
        assert_eq!(apply(Transform::Glob(kind), hostile), glob);
    }
}

#[test]
fn keys_become_json_or_lists_of_columns() {
    let text = |text: &str| Value::Text(text.into());
    let keys = vec![Value::Integer(1), text("a,]"), Value::Float(f64::NAN), text("b"), Value::Integer(3), text("c")];
    let keys = Value::List(Kind::Integer, keys);
    assert_eq!(Transform::JsonKeys { columns: 2 }.apply(keys.clone()).unwrap(), text(r#"[[1,"a,]"],[3,"c"]]"#));
    let column = Transform::KeysColumn { number: 1, columns: 2, kind: Kind::Text };
    assert_eq!(column.apply(keys).unwrap(), Value::List(Kind::Text, vec![text("a,]"), text("b"), text("c")]));
    assert!(column.apply(text("a")).is_err());
}

#[test]
fn lists_become_json() {
    let list = |kind, members: Vec<Value>| Transform::JsonList.apply(Value::List(kind, members)).unwrap();
    for (kind, members, json) in [
        (Kind::Integer, vec![Value::Integer(i64::MIN), Value::Integer(7)], "[-9223372036854775808,7]"),
        (Kind::Boolean, vec![Value::Boolean(true), Value::Boolean(false)], "[1,0]"),
        (Kind::Float, vec![Value::Float(f64::NAN), Value::Float(0.1), Value::Float(f64::INFINITY)], "[0.1,9e999]"),
        (Kind::Text, vec![Value::Text("a\"\\\n\u{1f}é🦀".into())], "[\"a\\\"\\\\\\u000a\\u001fé🦀\"]"),
        (Kind::Bytes, vec![Value::Bytes(vec![0, 0xaf])], "[\"00AF\"]"),
        (Kind::Decimal, vec![Value::Decimal("1.50".parse().unwrap())], "[\"1.50\"]"),
        (Kind::DateTime, vec![Value::DateTime(1)], "[\"1970-01-01 00:00:00.000001\"]"),
        (Kind::Date, vec![Value::Date(0)], "[\"1970-01-01\"]"),
        (Kind::Time, vec![Value::Time(0)], "[\"00:00:00\"]"),
        (Kind::Uuid, vec![Value::Uuid(uuid::Uuid::nil())], "[\"00000000-0000-0000-0000-000000000000\"]"),
        (Kind::Text, vec![], "[]"),
    ] {
        assert_eq!(list(kind, members), Value::Text(json.into()));
    }
}

#[test]
fn null_stays_null_and_other_kinds_are_refused() {
    let null = Value::Null(Kind::Text);
    assert_eq!(Transform::Like(TextMatchKind::Contains).apply(null.clone()).unwrap(), null);
    assert!(Transform::Like(TextMatchKind::Contains).apply(Value::Integer(1)).is_err());
    assert!(Transform::JsonList.apply(Value::Integer(1)).is_err());
    assert!(Transform::JsonList.apply(Value::List(Kind::Text, vec![null])).is_err());
}

/// LIKE as PostgreSQL and MySQL have it: `%` any text, `_` any character, `\` an escape.
fn like(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skipped| like(rest, &text[skipped..])),
        ['_', rest @ ..] => !text.is_empty() && like(rest, &text[1..]),
        ['\\', literal, rest @ ..] | [literal, rest @ ..] => text.first() == Some(literal) && like(rest, &text[1..]),
    }
}

fn means(kind: TextMatchKind, text: &str, part: &str) -> bool {
    match kind {
        TextMatchKind::Contains => text.contains(part),
        TextMatchKind::StartsWith => text.starts_with(part),
        TextMatchKind::EndsWith => text.ends_with(part),
        TextMatchKind::Equals => text == part,
    }
}

const KINDS: [TextMatchKind; 4] =
    [TextMatchKind::Contains, TextMatchKind::StartsWith, TextMatchKind::EndsWith, TextMatchKind::Equals];

proptest! {
    #[test]
    fn an_escaped_pattern_finds_just_the_text(text in r"[ab%_\\]{0,6}", part in r"[ab%_\\]{0,3}", kind in 0_usize..4) {
        let pattern: Vec<char> = apply(Transform::Like(KINDS[kind]), &part).chars().collect();
        let text_chars: Vec<char> = text.chars().collect();
        prop_assert_eq!(like(&pattern, &text_chars), means(KINDS[kind], &text, &part));
    }

    #[test]
    fn any_text_survives_json(texts in prop::collection::vec(any::<String>(), 0..4)) {
        let list = Value::List(Kind::Text, texts.iter().cloned().map(Value::Text).collect());
        let Value::Text(json) = Transform::JsonList.apply(list).unwrap() else { panic!("not text") };
        prop_assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), texts);
    }

    #[test]
    fn any_float_survives_json(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
        let list = Value::List(Kind::Float, vec![Value::Float(number)]);
        let Value::Text(json) = Transform::JsonList.apply(list).unwrap() else { panic!("not text") };
        let back: f64 = json[1..json.len() - 1].parse().unwrap();
        prop_assert_eq!(back.to_bits(), number.to_bits());
    }
}

#[test]
fn words_that_no_index_has_are_not_required() {
    let words = |text: &str| Transform::AllWords.apply(Value::Text(text.into())).unwrap();
    assert_eq!(words("The quick (fox) -dog* of it's"), Value::Text("The +quick +fox +dog of it s".into()));
    assert_eq!(words("+*\"()"), Value::Text(String::new()));
}

#[test]
fn paths_into_documents_are_quoted() {
    let path = |steps: &[&str], elements| {
        let steps: Vec<Value> = steps.iter().map(|step| Value::Text((*step).into())).collect();
        let count = steps.len();
        Transform::DocumentPath { steps: count, elements }.apply(Value::Array(Kind::Text, steps))
    };
    assert_eq!(path(&["a.b", "0", "q\"\\"], 2).unwrap(), Value::Text(r#"$."a.b"[0]."q\"\\""#.into()));
    assert!(path(&["-1"], 0).is_err());
    assert!(path(&["a\n"], 0).is_err());
}

#[test]
fn a_number_that_is_not_zero_is_no_zero() {
    let float = |text: &str| Transform::Float.apply(Value::Decimal(text.parse().unwrap())).unwrap();
    assert_eq!(float("1e-1000"), Value::Float(5e-324));
    assert_eq!(float("-1e-1000"), Value::Float(-5e-324));
    assert_eq!(float("1e1000"), Value::Float(f64::INFINITY));
    assert_eq!(float("0.10"), Value::Float(0.1));
}
