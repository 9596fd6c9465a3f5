use chakra::query::expr::CompareOp;
use chakra::query::lookup::{self, Lookup};
use chakra::query::{ColumnRef, Expr};
use chakra::schema::TableRef;
use chakra::types::{Kind, Value};
use insta::assert_snapshot;

use super::support::*;

fn column(position: usize) -> impl Fn(&TableRef) -> Expr {
    move |table| Expr::column(table, position)
}

fn with(position: usize, lookup: Lookup, value: Value) -> impl Fn(&TableRef) -> Expr {
    move |table| lookup::single(column(position)(table), lookup, value.clone())
}

#[test]
fn comparisons() {
    assert_snapshot!(condition(with(PAGES, Lookup::Exact, Value::Integer(7))), @r#"
        SQLite: "pages" = ?
        PostgreSQL: "pages" = $1
        MySQL: `pages` = ?
    "#);
    assert_snapshot!(condition(with(PAGES, Lookup::Gte, Value::Integer(7))), @r#"
        SQLite: "pages" >= ?
        PostgreSQL: "pages" >= $1
        MySQL: `pages` >= ?
    "#);
}

#[test]
fn not_equal_is_the_complement_of_equal() {
    assert_snapshot!(condition(with(ID, Lookup::Ne, Value::Integer(7))), @r#"
        SQLite: "id" <> ?
        PostgreSQL: "id" <> $1
        MySQL: `id` <> ?
    "#);
    assert_snapshot!(condition(with(PAGES, Lookup::Ne, Value::Integer(7))), @r#"
        SQLite: ("pages" = ?) IS NOT TRUE
        PostgreSQL: ("pages" = $1) IS NOT TRUE
        MySQL: (`pages` = ?) IS NOT TRUE
    "#);
}

#[test]
fn null_is_a_value_like_others() {
    assert_snapshot!(condition(with(PAGES, Lookup::Exact, Value::Null(Kind::Integer))), @r#"
        SQLite: "pages" IS NULL
        PostgreSQL: "pages" IS NULL
        MySQL: `pages` IS NULL
    "#);
    assert_snapshot!(condition(with(PAGES, Lookup::Ne, Value::Null(Kind::Integer))), @r#"
        SQLite: "pages" IS NOT NULL
        PostgreSQL: "pages" IS NOT NULL
        MySQL: `pages` IS NOT NULL
    "#);
    assert_snapshot!(condition(with(PAGES, Lookup::Gt, Value::Null(Kind::Integer))), @"
        SQLite: FALSE
        PostgreSQL: FALSE
        MySQL: FALSE
    ");
}

#[test]
fn not_covers_the_unknown() {
    let not = |position, lookup, value| move |table: &TableRef| with(position, lookup, value)(table).not();
    assert_snapshot!(condition(not(ID, Lookup::Gt, Value::Integer(7))), @r#"
        SQLite: NOT ("id" > ?)
        PostgreSQL: NOT ("id" > $1)
        MySQL: NOT (`id` > ?)
    "#);
    assert_snapshot!(condition(not(PAGES, Lookup::Gt, Value::Integer(7))), @r#"
        SQLite: ("pages" > ?) IS NOT TRUE
        PostgreSQL: ("pages" > $1) IS NOT TRUE
        MySQL: (`pages` > ?) IS NOT TRUE
    "#);
}

#[test]
fn nested_conditions_keep_their_meaning() {
    let nested = |table: &TableRef| {
        let is = |number| with(ID, Lookup::Exact, Value::Integer(number))(table);
        let either = is(1).or(is(2));
        either.clone().and(is(3)).or(either.not())
    };
    assert_snapshot!(condition(nested), @r#"
        SQLite: (("id" = ? OR "id" = ?) AND "id" = ?) OR NOT ("id" = ? OR "id" = ?)
        PostgreSQL: (("id" = $1 OR "id" = $2) AND "id" = $3) OR NOT ("id" = $4 OR "id" = $5)
        MySQL: ((`id` = ? OR `id` = ?) AND `id` = ?) OR NOT (`id` = ? OR `id` = ?)
    "#);
}

#[test]
fn empty_and_single_chains() {
    assert_snapshot!(condition(|_| Expr::And(vec![])), @"
        SQLite: TRUE
        PostgreSQL: TRUE
        MySQL: TRUE
    ");
    assert_snapshot!(condition(|_| Expr::Or(vec![])), @"
        SQLite: FALSE
        PostgreSQL: FALSE
        MySQL: FALSE
    ");
    assert_snapshot!(condition(|table| Expr::Or(vec![with(ID, Lookup::Lt, Value::Integer(1))(table)])), @r#"
        SQLite: "id" < ?
        PostgreSQL: "id" < $1
        MySQL: `id` < ?
    "#);
}

#[test]
fn conditions_as_operands() {
    let compared = |table: &TableRef| {
        compare(with(ID, Lookup::Gt, Value::Integer(1))(table), CompareOp::Eq, Expr::value(Value::Boolean(true)))
    };
    assert_snapshot!(condition(compared), @r#"
        SQLite: ("id" > ?) = ?
        PostgreSQL: ("id" > $1) = $2
        MySQL: (`id` > ?) = ?
    "#);
}

#[test]
fn ranges() {
    let range = |table: &TableRef| lookup::range(column(PAGES)(table), Value::Integer(1), Value::Integer(9));
    assert_snapshot!(condition(range), @r#"
        SQLite: "pages" BETWEEN ? AND ?
        PostgreSQL: "pages" BETWEEN $1 AND $2
        MySQL: `pages` BETWEEN ? AND ?
    "#);
}

#[test]
fn lists_are_one_parameter() {
    let list =
        |position, values: Vec<Value>| move |table: &TableRef| lookup::in_list(column(position)(table), values.clone());
    assert_snapshot!(condition(list(ID, vec![Value::Integer(1), Value::Integer(2)])), @r#"
        SQLite: "id" IN (SELECT value FROM json_each(?))  <- 0 JsonList
        PostgreSQL: "id" = ANY($1)
        MySQL: `id` IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT PATH '$' ERROR ON ERROR)) AS members)  <- 0 JsonListWithin { before: 35, after: 30 }
    "#);
    assert_snapshot!(condition(list(TITLE, vec![text("a")])), @r#"
        SQLite: "title" IN (SELECT value FROM json_each(?))  <- 0 JsonList
        PostgreSQL: "title" = ANY($1)
        MySQL: `title` IN (?)  <- 0 ListMember(0)
    "#);
    assert_snapshot!(condition(list(COVER, vec![Value::Bytes(vec![0])])), @r#"
        SQLite: "cover" IN (SELECT unhex(value) FROM json_each(?))  <- 0 JsonList
        PostgreSQL: "cover" = ANY($1)
        MySQL: `cover` IN (SELECT UNHEX(v) FROM JSON_TABLE(?, '$[*]' COLUMNS (v LONGTEXT PATH '$' ERROR ON ERROR)) AS members)  <- 0 JsonListWithin { before: 35, after: 30 }
    "#);
    assert_snapshot!(condition(list(SOLD, vec![Value::DateTime(0)])), @r#"
        SQLite: "sold" IN (SELECT value FROM json_each(?))  <- 0 JsonList
        PostgreSQL: "sold" = ANY($1)
        MySQL: `sold` IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v DATETIME(6) PATH '$' ERROR ON ERROR)) AS members)  <- 0 JsonListWithin { before: 35, after: 30 }
    "#);
    assert_snapshot!(condition(list(PAGES, vec![Value::Integer(1), Value::Null(Kind::Integer)])), @r#"
        SQLite: "pages" IN (SELECT value FROM json_each(?)) OR "pages" IS NULL  <- 0 JsonList
        PostgreSQL: "pages" = ANY($1) OR "pages" IS NULL
        MySQL: `pages` IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT PATH '$' ERROR ON ERROR)) AS members) OR `pages` IS NULL  <- 0 JsonListWithin { before: 35, after: 30 }
    "#);
    assert_snapshot!(condition(list(PAGES, vec![])), @"
        SQLite: FALSE
        PostgreSQL: FALSE
        MySQL: FALSE
    ");
}

/// Of many keys; a value that some database lacks is compared by itself.
#[test]
fn keys_of_several_columns_are_one_parameter() {
    let keys = |columns: &'static [usize], key: Vec<Value>, other: Option<Vec<Value>>| {
        move |table: &TableRef| {
            let columns: Vec<_> = columns.iter().map(|position| ColumnRef::root(table, *position)).collect();
            lookup::in_keys(&columns, vec![key; 2000].into_iter().chain(other).collect())
        }
    };
    assert_snapshot!(condition(keys(&[ID, TITLE], vec![Value::Integer(1), text("a")], None)), @r#"
        SQLite: ("id" IN (SELECT json_extract(value, '$[0]') FROM json_each(?)) AND CASE WHEN ("id", "title") IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)) THEN TRUE ELSE FALSE END)  <- 0 JsonKeys { columns: 2 }, 0 JsonKeys { columns: 2 }
        PostgreSQL: ("id", "title") IN (SELECT * FROM unnest($1, $2))  <- 0 KeysColumn { number: 0, columns: 2, kind: Integer }, 0 KeysColumn { number: 1, columns: 2, kind: Text }
        MySQL: (`id`, `title`) IN (SELECT v0, JSON_UNQUOTE(v1) FROM JSON_TABLE(?, '$[*]' COLUMNS (v0 BIGINT PATH '$[0]' ERROR ON ERROR, v1 JSON PATH '$[1]' ERROR ON ERROR)) AS members)  <- 0 JsonKeys { columns: 2 }
    "#);
    assert_snapshot!(condition(keys(&[PRICE, COVER], vec![decimal("1.5"), Value::Bytes(vec![0])], None)), @r#"
        SQLite: ("price" COLLATE chakra_decimal IN (SELECT json_extract(value, '$[0]') FROM json_each(?)) AND CASE WHEN ("price" COLLATE chakra_decimal, "cover") IN (SELECT json_extract(value, '$[0]'), unhex(json_extract(value, '$[1]')) FROM json_each(?)) THEN TRUE ELSE FALSE END)  <- 0 JsonKeys { columns: 2 }, 0 JsonKeys { columns: 2 }
        PostgreSQL: ("price", "cover") IN (SELECT * FROM unnest($1, $2))  <- 0 KeysColumn { number: 0, columns: 2, kind: Decimal }, 0 KeysColumn { number: 1, columns: 2, kind: Bytes }
        MySQL: (`price`, `cover`) IN (SELECT v0, UNHEX(v1) FROM JSON_TABLE(?, '$[*]' COLUMNS (v0 DECIMAL(65, 30) PATH '$[0]' ERROR ON ERROR, v1 LONGTEXT PATH '$[1]' ERROR ON ERROR)) AS members)  <- 0 JsonKeys { columns: 2 }
    "#);
    let strange = Some(vec![decimal("0.125"), Value::DateTime(0)]);
    assert_snapshot!(condition(keys(&[PRICE, SOLD], vec![decimal("1.5"), Value::DateTime(0)], strange)), @r#"
        SQLite: ("price" COLLATE chakra_decimal = ? AND "sold" = ?) OR ("price" COLLATE chakra_decimal IN (SELECT json_extract(value, '$[0]') FROM json_each(?)) AND CASE WHEN ("price" COLLATE chakra_decimal, "sold") IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)) THEN TRUE ELSE FALSE END)  <- 0 None, 1 None, 2 JsonKeys { columns: 2 }, 2 JsonKeys { columns: 2 }
        PostgreSQL: ("price" = $1 AND "sold" = $2) OR ("price", "sold") IN (SELECT * FROM unnest($3, $4))  <- 0 None, 1 None, 2 KeysColumn { number: 0, columns: 2, kind: Decimal }, 2 KeysColumn { number: 1, columns: 2, kind: DateTime }
        MySQL: (`price` = ? AND `sold` = ?) OR (`price`, `sold`) IN (SELECT v0, v1 FROM JSON_TABLE(?, '$[*]' COLUMNS (v0 DECIMAL(65, 30) PATH '$[0]' ERROR ON ERROR, v1 DATETIME(6) PATH '$[1]' ERROR ON ERROR)) AS members)  <- 0 None, 1 None, 2 JsonKeys { columns: 2 }
    "#);
    let not = keys(&[ID, PAGES], vec![Value::Integer(1), Value::Integer(2)], None);
    assert_snapshot!(condition(|table| not(table).not()), @r#"
        SQLite: (("id" IN (SELECT json_extract(value, '$[0]') FROM json_each(?)) AND CASE WHEN ("id", "pages") IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)) THEN TRUE ELSE FALSE END)) IS NOT TRUE  <- 0 JsonKeys { columns: 2 }, 0 JsonKeys { columns: 2 }
        PostgreSQL: (("id", "pages") IN (SELECT * FROM unnest($1, $2))) IS NOT TRUE  <- 0 KeysColumn { number: 0, columns: 2, kind: Integer }, 0 KeysColumn { number: 1, columns: 2, kind: Integer }
        MySQL: ((`id`, `pages`) IN (SELECT v0, v1 FROM JSON_TABLE(?, '$[*]' COLUMNS (v0 BIGINT PATH '$[0]' ERROR ON ERROR, v1 BIGINT PATH '$[1]' ERROR ON ERROR)) AS members)) IS NOT TRUE  <- 0 JsonKeys { columns: 2 }
    "#);
    let not = keys(&[ID, TITLE], vec![Value::Integer(1), text("a")], None);
    assert_snapshot!(condition(|table| not(table).not()), @r#"
        SQLite: NOT (("id" IN (SELECT json_extract(value, '$[0]') FROM json_each(?)) AND CASE WHEN ("id", "title") IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)) THEN TRUE ELSE FALSE END))  <- 0 JsonKeys { columns: 2 }, 0 JsonKeys { columns: 2 }
        PostgreSQL: NOT (("id", "title") IN (SELECT * FROM unnest($1, $2)))  <- 0 KeysColumn { number: 0, columns: 2, kind: Integer }, 0 KeysColumn { number: 1, columns: 2, kind: Text }
        MySQL: NOT ((`id`, `title`) IN (SELECT v0, JSON_UNQUOTE(v1) FROM JSON_TABLE(?, '$[*]' COLUMNS (v0 BIGINT PATH '$[0]' ERROR ON ERROR, v1 JSON PATH '$[1]' ERROR ON ERROR)) AS members))  <- 0 JsonKeys { columns: 2 }
    "#);
}

#[test]
fn decimals_compare_as_numbers() {
    let list = |table: &TableRef| lookup::in_list(column(PRICE)(table), vec![decimal("1.5")]);
    let range = |table: &TableRef| lookup::range(column(PRICE)(table), decimal("1"), decimal("2"));
    assert_snapshot!(condition(with(PRICE, Lookup::Exact, decimal("1.50"))), @r#"
        SQLite: "price" COLLATE chakra_decimal = ?
        PostgreSQL: "price" = $1
        MySQL: `price` = ?
    "#);
    assert_snapshot!(condition(|table| compare(Expr::value(decimal("1")), CompareOp::Lt, column(PRICE)(table))), @r#"
        SQLite: ? COLLATE chakra_decimal < "price"
        PostgreSQL: $1 < "price"
        MySQL: ? < `price`
    "#);
    assert_snapshot!(condition(list), @r#"
        SQLite: "price" COLLATE chakra_decimal IN (SELECT value FROM json_each(?))  <- 0 JsonList
        PostgreSQL: "price" = ANY($1)
        MySQL: `price` IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v DECIMAL(65, 30) PATH '$' ERROR ON ERROR)) AS members)  <- 0 JsonListWithin { before: 35, after: 30 }
    "#);
    assert_snapshot!(condition(range), @r#"
        SQLite: "price" COLLATE chakra_decimal BETWEEN ? AND ?
        PostgreSQL: "price" BETWEEN $1 AND $2
        MySQL: `price` BETWEEN ? AND ?
    "#);
}

#[test]
fn a_column_of_another_table_is_refused() {
    let other = chakra::schema::Table::new(
        "Author",
        "authors",
        vec![chakra::schema::Column::new("id", chakra::types::SqlType::Integer).primary_key()],
    );
    let other = TableRef::new(other.unwrap());
    assert_snapshot!(condition(|_| lookup::is_null(Expr::column(&other, 0), true)), @"
        SQLite! Author.id is not a column of Book, which the query is about
        PostgreSQL! Author.id is not a column of Book, which the query is about
        MySQL! Author.id is not a column of Book, which the query is about
    ");
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    let deep = |table: &TableRef| (0..1000).fold(Expr::column(table, ID), |inner, _| lookup::is_null(inner, true));
    assert_snapshot!(condition(deep), @"
        SQLite! the condition is nested more than 250 levels deep; make it flatter
        PostgreSQL! the condition is nested more than 250 levels deep; make it flatter
        MySQL! the condition is nested more than 250 levels deep; make it flatter
    ");
}

#[test]
fn long_chains_are_trees() {
    let table = books();
    let long = Expr::Or((0..10_000).map(|number| with(ID, Lookup::Exact, Value::Integer(number))(&table)).collect());
    let rendered = condition(|_| long.clone());
    let depth = rendered.lines().next().unwrap().chars().scan(0_i32, |depth, char| {
        *depth += match char {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        Some(*depth)
    });
    assert!((1..10).contains(&depth.max().unwrap()));
}
