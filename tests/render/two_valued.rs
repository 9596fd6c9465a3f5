//! What SQLite answers is what the nodes' documentation says, for every row, and for the complement.

use chakra::dialect::{Dialect, render};
use chakra::query::{CreateTable, Expr, Insert, Param, Projection, Select, Statement};
use chakra::schema::TableRef;
use chakra::types::{Numeric, Value};
use proptest::prelude::*;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, types};

use super::random::{conditions, holds, rows, small};

fn connect(table: &TableRef) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection
        .create_scalar_function("chakra_lower", 1, flags, |context| {
            Ok(context.get::<Option<String>>(0)?.map(|text| text.to_lowercase()))
        })
        .unwrap();
    connection
        .create_collation("chakra_decimal", |left, right| {
            left.parse::<Numeric>().unwrap().compare(&right.parse().unwrap())
        })
        .unwrap();
    run(
        &connection,
        &Statement::CreateTable(CreateTable { table: table.clone(), if_not_exists: false, postponed: Vec::new() }),
    );
    for row in rows() {
        let columns = (0..row.len()).collect();
        let values = row.into_iter().map(Param).collect();
        run(&connection, &Statement::Insert(Insert { table: table.clone(), columns, values, returning: vec![] }));
    }
    connection
}

/// Runs a statement; gives the first column of its rows.
fn run(connection: &Connection, statement: &Statement) -> Vec<i64> {
    let sql = render(statement, Dialect::Sqlite).unwrap();
    let values: Vec<types::Value> = sql.bind(statement).unwrap().into_iter().map(bound).collect();
    let mut prepared = connection.prepare(&sql.text).unwrap_or_else(|error| panic!("{error}: {}", sql.text));
    let rows = prepared.query_map(rusqlite::params_from_iter(values), |row| row.get(0)).unwrap();
    rows.map(|id| id.unwrap()).collect()
}

fn bound(value: Value) -> types::Value {
    match value {
        Value::Null(_) => types::Value::Null,
        Value::Boolean(flag) => types::Value::Integer(i64::from(flag)),
        Value::Integer(number) => types::Value::Integer(number),
        Value::Float(number) => types::Value::Real(number),
        Value::Text(text) => types::Value::Text(text),
        Value::Decimal(number) => types::Value::Text(number.as_str().to_owned()),
        other => panic!("{other:?}"),
    }
}

fn select(table: &TableRef, condition: Expr) -> Statement {
    let mut select = Select::from(table).filter(condition);
    select.projection = Projection::Columns(vec![0]);
    Statement::Select(select)
}

thread_local! {
    static DATABASE: (TableRef, Connection) = {
        let table = small();
        let connection = connect(&table);
        (table, connection)
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_row_is_on_exactly_the_side_it_belongs_to(condition in conditions(&small())) {
        DATABASE.with(|(table, connection)| {
            let (inside, outside): (Vec<_>, Vec<_>) =
                rows().into_iter().partition(|row| holds(&condition, row) == Some(true));
            let keys = |rows: Vec<Vec<Value>>| rows.into_iter().map(|row| match row[0] {
                Value::Integer(key) => key,
                _ => unreachable!(),
            }).collect::<Vec<i64>>();
            let sorted = |mut keys: Vec<i64>| { keys.sort_unstable(); keys };
            prop_assert_eq!(sorted(run(connection, &select(table, condition.clone()))), keys(inside));
            prop_assert_eq!(sorted(run(connection, &select(table, condition.not()))), keys(outside));
            Ok(())
        })?;
    }
}

/// Floats travel to `IN` as JSON text: they must come out as the same bits.
#[test]
fn floats_survive_the_way_through_json() {
    let connection = Connection::open_in_memory().unwrap();
    let mut prepared = connection.prepare("SELECT ? IN (SELECT value FROM json_each(?))").unwrap();
    let mut bits = 0x1234_5678_9abc_def0_u64;
    let mut checked = 0;
    while checked < 50_000 {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = f64::from_bits(bits ^ (bits >> 29));
        if !number.is_finite() {
            continue;
        }
        checked += 1;
        let list = Value::List(chakra::types::Kind::Float, vec![Value::Float(number)]);
        let Value::Text(json) = chakra::dialect::Transform::JsonList.apply(list).unwrap() else { unreachable!() };
        let found: bool = prepared.query_row((number, &json), |row| row.get(0)).unwrap();
        assert!(found, "{number:?}");
    }
}
