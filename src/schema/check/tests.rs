use super::*;
use crate::schema::{Action, Check, Index, Unique};
use crate::types::{EnumType, SqlType};

fn id() -> Column {
    Column::new("id", SqlType::Integer).primary_key().auto_increment()
}

fn integer(name: &str) -> Column {
    Column::new(name, SqlType::Integer)
}

fn codes(faults: &[ModelFault]) -> Vec<(&str, Option<&str>)> {
    faults.iter().map(|fault| (fault.code, fault.attribute.as_deref())).collect()
}

fn own(columns: Vec<Column>) -> Vec<ModelFault> {
    Table::described("Thing", "things", columns).faults()
}

fn book(target: &str, columns: &[&str], on_delete: Action) -> Table {
    let mut table = Table::described("Book", "books", vec![id(), integer("author_id")]);
    let columns = columns.iter().map(ToString::to_string).collect();
    table.foreign_keys.push(ForeignKey { on_delete, ..ForeignKey::new("fk", vec![1], target, columns) });
    table
}

fn declare(table: &Table) -> Declared<'_> {
    Declared {
        table,
        path: "shop::Some",
        place: Some("models.rs:3"),
        sound: table.faults().is_empty(),
        relationships: &[],
    }
}

fn among(of: &Table, others: &[&Table]) -> Vec<ModelFault> {
    let all: Vec<Declared<'_>> = others.iter().copied().chain([of]).map(declare).collect();
    faults_among(declare(of), &all)
}

#[test]
fn a_sound_table_has_no_fault() {
    assert!(own(vec![id(), integer("age").nullable()]).is_empty());
}

#[test]
fn what_contradicts_itself() {
    assert_eq!(codes(&own(vec![integer("a")])), [("primary-key-missing", None)]);
    assert_eq!(codes(&own(vec![id().nullable()])), [("nullable-key", Some("id"))]);
    assert_eq!(codes(&own(vec![id(), integer("n").named("id")])), [("duplicate-column", Some("n"))]);
    assert_eq!(codes(&own(vec![Column::new("d", SqlType::Json).primary_key()])), [("json-key", Some("d"))]);
    let array = SqlType::Array(Box::new(SqlType::Integer));
    assert_eq!(codes(&own(vec![Column::new("a", array).primary_key()])), [("array-key", Some("a"))]);
    let text_key = Column::new("t", SqlType::Text).primary_key().auto_increment();
    assert_eq!(codes(&own(vec![text_key])), [("auto-increment", Some("t"))]);
    let unmarked = integer("n").auto_increment();
    assert_eq!(codes(&own(vec![id(), unmarked])), [("auto-increment", None), ("auto-increment", Some("n"))]);
}

#[test]
fn all_mistakes_come_together() {
    let faults = own(vec![integer("a"), integer("b").named("a")]);
    assert_eq!(codes(&faults), [("primary-key-missing", None), ("duplicate-column", Some("b"))]);
}

#[test]
fn null_is_not_set_where_it_is_not_allowed() {
    assert_eq!(codes(&book("authors", &["id"], Action::SetNull).faults()), [("set-null", Some("author_id"))]);
    assert!(book("authors", &["id"], Action::Cascade).faults().is_empty());
}

#[test]
fn two_models_of_one_table_are_both_named() {
    let (one, other) = (Table::described("A", "things", vec![id()]), Table::described("B", "things", vec![id()]));
    let faults = among(&one, &[&other]);
    assert_eq!(codes(&faults), [("duplicate-table", None)]);
    assert_eq!(
        faults[0].to_string(),
        "A (models.rs:3): table \"things\" is also the table of shop::Some (models.rs:3); name another table for one of them"
    );
    let mut elsewhere = other.clone();
    elsewhere.schema = Some("archive".into());
    assert!(among(&one, &[&elsewhere]).is_empty());
}

#[test]
fn references_lead_somewhere() {
    let author = Table::described("Author", "authors", vec![id(), integer("age"), integer("isni").unique()]);
    let codes_of = |table: &Table| codes(&among(table, &[&author])).first().map(|(code, _)| (*code).to_owned());
    assert_eq!(codes_of(&book("authors", &["id"], Action::Cascade)), None);
    assert_eq!(codes_of(&book("authors", &["isni"], Action::Cascade)), None);
    assert_eq!(codes_of(&book("authors", &["age"], Action::Cascade)).as_deref(), Some("foreign-key-target"));
    assert_eq!(codes_of(&book("authors", &["key"], Action::Cascade)).as_deref(), Some("foreign-key-column"));
    assert_eq!(codes_of(&book("author", &["id"], Action::Cascade)).as_deref(), Some("foreign-key-table"));
    assert_eq!(codes_of(&book("books", &["id"], Action::Cascade)), None);
    let hint = &among(&book("author", &["id"], Action::Cascade), &[&author])[0].hint;
    assert!(hint.starts_with("did you mean \"authors\"?"), "{hint}");
    let text = Table::described("Author", "authors", vec![Column::new("id", SqlType::Text).primary_key()]);
    let faults = among(&book("authors", &["id"], Action::Cascade), &[&text]);
    assert_eq!(codes(&faults), [("foreign-key-type", Some("author_id"))]);
}

#[test]
fn a_broken_model_breaks_those_that_reach_it_and_no_other() {
    let mut author = Table::described("Author", "authors", vec![id(), integer("town_id")]);
    author.foreign_keys = vec![ForeignKey::new("fk_town", vec![1], "towns", vec!["id".into()])];
    let town = Table::described("Town", "towns", vec![id().nullable()]);
    let other = Table::described("Other", "others", vec![id()]);
    let book = book("authors", &["id"], Action::Cascade);
    let all = [&author, &town, &other, &book];
    assert_eq!(codes(&among(&author, &all)), [("reaches-broken", Some("town_id"))]);
    assert_eq!(codes(&among(&book, &all)), [("reaches-broken", Some("author_id"))]);
    assert!(among(&other, &all).is_empty());
    let without_town = [&author, &other, &book];
    assert_eq!(codes(&among(&author, &without_town)), [("foreign-key-table", Some("town_id"))]);
    assert_eq!(codes(&among(&book, &without_town)), [("reaches-broken", Some("author_id"))]);
    let rival = Table::described("Rival", "others", vec![integer("a")]);
    assert!(among(&other, &[&rival]).is_empty());
}

fn messages(table: &Table) -> Vec<String> {
    table.faults().into_iter().map(|fault| fault.message).collect()
}

#[test]
fn constraints_that_mean_nothing() {
    let mut table = Table::described("Thing", "things", vec![id(), integer("a"), integer("b").nullable()]);
    table.indexes = vec![Index::over("ix_none", []), Index::over("ix_twice", [1, 1])];
    table.indexes.push(Index { filter: Some(" ".into()), ..Index::over("ix_where", [1]) });
    table.uniques = vec![Unique { name: "uq_twice".into(), columns: vec![1, 2, 1] }];
    table.checks = vec![Check { name: "ck".into(), expression: String::new() }];
    table.foreign_keys = vec![ForeignKey::new("fk_uneven", vec![1, 2], "others", vec!["id".into()])];
    table.foreign_keys[0].indexed = false;
    assert_eq!(
        messages(&table),
        [
            "the index \"ix_none\" is over nothing",
            "the index \"ix_twice\" names \"a\" twice",
            "the index \"ix_where\" has an empty expression or condition",
            "the unique constraint \"uq_twice\" names \"a\" twice",
            "the check constraint \"ck\" has no expression",
            "the foreign key \"fk_uneven\" has 2 columns for 1 of \"others\"",
        ]
    );
}

#[test]
fn a_default_is_not_set_where_there_is_none() {
    let mut table = book("authors", &["id"], Action::SetDefault);
    assert_eq!(codes(&table.faults()), [("set-default", Some("author_id"))]);
    table.columns[1].server_default = Some("1".into());
    assert!(table.faults().is_empty());
}

#[test]
fn all_names_of_a_schema_differ() {
    let things = |name: &str, ours: &str| {
        let mut table = Table::described("Thing", name, vec![id(), integer("a").unique()]);
        table.checks = vec![Check { name: ours.into(), expression: "a > 0".into() }];
        table
    };
    assert_eq!(messages(&things("things", "UQ_things_A")).len(), 1);
    assert_eq!(codes(&things("things", "uq_things_a").faults()), [("duplicate-name", None)]);
    let (one, mut other) = (things("ones", "positive"), things("others", "positive"));
    let told = among(&one, &[&other]);
    assert_eq!(codes(&told), [("duplicate-name", None)]);
    assert_eq!(told[0].message, "a check constraint is named \"positive\", and so is a check constraint of Thing");
    other.schema = Some("shop".into());
    assert!(among(&one, &[&other]).is_empty());
    assert_eq!(codes(&among(&things("ones", "others"), &[&things("others", "x")])), [("duplicate-name", None)]);
    assert_eq!(codes(&among(&things("ones", "ones"), &[])), [("duplicate-name", None)]);
}

#[test]
fn integers_of_a_foreign_key_have_one_width() {
    let wide = Table::described("Author", "authors", vec![Column::new("id", SqlType::BigInteger).primary_key()]);
    let faults = among(&book("authors", &["id"], Action::Cascade), &[&wide]);
    assert_eq!(codes(&faults), [("foreign-key-type", Some("author_id"))]);
    assert_eq!(faults[0].message, "the foreign key compares `i32` with `i64` of authors.id");
}

#[test]
fn a_foreign_key_across_schemas() {
    let mut author = Table::described("Author", "authors", vec![id()]);
    author.schema = Some("people".into());
    let mut book = book("authors", &["id"], Action::Cascade);
    assert_eq!(codes(&among(&book, &[&author])), [("foreign-key-table", Some("author_id"))]);
    book.foreign_keys[0].target_schema = Some("people".into());
    assert!(among(&book, &[&author]).is_empty());
}

#[test]
fn the_columns_that_the_engine_fills() {
    let column = |sql_type, role| vec![id(), Column::new("filled", sql_type).with_role(role)];
    assert!(own(column(SqlType::DateTime, Role::CreatedAt)).is_empty());
    assert!(own(column(SqlType::Integer, Role::Version)).is_empty());
    assert_eq!(codes(&own(column(SqlType::Date, Role::UpdatedAt))), [("role", Some("filled"))]);
    assert_eq!(codes(&own(column(SqlType::DateTime, Role::DeletedAt))), [("role", Some("filled"))]);
    assert_eq!(codes(&own(column(SqlType::Text, Role::Version))), [("role", Some("filled"))]);
}

fn native(name: &str, type_name: &str, values: &[&str]) -> Column {
    Column::new(name, SqlType::Enum(EnumType::new(type_name, values.iter().copied()).native()))
}

#[test]
fn one_name_is_one_type() {
    let faults = own(vec![id(), native("a", "k", &["x", "y"]), native("b", "k", &["x", "z"])]);
    assert_eq!(codes(&faults), [("enum-type", Some("b"))]);
    assert!(
        faults[0].message.contains("Thing.a") && faults[0].message.contains("\"z\" is only here, \"y\" only there")
    );
    let array = SqlType::Array(Box::new(native("", "k", &["y", "x"]).sql_type));
    let faults = own(vec![id(), native("a", "k", &["x", "y"]), Column::new("b", array)]);
    assert_eq!(codes(&faults), [("enum-type", Some("b"))]);
    assert!(faults[0].message.contains("another order"));
    assert_eq!(codes(&own(vec![id(), native("a", "things", &["x"])])), [("duplicate-name", Some("a"))]);
    let text = Column::new("b", SqlType::Enum(EnumType::new("k", ["z"])));
    assert!(own(vec![id(), native("a", "k", &["x"]), native("c", "k", &["x"]), text]).is_empty());
}

#[test]
fn one_name_is_one_type_among_tables() {
    let table = |name: &str, values: &[&str]| Table::described(name, name, vec![id(), native("a", "k", values)]);
    let (one, other, same) = (table("ones", &["x", "y"]), table("others", &["x"]), table("sames", &["x", "y"]));
    assert_eq!(codes(&among(&one, &[&same])), []);
    let faults = among(&one, &[&same, &other]);
    assert_eq!(codes(&faults), [("enum-type", Some("a"))]);
    assert!(faults[0].message.contains("shop::Some.a (models.rs:3)"), "{}", faults[0]);
    assert!(faults[0].message.contains("\"y\" is only here"), "{}", faults[0]);
    assert_eq!(codes(&among(&other, &[&one])), [("enum-type", Some("a"))]);
    let elsewhere = Table { schema: Some("archive".into()), ..other };
    assert_eq!(codes(&among(&one, &[&elsewhere])), []);
    let kinds = Table::described("K", "k", vec![id()]);
    assert_eq!(codes(&among(&one, &[&kinds])), [("duplicate-name", Some("a"))]);
    assert_eq!(codes(&among(&kinds, &[&one])), []);
}
