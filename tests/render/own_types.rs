//! Types that one database alone has: refused by name elsewhere.

use chakra::dialect::{Dialect, render, unsupported};
use chakra::postgres::{HStore, Inet, Range, RangeType, Vector};
use chakra::query::expr::{ArrayOp, CompareOp, InList, Metric, OwnOp};
use chakra::query::{
    Assignment, CreateTable, Direction, Expr, Insert, Lookup, Order, Param, Projection, Select, Statement, Update,
    lookup,
};
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
        SQLite! Thing.c0: JSONB is a type of PostgreSQL that SQLite does not have; declare the field as `serde_json::Value`, which every database has
        MySQL! Thing.c0: JSONB is a type of PostgreSQL that MySQL does not have; declare the field as `serde_json::Value`, which every database has
    "#);
}

#[test]
fn columns_of_mysql() {
    let members = ["a", "it's"].map(String::from).to_vec();
    let table = table([MySqlType::Set { members }, MySqlType::Year].map(SqlType::MySql));
    let create = Statement::CreateTable(CreateTable { table, if_not_exists: false, postponed: Vec::new() });
    assert_snapshot!(statement(create), @r#"
        SQLite! Thing.c0: Set is a type of MySQL that SQLite does not have; declare the field as a type that every database has, such as `i32` or `serde_json::Value`
        PostgreSQL! Thing.c0: Set is a type of MySQL that PostgreSQL does not have; declare the field as a type that every database has, such as `i32` or `serde_json::Value`
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

/// What stands after WHERE, of a column of a type.
fn asked(of: SqlType, make: impl FnOnce(Expr) -> Expr) -> String {
    let table = table([of]);
    let mut select = Select::from(&table).filter(make(Expr::column(&table, 1)));
    select.projection = Projection::Columns(vec![0]);
    statement(select)
}

fn own(of: PostgresType, op: OwnOp, with: Value) -> String {
    asked(SqlType::Postgres(of), |column| lookup::own(column, op, with))
}

#[test]
fn lookups_in_ranges() {
    let seats = || PostgresType::Range(RangeType::Int4);
    let range = || -> Value {
        let range = Range::from(1..5).try_map(|bound| Ok::<_, String>(Value::Integer(bound))).unwrap();
        PostgresValue::Range(RangeType::Int4, range).into()
    };
    assert_snapshot!(own(seats(), OwnOp::Contains, Value::Integer(3)), @r#"
        SQLite! SQLite does not support the lookup "contains"
        PostgreSQL: SELECT "id" FROM "things" WHERE "c0" @> $1::INTEGER
        MySQL! MySQL does not support the lookup "contains"
    "#);
    assert_snapshot!(own(seats(), OwnOp::Contains, Value::Integer(1 << 40)), @r#"
        SQLite! SQLite does not support the lookup "contains"
        PostgreSQL: SELECT "id" FROM "things" WHERE "c0" @> $1::int4range
        MySQL! MySQL does not support the lookup "contains"
    "#);
    assert_snapshot!(own(seats(), OwnOp::StartsAt, Value::Integer(1 << 40)), @r#"
        SQLite: SELECT "id" FROM "things" WHERE FALSE
        PostgreSQL: SELECT "id" FROM "things" WHERE FALSE
        MySQL: SELECT `id` FROM `things` WHERE FALSE
    "#);
    assert_snapshot!(own(seats(), OwnOp::Adjacent, range()), @r#"
        SQLite! SQLite does not support the lookup "adjacent_to"
        PostgreSQL: SELECT "id" FROM "things" WHERE "c0" -|- $1::int4range
        MySQL! MySQL does not support the lookup "adjacent_to"
    "#);
    assert_snapshot!(own(seats(), OwnOp::IsEmpty, Value::Boolean(true)), @r#"
        SQLite! SQLite does not support the lookup "isempty"
        PostgreSQL: SELECT "id" FROM "things" WHERE isempty("c0") = $1
        MySQL! MySQL does not support the lookup "isempty"
    "#);
    assert_snapshot!(own(PostgresType::Range(RangeType::TsTz), OwnOp::StartsAt, Value::DateTime(0)), @r#"
        SQLite! SQLite does not support the lookup "startswith"
        PostgreSQL: SELECT "id" FROM "things" WHERE lower("c0") = $1::TIMESTAMPTZ
        MySQL! MySQL does not support the lookup "startswith"
    "#);
}

#[test]
fn lookups_in_networks_and_pairs() {
    let keys = Value::Array(Kind::Text, vec![text("a"), text("b")]);
    assert_snapshot!(own(PostgresType::Cidr, OwnOp::NetContained, inet("10.0.0.0/8")), @r#"
        SQLite! SQLite does not support the lookup "net_contained"
        PostgreSQL: SELECT "id" FROM "things" WHERE "c0" << $1::inet
        MySQL! MySQL does not support the lookup "net_contained"
    "#);
    assert_snapshot!(own(PostgresType::HStore, OwnOp::HasAnyKeys, keys), @r#"
        SQLite! SQLite does not support the lookup "has_any_keys"
        PostgreSQL: SELECT "id" FROM "things" WHERE "c0" ?| $1::text[]
        MySQL! MySQL does not support the lookup "has_any_keys"
    "#);
    assert_snapshot!(own(PostgresType::HStore, OwnOp::Contains, PostgresValue::HStore(HStore::default()).into()), @r#"
        SQLite! SQLite does not support the lookup "contains"
        PostgreSQL: SELECT "id" FROM "things" WHERE "c0" @> $1::hstore
        MySQL! MySQL does not support the lookup "contains"
    "#);
    assert_snapshot!(asked(SqlType::Postgres(PostgresType::HStore), |column| {
        lookup::single(lookup::pair_value(column, "color".into()), Lookup::StartsWith, text("r"))
    }), @r#"
        SQLite! SQLite does not support looking into an HStore
        PostgreSQL: SELECT "id" FROM "things" WHERE (("c0" -> $1::text) COLLATE "C") LIKE $2  <- 0 None, 1 Like(StartsWith)
        MySQL! MySQL does not support looking into an HStore
    "#);
}

#[test]
fn words() {
    assert_snapshot!(own(PostgresType::TsVector, OwnOp::Matches, text("a & b")), @r#"
        SQLite! SQLite does not support the lookup "matches"
        PostgreSQL: SELECT "id" FROM "things" WHERE "c0" @@ to_tsquery($1::text)
        MySQL! MySQL does not support the lookup "matches"
    "#);
    assert_snapshot!(asked(SqlType::Text, |column| lookup::own(column, OwnOp::Search, text("a b"))), @r#"
        SQLite! SQLite does not support the lookup "search"
        PostgreSQL: SELECT "id" FROM "things" WHERE to_tsvector("c0") @@ websearch_to_tsquery($1::text)
        MySQL: SELECT `id` FROM `things` WHERE MATCH (`c0`) AGAINST (? IN BOOLEAN MODE)  <- 0 AllWords
    "#);
    assert_snapshot!(asked(SqlType::Text, |column| lookup::own(column, OwnOp::Matches, text("a b"))), @r#"
        SQLite! SQLite does not support the lookup "matches"
        PostgreSQL: SELECT "id" FROM "things" WHERE to_tsvector("c0") @@ to_tsquery($1::text)
        MySQL: SELECT `id` FROM `things` WHERE MATCH (`c0`) AGAINST (? IN BOOLEAN MODE)
    "#);
}

#[test]
fn members_of_sets() {
    let set = || SqlType::MySql(MySqlType::Set { members: vec!["a".into(), "b".into()] });
    let members = || vec!["a".to_owned(), "b".to_owned()];
    assert_snapshot!(asked(set(), |column| lookup::set_match(column, ArrayOp::Contains, members())), @r#"
        SQLite! SQLite does not support looking into a Set
        PostgreSQL! PostgreSQL does not support looking into a Set
        MySQL: SELECT `id` FROM `things` WHERE (FIND_IN_SET(?, `c0`) > 0 AND FIND_IN_SET(?, `c0`) > 0)
    "#);
    assert_snapshot!(asked(set(), |column| lookup::set_match(column, ArrayOp::Overlaps, members())), @r#"
        SQLite! SQLite does not support looking into a Set
        PostgreSQL! PostgreSQL does not support looking into a Set
        MySQL: SELECT `id` FROM `things` WHERE (FIND_IN_SET(?, `c0`) > 0 OR FIND_IN_SET(?, `c0`) > 0)
    "#);
    assert_snapshot!(asked(set(), |column| lookup::set_match(column, ArrayOp::ContainedBy, members()).not()), @r#"
        SQLite! SQLite does not support looking into a Set
        PostgreSQL! PostgreSQL does not support looking into a Set
        MySQL: SELECT `id` FROM `things` WHERE ((BIT_COUNT(`c0` + 0) = 0 + (FIND_IN_SET(?, `c0`) > 0) + (FIND_IN_SET(?, `c0`) > 0))) IS NOT TRUE
    "#);
}

#[test]
fn distances_of_vectors() {
    let vector = || SqlType::Postgres(PostgresType::Vector { dimensions: Some(2) });
    let far = |column, metric| lookup::distance(column, metric, PostgresValue::Vector(Vector(vec![1.0, 0.5])));
    assert_snapshot!(asked(vector(), |column| {
        lookup::single(far(column, Metric::Cosine), Lookup::Lt, Value::Float(0.5))
    }), @r#"
        SQLite! SQLite does not support distances of vectors
        PostgreSQL: SELECT "id" FROM "things" WHERE ("c0" <=> $1::vector) < $2
        MySQL! MySQL does not support distances of vectors
    "#);
    let table = table([vector()]);
    let mut select = Select::from(&table);
    for metric in [Metric::L2, Metric::L1, Metric::NegativeInnerProduct] {
        let expr = far(Expr::column(&table, 1), metric);
        select.order_by.push(Order { expr, direction: Direction::Ascending, nulls: None });
    }
    assert_snapshot!(statement(select), @r#"
        SQLite! SQLite does not support distances of vectors
        PostgreSQL: SELECT "id", "c0" FROM "things" ORDER BY ("c0" <-> $1::vector), ("c0" <+> $2::vector), ("c0" <#> $3::vector)
        MySQL! MySQL does not support distances of vectors
    "#);
}
