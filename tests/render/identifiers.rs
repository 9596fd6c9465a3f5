use chakra::dialect::{Dialect, render};
use chakra::query::{Delete, DropTable, Expr, Select, Statement, create_statements, lookup};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::{SqlType, Value};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::support::*;

fn table(name: &str, column: &str) -> TableRef {
    let column = Column::new("id", SqlType::Integer).named(column).primary_key();
    TableRef::new(Table::new("Evil", name, vec![column]).unwrap())
}

#[test]
fn names_stay_names() {
    let table = table("a\"; DROP TABLE b; --", "x`y'\\ é");
    let filter = lookup::is_null(Expr::column(&table, 0), true);
    assert_snapshot!(statement(Select::from(&table).filter(filter)), @r#"
        SQLite: SELECT "x`y'\ é" FROM "a""; DROP TABLE b; --" WHERE "x`y'\ é" IS NULL
        PostgreSQL: SELECT "x`y'\ é" FROM "a""; DROP TABLE b; --" WHERE "x`y'\ é" IS NULL
        MySQL: SELECT `x``y'\ é` FROM `a"; DROP TABLE b; --` WHERE `x``y'\ é` IS NULL
    "#);
}

#[test]
fn nul_is_refused() {
    assert_snapshot!(statement(Delete { table: table("a\0b", "id"), filter: None }), @r#"
        SQLite! the name "a\0b" holds a NUL character, which no database takes in a name
        PostgreSQL! the name "a\0b" holds a NUL character, which no database takes in a name
        MySQL! the name "a\0b" holds a NUL character, which no database takes in a name
    "#);
}

/// Sixty letters; each `é` more is one character and two bytes.
fn long(tail: &str) -> String {
    format!("{}{tail}", "x".repeat(60))
}

#[test]
fn names_at_the_limit_are_taken() {
    for (name, dialect) in
        [(long("xxx"), Dialect::Postgres), (long("éx"), Dialect::Postgres), (long("éééé"), Dialect::MySql)]
    {
        for statement in create_statements(&table(&name, &name), &[]) {
            assert!(render(&statement, dialect).is_ok(), "{name}");
        }
    }
}

#[test]
fn names_beyond_the_limit_are_refused() {
    assert_snapshot!(statement(Delete { table: table(&long("éé"), "id"), filter: None }), @r#"
        SQLite: DELETE FROM "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxéé"
        PostgreSQL! the name "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxéé" has 64 bytes; a name in PostgreSQL has at most 63
        MySQL: DELETE FROM `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxéé`
    "#);
    assert_snapshot!(statement(Delete { table: table(&long("ééééé"), "id"), filter: None }), @r#"
        SQLite: DELETE FROM "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxééééé"
        PostgreSQL! the name "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxééééé" has 70 bytes; a name in PostgreSQL has at most 63
        MySQL! the name "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxééééé" has 65 characters; a name in MySQL has at most 64
    "#);
    let dropped = DropTable { table: table(&long("xxxxx"), "id"), if_exists: true };
    assert_snapshot!(statement(dropped), @r#"
        SQLite: DROP TABLE IF EXISTS "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        PostgreSQL! the name "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" has 65 bytes; a name in PostgreSQL has at most 63
        MySQL! the name "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" has 65 characters; a name in MySQL has at most 64
    "#);
    let long_column = table("t", &long("xxxxx"));
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        assert!(render(&Statement::Select(Select::from(&long_column)), dialect).is_err());
        assert!(create_statements(&long_column, &[]).iter().all(|statement| render(statement, dialect).is_err()));
    }
}

#[test]
fn mysql_has_no_characters_beyond_the_basic_plane_in_names() {
    assert_snapshot!(statement(DropTable { table: table("a😀", "id"), if_exists: false }), @r#"
        SQLite: DROP TABLE "a😀"
        PostgreSQL: DROP TABLE "a😀"
        MySQL! the name "a😀" holds '😀'; a name in MySQL has characters up to U+FFFF only
    "#);
}

/// Reads one quoted name; gives it and what follows.
fn unquoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix(quote)?;
    let mut name = String::new();
    loop {
        let at = rest.find(quote)?;
        name.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix(quote) {
            Some(after) => {
                name.push(quote);
                rest = after;
            }
            None => return Some((name, rest)),
        }
    }
}

proptest! {
    #[test]
    fn any_name_reads_back(name in "[^\0\u{10000}-\u{10FFFF}]{1,8}", column in "[^\0\u{10000}-\u{10FFFF}]{1,8}") {
        let table = table(&name, &column);
        for dialect in DIALECTS {
            let quote = if dialect == Dialect::MySql { '`' } else { '"' };
            let sql = render(&Statement::Select(Select::from(&table)), dialect).unwrap();
            let (read, rest) = unquoted(sql.text.strip_prefix("SELECT ").unwrap(), quote).unwrap();
            prop_assert_eq!(&read, &column);
            let (read, rest) = unquoted(rest.strip_prefix(" FROM ").unwrap(), quote).unwrap();
            prop_assert_eq!(&read, &name);
            prop_assert_eq!(rest, "");
        }
    }

    #[test]
    fn no_value_reaches_the_text(value in "[a-z']{12}") {
        let table = books();
        let filter = lookup::in_list(Expr::column(&table, TITLE), vec![Value::Text(value.clone())])
            .and(lookup::single(Expr::column(&table, TITLE), lookup::Lookup::IContains, Value::Text(value.clone())));
        for dialect in DIALECTS {
            let sql = render(&Statement::Select(Select::from(&table).filter(filter.clone())), dialect).unwrap();
            prop_assert!(!sql.text.contains(&value));
        }
    }

    #[test]
    fn definitions_render_with_any_name(name in "[^\0\u{10000}-\u{10FFFF}]{1,8}") {
        for statement in create_statements(&table(&name, &name), &[]) {
            for dialect in DIALECTS {
                prop_assert!(render(&statement, dialect).is_ok());
            }
        }
    }
}
