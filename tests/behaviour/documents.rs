//! JSON documents are looked into alike on every database.

use chakra::model::Condition;
use chakra::{Executor, Model};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    texts_are_compared_with_texts,
    numbers_are_compared_by_all_their_digits,
    truths_and_null_are_themselves,
    paths_go_into_objects_and_arrays,
    names_are_literal,
    members_are_asked_for,
    containment_is_one_rule,
    changes_take_conditions_on_documents,
    what_means_nothing_is_refused,
}

#[derive(Model, Debug, Clone)]
#[chakra(table = "documents_pages")]
struct Page {
    #[chakra(primary_key, auto_increment = false)]
    id: i64,
    data: Option<Value>,
}

async fn pages(db: &TestDb, documents: Vec<Option<Value>>) {
    chakra::create_tables(&db.pool, &[Page::table()]).await.unwrap();
    for (id, data) in (1..).zip(documents) {
        Page { id, data }.insert(&db.pool).await.unwrap();
    }
}

/// The keys of the pages that meet a condition, having seen that all others meet its complement.
async fn found(db: &TestDb, condition: Condition<Page>) -> Vec<i64> {
    let keys = |condition| Page::query().filter(condition).order_by(Page::id()).all(&db.pool);
    let met: Vec<i64> = keys(condition.clone()).await.unwrap().iter().map(|page| page.id).collect();
    let not: Vec<i64> = keys(!condition).await.unwrap().iter().map(|page| page.id).collect();
    let mut all: Vec<i64> = met.iter().chain(&not).copied().collect();
    all.sort_unstable();
    let every: Vec<i64> =
        Page::query().order_by(Page::id()).all(&db.pool).await.unwrap().iter().map(|page| page.id).collect();
    assert_eq!(all, every, "a condition and its complement share all rows");
    met
}

macro_rules! assert_found {
    ($db:ident, $($condition:expr => $expected:expr),* $(,)?) => {$(
        assert_eq!(found($db, $condition).await, $expected, "{}", stringify!($condition));
    )*};
}

async fn texts_are_compared_with_texts(db: &TestDb) {
    pages(
        db,
        vec![
            Some(json!({"name": "Ada"})),
            Some(json!({"name": "ada "})),
            Some(json!({"name": "ÄDA % _ \\ \" 😀"})),
            Some(json!({"name": 5})),
            Some(json!({"name": "5"})),
            Some(json!({"name": null})),
            Some(json!({})),
            None,
        ],
    )
    .await;
    let name = || Page::data().key("name");
    assert_found! { db,
        name().eq("Ada") => [1],
        name().ne("Ada") => [2, 3, 4, 5, 6, 7, 8],
        name().eq("ada") => [] as [i64; 0],
        name().eq("5") => [5],
        name().eq(5) => [4],
        name().gt("Ada") => [2, 3],
        name().lte("Ada") => [1, 5],
        name().between("5", "B") => [1, 5],
        name().is_in(["Ada", "5", "x"]) => [1, 5],
        name().not_in(["Ada", "5", "x"]) => [2, 3, 4, 6, 7, 8],
        name().is_in([Some("Ada"), None]) => [1, 7, 8],
        name().is_in(Vec::<&str>::new()) => [] as [i64; 0],
        name().contains("d") => [1, 2],
        name().contains("% _ \\ \"") => [3],
        name().icontains("äda") => [3],
        name().starts_with("A") => [1],
        name().istarts_with("ad") => [1, 2],
        name().ends_with("😀") => [3],
        name().iends_with("DA") => [1],
        name().iexact("ADA") => [1],
        name().eq(None::<&str>) => [7, 8],
    }
}

async fn numbers_are_compared_by_all_their_digits(db: &TestDb) {
    pages(
        db,
        vec![
            Some(json!({"n": 9_007_199_254_740_993_i64})),
            Some(json!({"n": 9_007_199_254_740_992_i64})),
            Some(json!({"n": 1})),
            Some(json!({"n": 1.5})),
            Some(json!({"n": 0.1})),
            Some(json!({"n": 1e-40})),
            Some(json!({"n": 1e40})),
            Some(json!({"n": -3})),
            Some(json!({"n": "1"})),
            Some(json!({"n": true})),
            Some(json!({"n": [1]})),
            Some(json!({"n": 0})),
        ],
    )
    .await;
    let n = || Page::data().path(["n"]);
    let tenth: Decimal = "0.10".parse().unwrap();
    assert_found! { db,
        n().eq(9_007_199_254_740_993_i64) => [1],
        n().eq(9_007_199_254_740_992_u64) => [2],
        n().gt(9_007_199_254_740_992_i64) => [1, 7],
        n().lt(9_007_199_254_740_993_i64) => [2, 3, 4, 5, 6, 8, 12],
        n().eq(1) => [3],
        n().eq(1.0) => [3],
        n().ne(1) => [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        n().eq(tenth) => [5],
        n().eq(0.1) => [5],
        n().lt(0.1) => [6, 8, 12],
        n().gt(0) => [1, 2, 3, 4, 5, 6, 7],
        n().gte(1e40) => [7],
        n().eq(1e-40) => [6],
        n().gt(1e39) => [7],
        n().between(0, 1.5) => [3, 4, 5, 6, 12],
        n().is_in([1_i64, -3, 9_007_199_254_740_993, 77]) => [1, 3, 8],
        n().not_in([1_i64, -3]) => [1, 2, 4, 5, 6, 7, 9, 10, 11, 12],
        n().eq(u128::MAX) => [] as [i64; 0],
        n().lt(f64::MAX) => [1, 2, 3, 4, 5, 6, 7, 8, 12],
    }
    let many: Vec<i64> = (1..70_000).collect();
    assert_found! { db, n().is_in(many) => [3] }
}

async fn truths_and_null_are_themselves(db: &TestDb) {
    let values = [json!(true), json!(false), json!(1), json!(0), json!(null), json!("true"), json!([true])];
    let mut documents: Vec<Option<Value>> = values.into_iter().map(|value| Some(json!({"v": value}))).collect();
    documents.extend([Some(json!({})), None, Some(json!(null))]);
    pages(db, documents).await;
    let v = || Page::data().key("v");
    assert_found! { db,
        v().eq(true) => [1],
        v().eq(false) => [2],
        v().ne(true) => [2, 3, 4, 5, 6, 7, 8, 9, 10],
        v().eq(1) => [3],
        v().is_in([true, false]) => [1, 2],
        v().is_json_null() => [5],
        v().is_missing() => [8, 9, 10],
        v().exists() => [1, 2, 3, 4, 5, 6, 7],
        v().eq(None::<i32>) => [8, 9, 10],
        v().ne(None::<i32>) => [1, 2, 3, 4, 5, 6, 7],
        Page::data().is_null() => [9],
    }
}

async fn paths_go_into_objects_and_arrays(db: &TestDb) {
    pages(
        db,
        vec![
            Some(json!({"a": ["x", {"b": [["deep"]]}]})),
            Some(json!({"a": {"0": "x", "1": {"b": {"0": ["deep"]}}}})),
            Some(json!({"a": "x"})),
            Some(json!(["x", "y"])),
            Some(json!({"a": {"-1": "minus", "01": "zeros", " 1": "blank", "+1": "plus"}})),
            Some(json!({"a": ["u", "v"]})),
        ],
    )
    .await;
    let a = |step: &str| Page::data().path(["a", step]);
    assert_found! { db,
        a("0").eq("x") => [1, 2],
        Page::data().key("a").item(1).key("b").item(0).item(0).eq("deep") => [1, 2],
        Page::data().item(1).eq("y") => [4],
        Page::data().item(2).is_missing() => [1, 2, 3, 4, 5, 6],
        a("01").eq("zeros") => [5],
        a(" 1").eq("blank") => [5],
        a("+1").eq("plus") => [5],
        a("1").eq("v") => [6],
        a("99999999999").exists() => [] as [i64; 0],
    }
    if db.pool.dialect() == chakra::dialect::Dialect::MySql {
        let error = Page::query().filter(a("-1").exists()).count(&db.pool).await.unwrap_err();
        assert!(error.to_string().contains("a name that begins with a minus"), "{error}");
    } else {
        assert_found! { db, a("-1").eq("minus") => [5], a("-1").exists() => [5] }
    }
}

const NAMES: [&str; 14] = [
    "plain",
    "with blank",
    "dot.ted",
    "quo\"te",
    "apo'strophe",
    "back\\slash",
    "$",
    "[0]",
    "*",
    "é😀",
    "",
    "a/b",
    "%",
    "?",
];

async fn names_are_literal(db: &TestDb) {
    pages(db, NAMES.iter().map(|name| Some(json!({*name: {"in": *name}, "plain2": 1}))).collect()).await;
    for (id, name) in (1..).zip(NAMES) {
        assert_found! { db,
            Page::data().path([name, "in"]).eq(name) => [id],
            Page::data().has_key(name) => [id],
            Page::data().contains_document(&json!({name: {"in": name}})) => [id],
        }
    }
}

async fn members_are_asked_for(db: &TestDb) {
    pages(
        db,
        vec![
            Some(json!({"a": 1, "b": null})),
            Some(json!({"a": {"c": 1}})),
            Some(json!(["a", "b"])),
            Some(json!("a")),
            Some(json!({"0": "zero"})),
            None,
        ],
    )
    .await;
    assert_found! { db,
        Page::data().has_key("a") => [1, 2],
        Page::data().has_key("b") => [1],
        Page::data().has_key("0") => [5],
        Page::data().has_keys(["a", "b"]) => [1],
        Page::data().has_any_keys(["b", "0"]) => [1, 5],
        Page::data().key("a").has_key("c") => [2],
        Page::data().has_keys(Vec::<String>::new()) => [1, 2, 3, 4, 5],
        Page::data().has_any_keys(Vec::<String>::new()) => [] as [i64; 0],
    }
}

/// Of each pair of documents whether the first contains the second, as PostgreSQL has it.
async fn containment_is_one_rule(db: &TestDb) {
    let documents = [
        json!({"a": 1}),
        json!({"a": [1, 2], "b": {"c": "x", "d": null}}),
        json!([1, 2, [3]]),
        json!([[1, 2]]),
        json!([{"a": 1, "b": 2}]),
        json!(1),
        json!("x"),
        json!([]),
        json!({}),
        json!([true, "1", null]),
        json!({"a": [{"b": [1, {"c": 2}]}]}),
        json!(true),
        json!(null),
        json!({"a": 1.0}),
        json!({"b": {"c": "x "}}),
        json!([1, 1]),
        json!({"a": {}}),
        json!({"a": []}),
    ];
    let parts = [
        json!({"a": 1}),
        json!({"a": [1]}),
        json!({"a": [2, 1]}),
        json!({"b": {"d": null}}),
        json!({"b": {"c": "x"}}),
        json!(1),
        json!([1]),
        json!([[1]]),
        json!([[3]]),
        json!([{"a": 1}]),
        json!([]),
        json!({}),
        json!(null),
        json!([null, true]),
        json!("1"),
        json!({"a": [{"b": [{"c": 2}]}]}),
        json!({"a": {}}),
        json!({"a": []}),
        json!([1, 2, 2]),
        json!("x"),
    ];
    pages(db, documents.iter().cloned().map(Some).chain([None]).collect()).await;
    for part in &parts {
        let expected: Vec<i64> =
            (1..).zip(&documents).filter(|(_, document)| contains(document, part)).map(|(id, _)| id).collect();
        assert_eq!(found(db, Page::data().contains_document(part)).await, expected, "@> {part}");
    }
    for whole in &documents {
        let expected: Vec<i64> =
            (1..).zip(&documents).filter(|(_, document)| contains(whole, document)).map(|(id, _)| id).collect();
        assert_eq!(found(db, Page::data().contained_by_document(whole)).await, expected, "<@ {whole}");
    }
    assert_found! { db,
        Page::data().key("b").contains_document(&json!({"c": "x"})) => [2],
        Page::data().path(["a", "0"]).contains_document(&json!({"b": [1]})) => [11],
        Page::data().key("a").contained_by_document(&json!([1, 2, 3])) => [1, 2, 14, 18],
    }
}

fn contains(document: &Value, part: &Value) -> bool {
    chakra::types::document::contains(&document.to_string(), &part.to_string()).unwrap()
}

/// A strict server fails where a comparison converts what it cannot.
async fn changes_take_conditions_on_documents(db: &TestDb) {
    let values = [json!(1e300), json!(1e-300), json!("text"), json!(null), json!(0.123_456_789_012_345_67), json!([1])];
    pages(db, values.iter().map(|value| Some(json!({"v": value, "t": ["a"]}))).collect()).await;
    let v = || Page::data().key("v");
    let touched =
        Page::query().filter(v().lt(1)).update(Page::data().set(json!({"v": 2}))).execute(&db.pool).await.unwrap();
    assert_eq!(touched, 2);
    assert_eq!(Page::query().filter(v().is_in([2.0, 1e300])).delete().execute(&db.pool).await.unwrap(), 3);
    let held = Page::data().contains_document(&json!({"t": ["a"], "v": [1]}));
    assert_eq!(Page::query().filter(held).delete().execute(&db.pool).await.unwrap(), 1);
    assert_eq!(Page::query().count(&db.pool).await.unwrap(), 2);
}

async fn what_means_nothing_is_refused(db: &TestDb) {
    pages(db, vec![]).await;
    for (condition, reason) in [
        (Page::data().key("v").gt(true), "have an order"),
        (Page::data().key("v").eq(f64::NAN), "NaN is no number in JSON"),
        (Page::data().key("v").between(1, "b"), "from a number to a number"),
        (Page::data().key("nul\0").exists(), "NUL"),
    ] {
        let error = Page::query().filter(condition).count(&db.pool).await.unwrap_err();
        assert_eq!(error.kind(), chakra::ErrorKind::Query);
        assert!(error.to_string().contains(reason), "{error}");
    }
}
