use super::*;
use crate::types::SqlType;

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
    table.foreign_keys.push(ForeignKey {
        name: "fk".into(),
        columns: vec![1],
        target_table: target.into(),
        target_columns: columns.iter().map(ToString::to_string).collect(),
        on_delete,
        on_update: Action::NoAction,
    });
    table
}

fn declare(table: &Table) -> Declared<'_> {
    Declared { table, path: "shop::Some", place: Some("models.rs:3"), sound: table.faults().is_empty() }
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
    author.foreign_keys = book("towns", &["id"], Action::Cascade).foreign_keys;
    let town = Table::described("Town", "towns", vec![id().nullable()]);
    let other = Table::described("Other", "others", vec![id()]);
    let book = book("authors", &["id"], Action::Cascade);
    let all = [&author, &town, &other, &book];
    assert_eq!(codes(&among(&author, &all)), [("reaches-broken", Some("town_id"))]);
    assert_eq!(codes(&among(&book, &all)), [("reaches-broken", Some("author_id"))]);
    assert!(among(&other, &all).is_empty());
    let rival = Table::described("Rival", "others", vec![integer("a")]);
    assert!(among(&other, &[&rival]).is_empty());
}
