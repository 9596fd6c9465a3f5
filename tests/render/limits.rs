//! What is more than a database takes, all of it at once.

use chakra::dialect::{Dialect, same_table_in, unsupported};
use chakra::schema::{Action, Column, ForeignKey, Index, Table, TableRef};
use chakra::types::{EnumType, MySqlType, SqlType};

fn text(name: &str, length: u32) -> Column {
    Column::new(name, SqlType::String { length: Some(length) })
}

fn key() -> Column {
    Column::new("id", SqlType::Integer).primary_key()
}

/// The attributes at fault on SQLite, PostgreSQL and MySQL; a dash stands for the table as a whole.
fn faults(table: Table) -> [Vec<String>; 3] {
    let table = TableRef::new(table);
    Dialect::ALL.map(|dialect| {
        let told = unsupported(&table, dialect);
        assert!(told.iter().all(|fault| fault.code == "unsupported" && fault.message.contains(dialect.name())));
        told.into_iter().map(|fault| fault.attribute.unwrap_or_else(|| "-".into())).collect()
    })
}

fn table(columns: Vec<Column>) -> Table {
    Table::described("Thing", "things", columns)
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn rows_of_mysql() {
    assert_eq!(faults(table(vec![key(), text("a", 16_382)])), [none(), none(), none()]);
    assert_eq!(faults(table(vec![key(), text("a", 16_383)])), [none(), none(), vec!["-".to_owned()]]);
    let both = table(vec![key(), text("a", 20_000), text("b", 20_000)]);
    assert_eq!(faults(both)[2], ["a", "b"]);
    let bytes = Column::new("a", SqlType::Binary { length: Some(65_529) });
    assert_eq!(faults(table(vec![key(), bytes]))[2], none());
    let documents = (0..200).map(|at| Column::new(format!("d{at}"), SqlType::Json));
    assert_eq!(faults(table([key()].into_iter().chain(documents).collect()))[2], none());
}

#[test]
fn keys_of_mysql() {
    let indexed = |length| {
        let mut things = table(vec![key(), text("a", length), Column::new("b", SqlType::Integer)]);
        things.indexes.push(Index::over("ix", [1, 2]));
        faults(things)[2].clone()
    };
    assert_eq!(indexed(767), none());
    assert_eq!(indexed(768), ["-"]);
    let long = table(vec![text("id", 769).primary_key()]);
    assert_eq!(faults(long)[2], ["id"]);
}

#[test]
fn keys_of_many_columns() {
    let one = || vec!["-".to_owned()];
    let columns = |number: usize| (0..number).map(|at| Column::new(format!("c{at}"), SqlType::SmallInteger));
    let key_of = |number| faults(table(columns(number).map(Column::primary_key).collect()));
    assert_eq!(key_of(32), [none(), none(), none()]);
    assert_eq!(key_of(33), [none(), one(), one()]);
    let mut things = table([key()].into_iter().chain(columns(33)).collect());
    things.indexes.push(Index::over("ix", 1..=33));
    assert_eq!(faults(things.clone()), [none(), one(), one()]);
    things.indexes[0].unique = true;
    assert_eq!(faults(things)[1], one());
}

#[test]
fn names() {
    let columns =
        vec![key(), Column::new("a", SqlType::Integer).named("Name"), Column::new("b", SqlType::Integer).named("name")];
    assert_eq!(faults(table(columns)), [vec!["b".to_owned()], none(), vec!["b".to_owned()]]);
    let long = Column::new("a", SqlType::Integer).named("é".repeat(40));
    assert_eq!(faults(table(vec![key(), long])), [none(), vec!["a".to_owned()], none()]);
    let (small, large) = (table(vec![key()]), Table::described("Other", "THINGS", vec![key()]));
    let told = Dialect::ALL.map(|dialect| same_table_in(dialect, &large, [&small]).is_some());
    assert_eq!(told, [true, false, false]);
}

#[test]
fn enumerations_and_actions() {
    let label = EnumType::new("sizes", ["x".repeat(64)]);
    let native = Column::new("a", SqlType::Enum(label.clone().native()));
    assert_eq!(faults(table(vec![key(), native])), [none(), vec!["a".to_owned()], none()]);
    assert_eq!(faults(table(vec![key(), Column::new("a", SqlType::Enum(label))])), [none(), none(), none()]);
    let mut things = table(vec![key(), Column::new("a", SqlType::Integer).nullable()]);
    let mut reference = ForeignKey::new("fk", vec![1], "things", vec!["id".into()]);
    reference.on_update = Action::SetDefault;
    things.foreign_keys.push(reference);
    assert_eq!(faults(things), [none(), none(), vec!["a".to_owned()]]);
}

#[test]
fn a_year_is_not_numbered() {
    let year = Column::new("id", SqlType::MySql(MySqlType::Year)).primary_key().auto_increment();
    let told: Vec<&str> = table(vec![year]).faults().iter().map(|fault| fault.code).collect();
    assert_eq!(told, ["auto-increment"]);
}
