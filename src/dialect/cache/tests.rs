use super::*;
use crate::query::{Expr, Lookup, Select, lookup};
use crate::schema::{Column, Table, TableRef};
use crate::types::{Kind, SqlType};

fn users() -> TableRef {
    let columns = vec![
        Column::new("id", SqlType::BigInteger).primary_key().auto_increment(),
        Column::new("name", SqlType::Text),
        Column::new("age", SqlType::Integer).nullable(),
    ];
    TableRef::new(Table::new("User", "users", columns).unwrap())
}

fn by(table: &TableRef, position: usize, lookup: Lookup, value: Value) -> Statement {
    Statement::Select(Select::from(table).filter(lookup::single(Expr::column(table, position), lookup, value)))
}

#[test]
fn one_text_serves_every_value_of_a_shape() {
    let (table, cache) = (users(), ShapeCache::default());
    let get = |statement: &Statement| cache.get_or_render(statement, Dialect::Sqlite).unwrap();
    let one = get(&by(&table, 0, Lookup::Exact, Value::Integer(1)));
    assert!(Arc::ptr_eq(&one, &get(&by(&table, 0, Lookup::Exact, Value::Integer(2)))));
    assert!(!Arc::ptr_eq(&one, &get(&by(&table, 2, Lookup::Exact, Value::Integer(2)))));
    assert_eq!(cache.len(), 2);
    cache.get_or_render(&by(&table, 0, Lookup::Exact, Value::Integer(1)), Dialect::Postgres).unwrap();
    assert_eq!(cache.len(), 3);
}

#[test]
fn a_list_of_any_length_is_one_shape() {
    let (table, cache) = (users(), ShapeCache::default());
    for count in 1..50 {
        let list = lookup::in_list(Expr::column(&table, 0), (0..count).map(Value::Integer).collect());
        cache.get_or_render(&Statement::Select(Select::from(&table).filter(list)), Dialect::Postgres).unwrap();
    }
    assert_eq!(cache.len(), 1);
}

#[test]
fn a_null_is_another_shape_where_it_changes_the_text() {
    use crate::query::expr::{Compare, CompareOp};
    let (table, cache) = (users(), ShapeCache::default());
    let text = |value: Value| {
        let condition = Compare { left: Expr::column(&table, 0), op: CompareOp::Ne, right: Expr::value(value) };
        cache.get_or_render(&Statement::Select(Select::from(&table).filter(condition.into())), Dialect::Sqlite).unwrap()
    };
    assert!(text(Value::Integer(1)).text.ends_with("\"id\" <> ?"));
    assert!(text(Value::Null(Kind::Integer)).text.ends_with("(\"id\" = ?) IS NOT TRUE"));
}

#[test]
fn what_is_used_stays_and_the_number_is_bounded() {
    let (table, cache) = (users(), ShapeCache::with_capacity(8));
    let hot = by(&table, 0, Lookup::Exact, Value::Integer(1));
    let first = cache.get_or_render(&hot, Dialect::Sqlite).unwrap();
    for number in 0..100 {
        let mut select = Select::from(&table);
        for _ in 0..number {
            select = select.filter(lookup::is_null(Expr::column(&table, 2), true));
        }
        select = select.filter(lookup::is_null(Expr::column(&table, 2), false));
        cache.get_or_render(&Statement::Select(select), Dialect::Sqlite).unwrap();
        assert!(Arc::ptr_eq(&first, &cache.get_or_render(&hot, Dialect::Sqlite).unwrap()));
        assert!(cache.len() <= 8);
    }
}

#[test]
fn no_value_is_kept() {
    let (table, cache) = (users(), ShapeCache::default());
    let list = lookup::in_list(Expr::column(&table, 1), vec![Value::Text("a secret".into())]);
    let condition = list.and(lookup::single(Expr::column(&table, 1), Lookup::Contains, Value::Text("a secret".into())));
    let statement = Statement::Select(Select::from(&table).filter(condition));
    assert!(format!("{statement:?}").contains("a secret"));
    cache.get_or_render(&statement, Dialect::Sqlite).unwrap();
    assert!(!format!("{cache:?}").contains("a secret"));
}

/// Prints what a hit costs: `cargo test --release -p chakra --lib -- --ignored --nocapture hit_costs`.
#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout)]
fn hit_costs() {
    let (table, cache) = (users(), ShapeCache::default());
    let rounds = 1_000_000_u32;
    for (name, make) in [
        (
            "by key",
            (|table: &TableRef, number: i64| by(table, 0, Lookup::Exact, Value::Integer(number)))
                as fn(&TableRef, i64) -> Statement,
        ),
        ("by text", |table, _| by(table, 1, Lookup::Contains, Value::Text("abc".into()))),
    ] {
        cache.get_or_render(&make(&table, 0), Dialect::Sqlite).unwrap();
        let start = std::time::Instant::now();
        for number in 0..rounds {
            std::hint::black_box(make(&table, i64::from(number)));
        }
        let making = start.elapsed() / rounds;
        let start = std::time::Instant::now();
        for number in 0..rounds {
            let statement = make(&table, i64::from(number));
            let sql = cache.get_or_render(&statement, Dialect::Sqlite).unwrap();
            std::hint::black_box(sql.bind_owned(statement).unwrap());
        }
        let whole = start.elapsed() / rounds;
        let start = std::time::Instant::now();
        for number in 0..rounds / 10 {
            std::hint::black_box(render(&make(&table, i64::from(number)), Dialect::Sqlite).unwrap());
        }
        let rendering = start.elapsed() / (rounds / 10);
        println!("{name}: make {making:?}, make + hit + bind {whole:?}, make + render {rendering:?}");
    }
}
