//! Types that one database alone has: refused by name elsewhere.

use chakra::dialect::{Dialect, render, unsupported};
use chakra::postgres::{HStore, Inet, Range, RangeType};
use chakra::query::expr::{CompareOp, InList};
use chakra::query::{Assignment, CreateTable, Expr, Insert, Param, Select, Statement, Update};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::{Kind, MySqlType, PostgresKind, PostgresType, PostgresValue, SqlType, Value};
use insta::assert_snapshot;

use super::support::*;

fn table(types: impl IntoIterator<Item = SqlType>) -> TableRef {
    let columns = types.into_iter().enumerate().map(|(at, of)| Column::new(format!("c{at}"), of).nullable());
    let key = Column::new("id", SqlType::BigInteger).primary_key();
    TableRef::new(Table::new("Thing", "things", std::iter::once(key).chain(columns).collect()).unwrap())
}

fn inet(text: &str) -> Value {
    PostgresValue::Inet(text.parse::<Inet>().unwrap()).into()
}

#[test]
fn columns_of_postgres() {
    let types = PostgresType::PLAIN
        .into_iter()
        .chain([PostgresType::Vector { dimensions: None }, PostgresType::Vector { dimensions: Some(3) }]);
    let arrays = std::iter::once(SqlType::Array(Box::new(SqlType::Postgres(PostgresType::Inet))));
    let table = table(types.map(SqlType::Postgres).chain(arrays));
    let create =
        Statement::CreateTable(CreateTable { table: table.clone(), if_not_exists: false, postponed: Vec::new() });
    assert_snapshot!(render(&create, Dialect::Postgres).unwrap().text, @r#"
        CREATE TABLE "things" (
          "id" BIGINT NOT NULL,
          "c0" JSONB,
          "c1" TSVECTOR,
          "c2" INET,
          "c3" CIDR,
          "c4" MACADDR,
          "c5" HSTORE,
          "c6" INT4RANGE,
          "c7" INT8RANGE,
          "c8" NUMRANGE,
          "c9" DATERANGE,
          "c10" TSTZRANGE,
          "c11" VECTOR,
          "c12" VECTOR(3),
          "c13" INET[],
          PRIMARY KEY ("id")
        )
    "#);
    for dialect in [Dialect::Sqlite, Dialect::MySql] {
        assert_eq!(unsupported(&table, dialect).len(), table.columns.len() - 1);
    }
    assert_snapshot!(statement(create).lines().filter(|line| line.contains('!')).collect::<Vec<_>>().join("\n"), @r#"
        SQLite! Thing.c0: JSONB is a type of PostgreSQL that SQLite does not have; declare the field as JSON, which every database has
        MySQL! Thing.c0: JSONB is a type of PostgreSQL that MySQL does not have; declare the field as JSON, which every database has
    "#);
}

#[test]
fn columns_of_mysql() {
    let members = ["a", "it's"].map(String::from).to_vec();
    let table = table([MySqlType::Set { members }, MySqlType::Year].map(SqlType::MySql));
    let create = Statement::CreateTable(CreateTable { table, if_not_exists: false, postponed: Vec::new() });
    assert_snapshot!(statement(create), @r#"
        SQLite! Thing.c0: Set is a type of MySQL that SQLite does not have; declare the field as a type that every database has, such as Integer or JSON
        PostgreSQL! Thing.c0: Set is a type of MySQL that PostgreSQL does not have; declare the field as a type that every database has, such as Integer or JSON
        MySQL: CREATE TABLE `things` (
          `id` BIGINT NOT NULL,
          `c0` SET('a', 'it''s'),
          `c1` YEAR,
          PRIMARY KEY (`id`)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=/*M!100600 utf8mb4_nopad_bin*/ /*!80017 utf8mb4_0900_bin*/
    "#);
}

#[test]
fn values_travel_as_text_and_are_cast() {
    let own = |kind| SqlType::Postgres(kind);
    let table = table([own(PostgresType::Inet), own(PostgresType::HStore), SqlType::Integer]);
    let null = Value::Null(Kind::Postgres(PostgresKind::HStore));
    let values = [Value::Integer(1), inet("::1"), null, Value::Integer(2)].map(Param).to_vec();
    assert_snapshot!(
        statement(Insert { table: table.clone(), columns: vec![0, 1, 2, 3], values, returning: vec![1] }),
        @r#"
            SQLite! SQLite does not support values of the type inet of PostgreSQL
            PostgreSQL: INSERT INTO "things" ("id", "c0", "c1", "c2") VALUES ($1, $2::inet, $3::hstore, $4) RETURNING "c0"
            MySQL! MySQL does not support values of the type inet of PostgreSQL
        "#
    );
    let equal = compare(Expr::column(&table, 1), CompareOp::Eq, Expr::value(inet("10.0.0.0/8")));
    let list = Param(Value::List(Kind::Postgres(PostgresKind::Inet), vec![inet("::1"), inet("::2")]));
    let listed = InList { expr: Expr::column(&table, 1), list };
    assert_snapshot!(statement(Select::from(&table).filter(equal.or(listed.into()))), @r#"
        SQLite! SQLite does not support values of the type inet of PostgreSQL
        PostgreSQL: SELECT "id", "c0", "c1", "c2" FROM "things" WHERE "c0" = $1::inet OR "c0" = ANY($2::inet[])
        MySQL! MySQL does not support values of the type inet of PostgreSQL
    "#);
    let pairs = PostgresValue::HStore(HStore::from_iter([("a", Some("b"))]));
    let assignments = vec![Assignment { column: 2, value: Expr::value(pairs.into()) }];
    assert_snapshot!(statement(Update { table, assignments, filter: None, returning: vec![] }), @r#"
        SQLite! SQLite does not support values of the type hstore of PostgreSQL
        PostgreSQL: UPDATE "things" SET "c1" = $1::hstore
        MySQL! MySQL does not support values of the type hstore of PostgreSQL
    "#);
}

/// NULL or not: an insert has one text, so both must be cast.
#[test]
fn an_insert_casts_by_its_columns() {
    let table = table([SqlType::Postgres(PostgresType::Range(RangeType::Int4))]);
    let insert = |value| {
        let values = vec![Param(Value::Integer(1)), Param(value)];
        Statement::Insert(Insert { table: table.clone(), columns: vec![0, 1], values, returning: vec![] })
    };
    let of_null = render(&insert(Value::Null(Kind::Integer)), Dialect::Postgres).unwrap();
    let range = PostgresValue::Range(RangeType::Int4, Range::empty());
    assert_eq!(of_null, render(&insert(range.into()), Dialect::Postgres).unwrap());
}
