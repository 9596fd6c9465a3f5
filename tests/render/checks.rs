use chakra::query::CreateTable;
use chakra::schema::{Column, Pattern, Rule, Table, TableRef};
use chakra::types::{SqlType, Value};
use insta::assert_snapshot;
use uuid::Uuid;

use super::support::*;

/// The CHECK clauses of a table with these columns, for all databases.
fn checks(columns: Vec<Column>) -> String {
    let key = Column::new("id", SqlType::BigInteger).primary_key();
    let table = Table::new("Thing", "things", std::iter::once(key).chain(columns).collect()).unwrap();
    let created = statement(CreateTable { table: TableRef::new(table), if_not_exists: false, postponed: Vec::new() });
    let kept = created.lines().filter_map(|line| match line.split_once(": CREATE TABLE") {
        Some((dialect, _)) => Some(format!("{dialect}:")),
        None => line.contains(" CHECK ").then(|| line.trim_end_matches(',').to_owned()),
    });
    kept.collect::<Vec<_>>().join("\n")
}

fn bounds(name: &str, sql_type: SqlType, least: Value, greatest: Value) -> Column {
    Column::new(name, sql_type).rule(Rule::MinValue(least)).rule(Rule::MaxValue(greatest))
}

#[test]
fn bounds_of_every_ordered_type() {
    let columns = vec![
        bounds("n", SqlType::BigInteger, Value::Integer(i64::MIN), Value::Integer(9)),
        bounds("x", SqlType::Float, Value::Float(-0.1), Value::Float(1e300)),
        bounds("p", SqlType::Decimal { precision: Some(9), scale: Some(2) }, decimal("-0.5"), decimal("9.99")),
        bounds("at", SqlType::DateTime, Value::DateTime(0), Value::DateTime(1_500_000)),
        bounds("day", SqlType::Date, Value::Date(-719_162), Value::Date(0)),
        bounds("t", SqlType::Time, Value::Time(0), Value::Time(86_399_999_999)),
        bounds("span", SqlType::Interval, Value::Interval(-1), Value::Interval(3_600_000_000)),
    ];
    assert_snapshot!(checks(columns), @r#"
        SQLite:
          CONSTRAINT "ck_things_n_min_value" CHECK ("n" >= -9223372036854775808)
          CONSTRAINT "ck_things_n_max_value" CHECK ("n" <= 9)
          CONSTRAINT "ck_things_x_min_value" CHECK ("x" >= -1e-1)
          CONSTRAINT "ck_things_x_max_value" CHECK ("x" <= 1e300)
          CONSTRAINT "ck_things_p_min_value" CHECK (CASE WHEN "p" NOT GLOB '?*-*' AND ltrim("p", '-') NOT GLOB '*[^0-9.]*' AND "p" NOT GLOB '*.*.*' AND ltrim("p", '-') GLOB '[0-9]*' AND "p" GLOB '*[0-9]' AND ltrim("p", '-') NOT GLOB '0[0-9]*' AND ("p" GLOB '*[1-9]*' OR "p" NOT GLOB '-*') THEN "p" NOT GLOB '-*' OR instr("p" || '.', '.') < 3 OR (instr("p" || '.', '.') = 3 AND CASE WHEN instr("p", '.') THEN rtrim(rtrim("p", '0'), '.') ELSE "p" END <= '-0.5') ELSE CAST("p" AS REAL) >= -5.00000000000005e-1 END)
          CONSTRAINT "ck_things_p_max_value" CHECK (CASE WHEN "p" NOT GLOB '?*-*' AND ltrim("p", '-') NOT GLOB '*[^0-9.]*' AND "p" NOT GLOB '*.*.*' AND ltrim("p", '-') GLOB '[0-9]*' AND "p" GLOB '*[0-9]' AND ltrim("p", '-') NOT GLOB '0[0-9]*' AND ("p" GLOB '*[1-9]*' OR "p" NOT GLOB '-*') THEN "p" GLOB '-*' OR instr("p" || '.', '.') < 2 OR (instr("p" || '.', '.') = 2 AND CASE WHEN instr("p", '.') THEN rtrim(rtrim("p", '0'), '.') ELSE "p" END <= '9.99') ELSE CAST("p" AS REAL) <= 9.9900000000001e0 END)
          CONSTRAINT "ck_things_at_min_value" CHECK ("at" >= '1970-01-01 00:00:00')
          CONSTRAINT "ck_things_at_max_value" CHECK ("at" <= '1970-01-01 00:00:01.500000')
          CONSTRAINT "ck_things_day_min_value" CHECK ("day" >= '0001-01-01')
          CONSTRAINT "ck_things_day_max_value" CHECK ("day" <= '1970-01-01')
          CONSTRAINT "ck_things_t_min_value" CHECK ("t" >= '00:00:00')
          CONSTRAINT "ck_things_t_max_value" CHECK ("t" <= '23:59:59.999999')
          CONSTRAINT "ck_things_span_min_value" CHECK ("span" >= -1)
          CONSTRAINT "ck_things_span_max_value" CHECK ("span" <= 3600000000)
        PostgreSQL:
          CONSTRAINT "ck_things_n_min_value" CHECK ("n" >= -9223372036854775808)
          CONSTRAINT "ck_things_n_max_value" CHECK ("n" <= 9)
          CONSTRAINT "ck_things_x_min_value" CHECK ("x" >= -1e-1)
          CONSTRAINT "ck_things_x_max_value" CHECK ("x" <= 1e300)
          CONSTRAINT "ck_things_p_min_value" CHECK ("p" >= -0.5)
          CONSTRAINT "ck_things_p_max_value" CHECK ("p" <= 9.99)
          CONSTRAINT "ck_things_at_min_value" CHECK ("at" >= TIMESTAMPTZ '1970-01-01 00:00:00+00')
          CONSTRAINT "ck_things_at_max_value" CHECK ("at" <= TIMESTAMPTZ '1970-01-01 00:00:01.500000+00')
          CONSTRAINT "ck_things_day_min_value" CHECK ("day" >= DATE '0001-01-01')
          CONSTRAINT "ck_things_day_max_value" CHECK ("day" <= DATE '1970-01-01')
          CONSTRAINT "ck_things_t_min_value" CHECK ("t" >= TIME '00:00:00')
          CONSTRAINT "ck_things_t_max_value" CHECK ("t" <= TIME '23:59:59.999999')
          CONSTRAINT "ck_things_span_min_value" CHECK ("span" >= INTERVAL '-1 microseconds')
          CONSTRAINT "ck_things_span_max_value" CHECK ("span" <= INTERVAL '3600000000 microseconds')
        MySQL:
          CONSTRAINT `ck_things_n_min_value` CHECK (`n` >= -9223372036854775808)
          CONSTRAINT `ck_things_n_max_value` CHECK (`n` <= 9)
          CONSTRAINT `ck_things_x_min_value` CHECK (`x` >= -1e-1)
          CONSTRAINT `ck_things_x_max_value` CHECK (`x` <= 1e300)
          CONSTRAINT `ck_things_p_min_value` CHECK (`p` >= -0.5)
          CONSTRAINT `ck_things_p_max_value` CHECK (`p` <= 9.99)
          CONSTRAINT `ck_things_at_min_value` CHECK (`at` >= TIMESTAMP'1970-01-01 00:00:00')
          CONSTRAINT `ck_things_at_max_value` CHECK (`at` <= TIMESTAMP'1970-01-01 00:00:01.500000')
          CONSTRAINT `ck_things_day_min_value` CHECK (`day` >= DATE'0001-01-01')
          CONSTRAINT `ck_things_day_max_value` CHECK (`day` <= DATE'1970-01-01')
          CONSTRAINT `ck_things_t_min_value` CHECK (`t` >= TIME'00:00:00')
          CONSTRAINT `ck_things_t_max_value` CHECK (`t` <= TIME'23:59:59.999999')
          CONSTRAINT `ck_things_span_min_value` CHECK (`span` >= -1)
          CONSTRAINT `ck_things_span_max_value` CHECK (`span` <= 3600000000)
    "#);
}

#[test]
fn lengths_and_choices() {
    let word = SqlType::String { length: Some(9) };
    let columns = vec![
        Column::new("word", word.clone()).rule(Rule::MinLength(3)).rule(Rule::MaxLength(5)),
        Column::new("raw", SqlType::Binary { length: None }).rule(Rule::MinLength(1)),
        Column::new("tags", SqlType::Array(Box::new(SqlType::Text))).rule(Rule::MinLength(1)),
        Column::new("state", word)
            .rule(Rule::Choices(vec![text("new"), text("it's"), text(r"a\b")]))
            .rule(Rule::Pattern(Pattern::new("^[a-z]").unwrap())),
        Column::new("level", SqlType::Integer).rule(Rule::Choices(vec![Value::Integer(1), Value::Integer(2)])),
        Column::new("rate", SqlType::Decimal { precision: None, scale: None })
            .rule(Rule::Choices(vec![decimal("0.5"), decimal("1")])),
        Column::new("sure", SqlType::Boolean).rule(Rule::Choices(vec![Value::Boolean(true), Value::Boolean(false)])),
        Column::new("mark", SqlType::Binary { length: Some(2) }).rule(Rule::Choices(vec![Value::Bytes(vec![0, 255])])),
        Column::new("uid", SqlType::Uuid).rule(Rule::Choices(vec![Value::Uuid(Uuid::nil())])),
    ];
    assert_snapshot!(checks(columns), @r#"
        SQLite:
          CONSTRAINT "ck_things_word_min_length" CHECK (length("word") >= 3)
          CONSTRAINT "ck_things_raw_min_length" CHECK (length("raw") >= 1)
          CONSTRAINT "ck_things_tags_min_length" CHECK (json_array_length("tags") >= 1)
          CONSTRAINT "ck_things_state_choices" CHECK ("state" IN ('new', 'it''s', 'a\b'))
          CONSTRAINT "ck_things_level_choices" CHECK ("level" IN (1, 2))
          CONSTRAINT "ck_things_rate_choices" CHECK (CASE WHEN "rate" NOT GLOB '?*-*' AND ltrim("rate", '-') NOT GLOB '*[^0-9.]*' AND "rate" NOT GLOB '*.*.*' AND ltrim("rate", '-') GLOB '[0-9]*' AND "rate" GLOB '*[0-9]' AND ltrim("rate", '-') NOT GLOB '0[0-9]*' AND ("rate" GLOB '*[1-9]*' OR "rate" NOT GLOB '-*') THEN CASE WHEN instr("rate", '.') THEN rtrim(rtrim("rate", '0'), '.') ELSE "rate" END IN ('0.5', '1') ELSE CAST("rate" AS REAL) IN (CAST('0.5' AS REAL), CAST('1' AS REAL)) END)
          CONSTRAINT "ck_things_sure_choices" CHECK ("sure" IN (1, 0))
          CONSTRAINT "ck_things_mark_choices" CHECK ("mark" IN (x'00ff'))
          CONSTRAINT "ck_things_uid_choices" CHECK ("uid" IN ('00000000-0000-0000-0000-000000000000'))
        PostgreSQL:
          CONSTRAINT "ck_things_word_min_length" CHECK (char_length("word") >= 3)
          CONSTRAINT "ck_things_raw_min_length" CHECK (octet_length("raw") >= 1)
          CONSTRAINT "ck_things_tags_min_length" CHECK (cardinality("tags") >= 1)
          CONSTRAINT "ck_things_state_choices" CHECK ("state" IN ('new', 'it''s', E'a\\b'))
          CONSTRAINT "ck_things_level_choices" CHECK ("level" IN (1, 2))
          CONSTRAINT "ck_things_rate_choices" CHECK ("rate" IN (0.5, 1))
          CONSTRAINT "ck_things_sure_choices" CHECK ("sure" IN (TRUE, FALSE))
          CONSTRAINT "ck_things_mark_choices" CHECK ("mark" IN ('\x00ff'::bytea))
          CONSTRAINT "ck_things_uid_choices" CHECK ("uid" IN ('00000000-0000-0000-0000-000000000000'))
        MySQL:
          CONSTRAINT `ck_things_word_min_length` CHECK (CHAR_LENGTH(`word`) >= 3)
          CONSTRAINT `ck_things_raw_min_length` CHECK (OCTET_LENGTH(`raw`) >= 1)
          CONSTRAINT `ck_things_tags_min_length` CHECK (JSON_LENGTH(`tags`) >= 1)
          CONSTRAINT `ck_things_state_choices` CHECK (`state` IN ('new', 'it''s', 'a\\b'))
          CONSTRAINT `ck_things_level_choices` CHECK (`level` IN (1, 2))
          CONSTRAINT `ck_things_rate_choices` CHECK (`rate` IN (0.5, 1))
          CONSTRAINT `ck_things_sure_choices` CHECK (`sure` IN (1, 0))
          CONSTRAINT `ck_things_mark_choices` CHECK (`mark` IN (x'00ff'))
          CONSTRAINT `ck_things_uid_choices` CHECK (`uid` IN ('00000000-0000-0000-0000-000000000000'))
    "#);
}

#[test]
fn a_condition_of_the_users_own_and_rules_kept_out_of_the_database() {
    let mut own = Column::new("age", SqlType::Integer).rule(Rule::MinValue(Value::Integer(0)));
    (own.db_check, own.check) = (false, Some("age % 2 = 0".into()));
    let long = Column::new("n".repeat(60), SqlType::Integer).rule(Rule::MinValue(Value::Integer(0)));
    assert_snapshot!(checks(vec![own, long]), @r#"
        SQLite:
          CONSTRAINT "ck_things_age_check" CHECK (age % 2 = 0)
          CONSTRAINT "ck_things_nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn_08245cec" CHECK ("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" >= 0)
        PostgreSQL:
          CONSTRAINT "ck_things_age_check" CHECK (age % 2 = 0)
          CONSTRAINT "ck_things_nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn_08245cec" CHECK ("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" >= 0)
        MySQL:
          CONSTRAINT `ck_things_age_check` CHECK (age % 2 = 0)
          CONSTRAINT `ck_things_nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn_08245cec` CHECK (`nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` >= 0)
    "#);
}

#[test]
fn a_key_with_a_default_of_its_own_is_no_rowid() {
    let mut key = Column::new("id", SqlType::Integer).primary_key();
    key.server_default = Some("6 * 7".into());
    let table = Table::new("Thing", "things", vec![key]).unwrap();
    let create = CreateTable { table: TableRef::new(table), if_not_exists: false, postponed: Vec::new() };
    assert!(statement(create).contains(
        r#"SQLite: CREATE TABLE "things" (
  "id" INT NOT NULL DEFAULT (6 * 7)"#
    ));
}
