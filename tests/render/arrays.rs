//! Arrays, enumerations and padded text in conditions and orders.

use chakra::query::expr::{ArrayOp, CompareOp};
use chakra::query::{Assignment, Direction, Expr, Insert, Order, Param, Projection, Select, Statement, Update, lookup};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::{EnumType, Kind, SqlType, Value};
use insta::assert_snapshot;

use super::support::*;

const NUMBERS: usize = 1;
const PRICES: usize = 2;
const WORDS: usize = 3;
const MOOD: usize = 4;
const SIZE: usize = 5;
const CODE: usize = 6;
const MOODS: usize = 7;

fn things() -> TableRef {
    let array = |element| SqlType::Array(Box::new(element));
    let mood = EnumType::new("mood", ["sad", "fine"]).native();
    let columns = vec![
        Column::new("id", SqlType::Integer).primary_key(),
        Column::new("numbers", array(SqlType::SmallInteger)),
        Column::new("prices", array(SqlType::Decimal { precision: Some(8), scale: Some(2) })).nullable(),
        Column::new("value", array(SqlType::String { length: Some(9) })),
        Column::new("mood", SqlType::Enum(mood.clone())),
        Column::new("size", SqlType::Enum(EnumType::new("size", ["s", "l"]))),
        Column::new("code", SqlType::Char { length: 2 }),
        Column::new("moods", array(SqlType::Enum(mood))),
    ];
    TableRef::new(Table::new("Thing", "things", columns).unwrap())
}

fn filtered(make: impl FnOnce(&TableRef) -> Expr) -> String {
    let table = things();
    let mut select = Select::from(&table).filter(make(&table));
    select.projection = Projection::Columns(vec![0]);
    statement(select)
}

fn array(position: usize, op: ArrayOp, kind: Kind, members: Vec<Value>) -> String {
    filtered(|table| lookup::array(Expr::column(table, position), op, kind, members))
}

fn integers(numbers: &[i64]) -> Vec<Value> {
    numbers.iter().copied().map(Value::Integer).collect()
}

fn label(text: &str) -> Value {
    Value::Untyped(text.into())
}

#[test]
fn arrays_and_lists() {
    assert_snapshot!(array(NUMBERS, ArrayOp::Contains, Kind::Integer, integers(&[1, 2])), @r#"
        SQLite: SELECT "id" FROM "things" WHERE "numbers" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM json_each(?) AS chakra_a WHERE NOT EXISTS (SELECT 1 FROM json_each("things"."numbers") AS chakra_b WHERE chakra_a.value = chakra_b.value))
        PostgreSQL: SELECT "id" FROM "things" WHERE "numbers" @> $1::SMALLINT[]
        MySQL: SELECT `id` FROM `things` WHERE `numbers` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY, value BIGINT PATH '$' ERROR ON ERROR)) AS chakra_a WHERE NOT EXISTS (SELECT 1 FROM JSON_TABLE(`things`.`numbers`, '$[*]' COLUMNS (place FOR ORDINALITY, value BIGINT PATH '$' ERROR ON ERROR)) AS chakra_b WHERE chakra_a.value = chakra_b.value))
    "#);
    assert_snapshot!(array(NUMBERS, ArrayOp::ContainedBy, Kind::Integer, integers(&[1, 99_999])), @r#"
        SQLite: SELECT "id" FROM "things" WHERE "numbers" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM json_each("things"."numbers") AS chakra_a WHERE NOT EXISTS (SELECT 1 FROM json_each(?) AS chakra_b WHERE chakra_a.value = chakra_b.value))
        PostgreSQL: SELECT "id" FROM "things" WHERE "numbers" <@ $1::SMALLINT[]
        MySQL: SELECT `id` FROM `things` WHERE `numbers` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(`things`.`numbers`, '$[*]' COLUMNS (place FOR ORDINALITY, value BIGINT PATH '$' ERROR ON ERROR)) AS chakra_a WHERE NOT EXISTS (SELECT 1 FROM JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY, value BIGINT PATH '$' ERROR ON ERROR)) AS chakra_b WHERE chakra_a.value = chakra_b.value))
    "#);
    assert_snapshot!(array(WORDS, ArrayOp::Overlaps, Kind::Text, vec![text("a")]), @r#"
        SQLite: SELECT "id" FROM "things" WHERE EXISTS (SELECT 1 FROM json_each("things"."value") AS chakra_a, json_each(?) AS chakra_b WHERE chakra_a.value = chakra_b.value)
        PostgreSQL: SELECT "id" FROM "things" WHERE "value" && $1::VARCHAR[]
        MySQL: SELECT `id` FROM `things` WHERE EXISTS (SELECT 1 FROM JSON_TABLE(`things`.`value`, '$[*]' COLUMNS (place FOR ORDINALITY, value LONGTEXT PATH '$' ERROR ON ERROR)) AS chakra_a, JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY, value LONGTEXT PATH '$' ERROR ON ERROR)) AS chakra_b WHERE CAST(chakra_a.value AS BINARY) = CAST(chakra_b.value AS BINARY))
    "#);
    assert_snapshot!(array(PRICES, ArrayOp::Equals, Kind::Decimal, vec![decimal("1.5")]), @r#"
        SQLite: SELECT "id" FROM "things" WHERE json_array_length("things"."prices") = json_array_length(?) AND NOT EXISTS (SELECT 1 FROM json_each("things"."prices") AS chakra_a, json_each(?) AS chakra_b WHERE chakra_a.key = chakra_b.key AND NOT (CAST(chakra_a.value AS TEXT) IS CAST(chakra_b.value AS TEXT) COLLATE chakra_decimal))  <- 0 None, 0 None
        PostgreSQL: SELECT "id" FROM "things" WHERE "prices" = $1::NUMERIC[]
        MySQL: SELECT `id` FROM `things` WHERE JSON_LENGTH(`things`.`prices`) = JSON_LENGTH(?) AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(`things`.`prices`, '$[*]' COLUMNS (place FOR ORDINALITY, value DECIMAL(65, 30) PATH '$' ERROR ON ERROR)) AS chakra_a, JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY, value DECIMAL(65, 30) PATH '$' ERROR ON ERROR)) AS chakra_b WHERE chakra_a.place = chakra_b.place AND NOT (chakra_a.value <=> chakra_b.value))  <- 0 None, 0 None
    "#);
    assert_snapshot!(array(MOODS, ArrayOp::Contains, Kind::Untyped, vec![label("sad")]), @r#"
        SQLite: SELECT "id" FROM "things" WHERE "moods" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM json_each(?) AS chakra_a WHERE NOT EXISTS (SELECT 1 FROM json_each("things"."moods") AS chakra_b WHERE chakra_a.value = chakra_b.value))
        PostgreSQL: SELECT "id" FROM "things" WHERE "moods" @> $1::"mood"[]
        MySQL: SELECT `id` FROM `things` WHERE `moods` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY, value LONGTEXT PATH '$' ERROR ON ERROR)) AS chakra_a WHERE NOT EXISTS (SELECT 1 FROM JSON_TABLE(`things`.`moods`, '$[*]' COLUMNS (place FOR ORDINALITY, value LONGTEXT PATH '$' ERROR ON ERROR)) AS chakra_b WHERE CAST(chakra_a.value AS BINARY) = CAST(chakra_b.value AS BINARY)))
    "#);
}

#[test]
fn what_no_element_can_be_is_simply_not_there() {
    assert_snapshot!(array(NUMBERS, ArrayOp::Contains, Kind::Integer, integers(&[1, 99_999])), @r#"
        SQLite: SELECT "id" FROM "things" WHERE FALSE
        PostgreSQL: SELECT "id" FROM "things" WHERE FALSE
        MySQL: SELECT `id` FROM `things` WHERE FALSE
    "#);
    assert_snapshot!(array(NUMBERS, ArrayOp::Contains, Kind::Integer, vec![]), @r#"
        SQLite: SELECT "id" FROM "things" WHERE "numbers" IS NOT NULL
        PostgreSQL: SELECT "id" FROM "things" WHERE "numbers" IS NOT NULL
        MySQL: SELECT `id` FROM `things` WHERE `numbers` IS NOT NULL
    "#);
    assert_snapshot!(array(NUMBERS, ArrayOp::Overlaps, Kind::Integer, integers(&[99_999])), @r#"
        SQLite: SELECT "id" FROM "things" WHERE FALSE
        PostgreSQL: SELECT "id" FROM "things" WHERE FALSE
        MySQL: SELECT `id` FROM `things` WHERE FALSE
    "#);
    assert_snapshot!(array(WORDS, ArrayOp::Overlaps, Kind::Text, vec![Value::Null(Kind::Text)]), @r#"
        SQLite: SELECT "id" FROM "things" WHERE FALSE
        PostgreSQL: SELECT "id" FROM "things" WHERE FALSE
        MySQL: SELECT `id` FROM `things` WHERE FALSE
    "#);
}

#[test]
fn complements_of_arrays_include_null() {
    assert_snapshot!(
        filtered(|table| {
            lookup::array(Expr::column(table, PRICES), ArrayOp::Overlaps, Kind::Decimal, vec![decimal("1")]).not()
        }), @r#"
        SQLite: SELECT "id" FROM "things" WHERE (EXISTS (SELECT 1 FROM json_each("things"."prices") AS chakra_a, json_each(?) AS chakra_b WHERE CAST(chakra_a.value AS TEXT) = CAST(chakra_b.value AS TEXT) COLLATE chakra_decimal)) IS NOT TRUE
        PostgreSQL: SELECT "id" FROM "things" WHERE ("prices" && $1::NUMERIC[]) IS NOT TRUE
        MySQL: SELECT `id` FROM `things` WHERE (EXISTS (SELECT 1 FROM JSON_TABLE(`things`.`prices`, '$[*]' COLUMNS (place FOR ORDINALITY, value DECIMAL(65, 30) PATH '$' ERROR ON ERROR)) AS chakra_a, JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY, value DECIMAL(65, 30) PATH '$' ERROR ON ERROR)) AS chakra_b WHERE chakra_a.value = chakra_b.value)) IS NOT TRUE
    "#);
    assert_snapshot!(
        filtered(|table| {
            let length = lookup::array_length(Expr::column(table, PRICES));
            lookup::compare(length, CompareOp::Ne, Value::Integer(2))
        }), @r#"
        SQLite: SELECT "id" FROM "things" WHERE ((json_array_length("prices")) = ?) IS NOT TRUE
        PostgreSQL: SELECT "id" FROM "things" WHERE ((cardinality("prices")) = $1) IS NOT TRUE
        MySQL: SELECT `id` FROM `things` WHERE ((JSON_LENGTH(`prices`)) = ?) IS NOT TRUE
    "#);
}

#[test]
fn arrays_have_no_order() {
    let table = things();
    let by = |position| Order { expr: Expr::column(&table, position), direction: Direction::Ascending, nulls: None };
    let mut select = Select::from(&table);
    select.order_by = vec![by(WORDS)];
    assert!(statement(select).contains("SQLite! whole arrays have no order"));
    let told = filtered(|table| {
        lookup::single(Expr::column(table, WORDS), chakra::query::Lookup::Gt, Value::Array(Kind::Text, vec![]))
    });
    assert_eq!(told.matches("whole arrays have no order").count(), 3, "{told}");
}

#[test]
fn enumerations_order_as_text() {
    let table = things();
    let by = |position| Order { expr: Expr::column(&table, position), direction: Direction::Descending, nulls: None };
    let mut select = Select::from(&table);
    select.projection = Projection::Columns(vec![MOOD, SIZE]);
    select.order_by = vec![by(MOOD), by(SIZE)];
    assert_snapshot!(statement(select.clone()), @r#"
        SQLite: SELECT "mood", "size" FROM "things" ORDER BY "mood" DESC, "size" DESC
        PostgreSQL: SELECT "mood", "size" FROM "things" ORDER BY "mood"::text COLLATE "C" DESC, "size" DESC
        MySQL: SELECT `mood`, `size` FROM `things` ORDER BY CONCAT(`mood`) DESC, CONCAT(`size`) DESC
    "#);
    select.distinct = true;
    assert_snapshot!(statement(select), @r#"
        SQLite: SELECT DISTINCT "mood", "size" FROM "things" ORDER BY "mood" DESC, "size" DESC
        PostgreSQL: SELECT DISTINCT "mood"::text COLLATE "C", "size" FROM "things" ORDER BY "mood"::text COLLATE "C" DESC, "size" DESC
        MySQL: SELECT DISTINCT CONCAT(`mood`), CONCAT(`size`) FROM `things` ORDER BY CONCAT(`mood`) DESC, CONCAT(`size`) DESC
    "#);
    assert_snapshot!(
        filtered(|table| {
            let mood = || Expr::column(table, MOOD);
            lookup::compare(mood(), CompareOp::Eq, label("sad"))
                .or(lookup::compare(mood(), CompareOp::Gt, label("fine")))
                .or(lookup::range(mood(), label("fine"), label("sad")))
                .or(lookup::in_list(mood(), vec![label("sad")]))
        }), @r#"
        SQLite: SELECT "id" FROM "things" WHERE "mood" = ? OR "mood" > ? OR "mood" BETWEEN ? AND ? OR "mood" IN (SELECT value FROM json_each(?))  <- 0 None, 1 None, 2 None, 3 None, 4 JsonList
        PostgreSQL: SELECT "id" FROM "things" WHERE "mood" = $1 OR "mood"::text COLLATE "C" > $2 OR "mood"::text COLLATE "C" BETWEEN $3 AND $4 OR "mood" = ANY($5::"mood"[])
        MySQL: SELECT `id` FROM `things` WHERE `mood` = ? OR CONCAT(`mood`) > ? OR CONCAT(`mood`) BETWEEN ? AND ? OR `mood` IN (?)  <- 0 None, 1 None, 2 None, 3 None, 4 ListMember(0)
    "#);
}

#[test]
fn padded_text_is_compared_as_its_own_type() {
    assert_snapshot!(
        filtered(|table| {
            let code = || Expr::column(table, CODE);
            lookup::compare(code(), CompareOp::Eq, text("a"))
                .or(lookup::in_list(code(), vec![text("b"), text("c ")]))
                .or(lookup::compare(code(), CompareOp::Lt, text("c ")))
        }), @r#"
        SQLite: SELECT "id" FROM "things" WHERE "code" = ? OR "code" IN (SELECT value FROM json_each(?)) OR "code" < ?  <- 0 None, 1 JsonList, 2 None
        PostgreSQL: SELECT "id" FROM "things" WHERE "code" = $1 OR "code" = ANY($2::BPCHAR[]) OR "code" < $3
        MySQL: SELECT `id` FROM `things` WHERE `code` = ? OR `code` IN (?) OR CONCAT(`code`) < ?  <- 0 None, 1 ListMember(0), 2 None
    "#);
    assert_snapshot!(filtered(|table| lookup::in_list(Expr::column(table, CODE), vec![text("c ")])), @r#"
        SQLite: SELECT "id" FROM "things" WHERE FALSE
        PostgreSQL: SELECT "id" FROM "things" WHERE FALSE
        MySQL: SELECT `id` FROM `things` WHERE FALSE
    "#);
}

#[test]
fn arrays_of_a_databases_own_enumeration_are_cast() {
    let moods = || Value::Array(Kind::Untyped, vec![label("sad")]);
    let (columns, values) = (vec![MOOD, MOODS], vec![Param(label("sad")), Param(moods())]);
    assert_snapshot!(statement(Insert { table: things(), columns, values, returning: vec![] }), @r#"
        SQLite: INSERT INTO "things" ("mood", "moods") VALUES (?, ?)
        PostgreSQL: INSERT INTO "things" ("mood", "moods") VALUES ($1, $2::"mood"[])
        MySQL: INSERT INTO `things` (`mood`, `moods`) VALUES (?, ?)
    "#);
    let assignments = vec![Assignment { column: MOODS, value: Expr::value(moods()) }];
    let update = Update { table: things(), assignments, filter: None, returning: vec![] };
    assert_snapshot!(statement(Statement::Update(update)), @r#"
        SQLite: UPDATE "things" SET "moods" = ?
        PostgreSQL: UPDATE "things" SET "moods" = $1::"mood"[]
        MySQL: UPDATE `things` SET `moods` = ?
    "#);
}
