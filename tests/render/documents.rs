//! Questions about what stands in JSON documents.

use chakra::query::expr::{CompareOp, DocumentPlace};
use chakra::query::lookup::document::{self, Scalar};
use chakra::query::{Expr, Lookup, Projection, Select};
use chakra::schema::{Column, Table, TableRef};
use chakra::types::SqlType;
use insta::assert_snapshot;

use super::support::*;

fn filtered(steps: &[&str], make: impl FnOnce(DocumentPlace) -> Expr) -> String {
    let columns =
        vec![Column::new("id", SqlType::Integer).primary_key(), Column::new("data", SqlType::Json).nullable()];
    let table = TableRef::new(Table::new("Page", "pages", columns).unwrap());
    let steps = steps.iter().map(|step| (*step).to_owned()).collect();
    let place = DocumentPlace::new(Expr::column(&table, 1), steps);
    let mut select = Select::from(&table).filter(make(place));
    select.projection = Projection::Columns(vec![0]);
    statement(select)
}

fn compared(steps: &[&str], op: CompareOp, with: Scalar) -> String {
    filtered(steps, |place| document::compare_at(place, op, with).unwrap())
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.into())
}

fn number(text: &str) -> Scalar {
    Scalar::Number(text.parse().unwrap())
}

#[test]
fn texts_at_a_path() {
    assert_snapshot!(compared(&["author", "na'me"], CompareOp::Eq, text("x")), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_text("data", ?, 'pages', 'data')) = ?  <- 0 JsonPath { elements: 0 }, 1 None
        PostgreSQL: SELECT "id" FROM "pages" WHERE ((CASE WHEN jsonb_typeof(("data" -> $1::text -> $2::text)) = 'string' THEN ("data" -> $3::text -> $4::text) #>> '{}' END) COLLATE "C") = $5  <- 0 Member(0), 0 Member(1), 0 Member(0), 0 Member(1), 1 None
        MySQL: SELECT `id` FROM `pages` WHERE ((CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'STRING' THEN JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) END) COLLATE /*M!100600 utf8mb4_nopad_bin*/ /*!80017 utf8mb4_0900_bin*/) = ?  <- 0 DocumentPath { steps: 2, elements: 0 }, 0 DocumentPath { steps: 2, elements: 0 }, 1 None
    "#);
    assert_snapshot!(compared(&["a"], CompareOp::Ne, text("x")), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE ((chakra_json_text("data", ?, 'pages', 'data')) = ?) IS NOT TRUE  <- 0 JsonPath { elements: 0 }, 1 None
        PostgreSQL: SELECT "id" FROM "pages" WHERE (((CASE WHEN jsonb_typeof(("data" -> $1::text)) = 'string' THEN ("data" -> $2::text) #>> '{}' END) COLLATE "C") = $3) IS NOT TRUE  <- 0 Member(0), 0 Member(0), 1 None
        MySQL: SELECT `id` FROM `pages` WHERE (((CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'STRING' THEN JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) END) COLLATE /*M!100600 utf8mb4_nopad_bin*/ /*!80017 utf8mb4_0900_bin*/) = ?) IS NOT TRUE  <- 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 1 None
    "#);
    assert_snapshot!(filtered(&["a"], |place| document::text_match(place, Lookup::IContains, "%".into())), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE chakra_lower((chakra_json_text("data", ?, 'pages', 'data'))) GLOB chakra_lower(?)  <- 0 JsonPath { elements: 0 }, 1 Glob(Contains)
        PostgreSQL: SELECT "id" FROM "pages" WHERE lower(((CASE WHEN jsonb_typeof(("data" -> $1::text)) = 'string' THEN ("data" -> $2::text) #>> '{}' END) COLLATE "C") COLLATE "und-x-icu") LIKE lower($3 COLLATE "und-x-icu")  <- 0 Member(0), 0 Member(0), 1 Like(Contains)
        MySQL: SELECT `id` FROM `pages` WHERE LOWER(((CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'STRING' THEN JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) END) COLLATE /*M!100600 utf8mb4_nopad_bin*/ /*!80017 utf8mb4_0900_bin*/)) LIKE LOWER(?) ESCAPE '\\'  <- 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 1 Like(Contains)
    "#);
}

#[test]
fn steps_of_digits_may_be_numbers_of_elements() {
    assert_snapshot!(compared(&["tags", "0"], CompareOp::Eq, text("x")), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_text("data", ?, 'pages', 'data')) = ?  <- 0 JsonPath { elements: 2 }, 1 None
        PostgreSQL: SELECT "id" FROM "pages" WHERE ((CASE WHEN jsonb_typeof(("data" -> $1::text #> ARRAY[$2::text])) = 'string' THEN ("data" -> $3::text #> ARRAY[$4::text]) #>> '{}' END) COLLATE "C") = $5  <- 0 Member(0), 0 Member(1), 0 Member(0), 0 Member(1), 1 None
        MySQL: SELECT `id` FROM `pages` WHERE ((CASE WHEN JSON_TYPE(CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'ARRAY' THEN JSON_EXTRACT(`pages`.`data`, ?) ELSE JSON_EXTRACT(`pages`.`data`, ?) END) = 'STRING' THEN JSON_UNQUOTE(CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'ARRAY' THEN JSON_EXTRACT(`pages`.`data`, ?) ELSE JSON_EXTRACT(`pages`.`data`, ?) END) END) COLLATE /*M!100600 utf8mb4_nopad_bin*/ /*!80017 utf8mb4_0900_bin*/) = ?  <- 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 2, elements: 2 }, 0 DocumentPath { steps: 2, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 2, elements: 2 }, 0 DocumentPath { steps: 2, elements: 0 }, 1 None
    "#);
    assert_snapshot!(compared(&["tags", "01"], CompareOp::Eq, text("x")), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_text("data", ?, 'pages', 'data')) = ?  <- 0 JsonPath { elements: 0 }, 1 None
        PostgreSQL: SELECT "id" FROM "pages" WHERE ((CASE WHEN jsonb_typeof(("data" -> $1::text -> $2::text)) = 'string' THEN ("data" -> $3::text -> $4::text) #>> '{}' END) COLLATE "C") = $5  <- 0 Member(0), 0 Member(1), 0 Member(0), 0 Member(1), 1 None
        MySQL: SELECT `id` FROM `pages` WHERE ((CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'STRING' THEN JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) END) COLLATE /*M!100600 utf8mb4_nopad_bin*/ /*!80017 utf8mb4_0900_bin*/) = ?  <- 0 DocumentPath { steps: 2, elements: 0 }, 0 DocumentPath { steps: 2, elements: 0 }, 1 None
    "#);
    assert_snapshot!(filtered(&["0", "0", "0", "0", "0"], document::exists), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_type("data", ?, 'pages', 'data') IS NOT NULL)  <- 0 JsonPath { elements: 31 }
        PostgreSQL: SELECT "id" FROM "pages" WHERE (("data" #> ARRAY[$1::text] #> ARRAY[$2::text] #> ARRAY[$3::text] #> ARRAY[$4::text] #> ARRAY[$5::text]) IS NOT NULL)  <- 0 Member(0), 0 Member(1), 0 Member(2), 0 Member(3), 0 Member(4)
        MySQL! MySQL does not support a path into JSON with more than 4 steps that may be numbers of elements
    "#);
    assert_snapshot!(filtered(&["a"; 65], document::exists), @r#"
        SQLite! SQLite does not support a path into JSON of more than 64 steps
        PostgreSQL! PostgreSQL does not support a path into JSON of more than 64 steps
        MySQL! MySQL does not support a path into JSON of more than 64 steps
    "#);
}

#[test]
fn numbers_at_a_path() {
    assert_snapshot!(compared(&["n"], CompareOp::Lt, number("1.5")), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE chakra_json_number("data", ?, 'pages', 'data') COLLATE chakra_decimal < ?  <- 0 JsonPath { elements: 0 }, 1 None
        PostgreSQL: SELECT "id" FROM "pages" WHERE CASE WHEN jsonb_typeof(("data" -> $1::text)) = 'number' THEN (("data" -> $2::text) #>> '{}')::numeric END < $3  <- 0 Member(0), 0 Member(0), 1 None
        MySQL: SELECT `id` FROM `pages` WHERE CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN CASE WHEN CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DOUBLE) = ? THEN CASE WHEN ABS(CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DOUBLE)) BETWEEN 1e-12 AND 1e34 THEN CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DECIMAL(65, 30)) < CAST(? AS DECIMAL(65, 30)) WHEN ABS(CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DOUBLE)) BETWEEN 1e34 AND 1e64 THEN CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DECIMAL(65, 0)) < CAST(? AS DECIMAL(65, 0)) ELSE FALSE END ELSE CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DOUBLE) < ? END END  <- 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 1 Float, 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 1 DecimalText, 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 1 DecimalText, 0 DocumentPath { steps: 1, elements: 0 }, 1 Float
    "#);
    assert_snapshot!(filtered(&["n"], |place| document::one_of(&place, vec![number("1"), number("2")])), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE chakra_json_number("data", ?, 'pages', 'data') COLLATE chakra_decimal IN (SELECT value FROM json_each(?))  <- 0 JsonPath { elements: 0 }, 1 JsonList
        PostgreSQL: SELECT "id" FROM "pages" WHERE CASE WHEN jsonb_typeof(("data" -> $1::text)) = 'number' THEN (("data" -> $2::text) #>> '{}')::numeric END = ANY($3)  <- 0 Member(0), 0 Member(0), 1 None
        MySQL: SELECT `id` FROM `pages` WHERE CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN EXISTS (SELECT 1 FROM JSON_TABLE(?, '$[*]' COLUMNS (chakra_n LONGTEXT PATH '$' ERROR ON ERROR)) AS chakra_m WHERE CAST(chakra_n AS DOUBLE) = CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DOUBLE) AND CASE WHEN ABS(CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DOUBLE)) BETWEEN 1e-12 AND 1e34 THEN CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DECIMAL(65, 30)) = CAST(chakra_n AS DECIMAL(65, 30)) WHEN ABS(CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DOUBLE)) BETWEEN 1e34 AND 1e64 THEN CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS DECIMAL(65, 0)) = CAST(chakra_n AS DECIMAL(65, 0)) ELSE TRUE END) END  <- 0 DocumentPath { steps: 1, elements: 0 }, 1 JsonList, 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }
    "#);
}

#[test]
fn what_has_one_value_only() {
    assert_snapshot!(compared(&["a"], CompareOp::Eq, Scalar::Boolean(true)), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_type("data", ?, 'pages', 'data') = 'true')  <- 0 JsonPath { elements: 0 }
        PostgreSQL: SELECT "id" FROM "pages" WHERE (("data" -> $1::text) = 'true'::jsonb)  <- 0 Member(0)
        MySQL: SELECT `id` FROM `pages` WHERE (JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'BOOLEAN' AND CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS BINARY) = CAST('true' AS BINARY))  <- 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }
    "#);
    assert_snapshot!(compared(&["a"], CompareOp::Ne, Scalar::Null), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE ((chakra_json_type("data", ?, 'pages', 'data') = 'null')) IS NOT TRUE  <- 0 JsonPath { elements: 0 }
        PostgreSQL: SELECT "id" FROM "pages" WHERE ((("data" -> $1::text) = 'null'::jsonb)) IS NOT TRUE  <- 0 Member(0)
        MySQL: SELECT `id` FROM `pages` WHERE ((JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'NULL')) IS NOT TRUE  <- 0 DocumentPath { steps: 1, elements: 0 }
    "#);
    assert_snapshot!(compared(&["a"], CompareOp::Eq, Scalar::Missing), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE ((chakra_json_type("data", ?, 'pages', 'data') IS NOT NULL)) IS NOT TRUE  <- 0 JsonPath { elements: 0 }
        PostgreSQL: SELECT "id" FROM "pages" WHERE (("data" ? $1::text AND jsonb_typeof("data") = 'object')) IS NOT TRUE  <- 0 Member(0)
        MySQL: SELECT `id` FROM `pages` WHERE ((JSON_EXTRACT(`pages`.`data`, ?) IS NOT NULL)) IS NOT TRUE  <- 0 DocumentPath { steps: 1, elements: 0 }
    "#);
    assert_snapshot!(compared(&[], CompareOp::Eq, Scalar::Null), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_type("data", '[]', 'pages', 'data') = 'null')
        PostgreSQL: SELECT "id" FROM "pages" WHERE ("data" = 'null'::jsonb)
        MySQL: SELECT `id` FROM `pages` WHERE (JSON_TYPE(JSON_EXTRACT(`pages`.`data`, '$')) = 'NULL')
    "#);
}

#[test]
fn members_of_an_object() {
    assert_snapshot!(filtered(&[], |place| document::has_keys(&place, &["a".into(), "0".into()])), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_type("data", ?, 'pages', 'data') IS NOT NULL) AND (chakra_json_type("data", ?, 'pages', 'data') IS NOT NULL)  <- 0 JsonPath { elements: 0 }, 1 JsonPath { elements: 0 }
        PostgreSQL: SELECT "id" FROM "pages" WHERE ("data" ? $1::text AND jsonb_typeof("data") = 'object') AND ("data" ? $2::text AND jsonb_typeof("data") = 'object')  <- 0 Member(0), 1 Member(0)
        MySQL: SELECT `id` FROM `pages` WHERE (JSON_EXTRACT(`pages`.`data`, ?) IS NOT NULL) AND (JSON_EXTRACT(`pages`.`data`, ?) IS NOT NULL)  <- 0 DocumentPath { steps: 1, elements: 0 }, 1 DocumentPath { steps: 1, elements: 0 }
    "#);
    assert_snapshot!(filtered(&["b"], |place| document::has_any_keys(&place, &["a".into(), "c".into()])), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_type("data", ?, 'pages', 'data') IS NOT NULL) OR (chakra_json_type("data", ?, 'pages', 'data') IS NOT NULL)  <- 0 JsonPath { elements: 0 }, 1 JsonPath { elements: 0 }
        PostgreSQL: SELECT "id" FROM "pages" WHERE (("data" -> $1::text) ? $2::text AND jsonb_typeof(("data" -> $3::text)) = 'object') OR (("data" -> $4::text) ? $5::text AND jsonb_typeof(("data" -> $6::text)) = 'object')  <- 0 Member(0), 0 Member(1), 0 Member(0), 1 Member(0), 1 Member(1), 1 Member(0)
        MySQL: SELECT `id` FROM `pages` WHERE (JSON_EXTRACT(`pages`.`data`, ?) IS NOT NULL) OR (JSON_EXTRACT(`pages`.`data`, ?) IS NOT NULL)  <- 0 DocumentPath { steps: 2, elements: 0 }, 1 DocumentPath { steps: 2, elements: 0 }
    "#);
}

#[test]
fn containment() {
    let contains = |part: &str| filtered(&["a"], |place| document::contains_document(place, part.into()).unwrap());
    let contained = |whole: &str| filtered(&[], |place| document::contained_by_document(place, whole.into()).unwrap());
    assert_snapshot!(contains(r#"{"b": "x", "c": {"d": null}}"#), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_contains("data", ?, ?, 'pages', 'data'))  <- 0 JsonPath { elements: 0 }, 1 None
        PostgreSQL: SELECT "id" FROM "pages" WHERE (("data" -> $1::text) @> $2::jsonb)  <- 0 Member(0), 1 None
        MySQL: SELECT `id` FROM `pages` WHERE (JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'OBJECT' AND (JSON_TYPE(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, ?), ?)) = 'STRING' AND CAST(JSON_UNQUOTE(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, ?), ?)) AS BINARY) = CAST(? AS BINARY)) AND (JSON_TYPE(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, ?), ?)) = 'OBJECT' AND (JSON_TYPE(JSON_EXTRACT(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, ?), ?), ?)) = 'NULL')))  <- 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 1 LeafPath(0), 0 DocumentPath { steps: 1, elements: 0 }, 1 LeafPath(0), 1 LeafText(1), 0 DocumentPath { steps: 1, elements: 0 }, 1 LeafPath(2), 0 DocumentPath { steps: 1, elements: 0 }, 1 LeafPath(2), 1 LeafPath(3)
    "#);
    assert_snapshot!(contains("[1]"), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_contains("data", ?, ?, 'pages', 'data'))  <- 0 JsonPath { elements: 0 }, 1 None
        PostgreSQL: SELECT "id" FROM "pages" WHERE (("data" -> $1::text) @> $2::jsonb)  <- 0 Member(0), 1 None
        MySQL: SELECT `id` FROM `pages` WHERE (JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'ARRAY' AND EXISTS (SELECT 1 FROM JSON_TABLE(CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'ARRAY' THEN JSON_EXTRACT(`pages`.`data`, ?) ELSE '[]' END, '$[*]' COLUMNS (chakra_v JSON PATH '$')) AS chakra_e0 WHERE CASE WHEN JSON_TYPE(chakra_e0.chakra_v) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN CASE WHEN CAST(JSON_UNQUOTE(chakra_e0.chakra_v) AS DOUBLE) = ? THEN CASE WHEN ABS(CAST(JSON_UNQUOTE(chakra_e0.chakra_v) AS DOUBLE)) BETWEEN 1e-12 AND 1e34 THEN CAST(JSON_UNQUOTE(chakra_e0.chakra_v) AS DECIMAL(65, 30)) = CAST(? AS DECIMAL(65, 30)) WHEN ABS(CAST(JSON_UNQUOTE(chakra_e0.chakra_v) AS DOUBLE)) BETWEEN 1e34 AND 1e64 THEN CAST(JSON_UNQUOTE(chakra_e0.chakra_v) AS DECIMAL(65, 0)) = CAST(? AS DECIMAL(65, 0)) ELSE TRUE END ELSE CAST(JSON_UNQUOTE(chakra_e0.chakra_v) AS DOUBLE) = ? END END))  <- 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 1 LeafFloat(0), 1 LeafText(0), 1 LeafText(0), 1 LeafFloat(0)
    "#);
    assert_snapshot!(contains("true"), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_contains("data", ?, ?, 'pages', 'data'))  <- 0 JsonPath { elements: 0 }, 1 None
        PostgreSQL: SELECT "id" FROM "pages" WHERE (("data" -> $1::text) @> $2::jsonb)  <- 0 Member(0), 1 None
        MySQL: SELECT `id` FROM `pages` WHERE ((JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'BOOLEAN' AND CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, ?)) AS BINARY) = CAST('true' AS BINARY) OR (EXISTS (SELECT 1 FROM JSON_TABLE(CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, ?)) = 'ARRAY' THEN JSON_EXTRACT(`pages`.`data`, ?) ELSE '[]' END, '$[*]' COLUMNS (chakra_v JSON PATH '$')) AS chakra_e0 WHERE JSON_TYPE(chakra_e0.chakra_v) = 'BOOLEAN' AND CAST(JSON_UNQUOTE(chakra_e0.chakra_v) AS BINARY) = CAST('true' AS BINARY)))) AND ? IS NOT NULL)  <- 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 0 DocumentPath { steps: 1, elements: 0 }, 1 None
    "#);
    assert_snapshot!(contained(r#"{"b": 1}"#), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_contained("data", '[]', ?, 'pages', 'data'))
        PostgreSQL: SELECT "id" FROM "pages" WHERE ("data" <@ $1::jsonb)
        MySQL: SELECT `id` FROM `pages` WHERE (JSON_TYPE(JSON_EXTRACT(`pages`.`data`, '$')) = 'OBJECT' AND JSON_LENGTH(JSON_EXTRACT(`pages`.`data`, '$')) = 0 + (JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, '$'), ?) IS NOT NULL) AND (JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, '$'), ?) IS NULL OR (CASE WHEN JSON_TYPE(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, '$'), ?)) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN CASE WHEN CAST(JSON_UNQUOTE(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, '$'), ?)) AS DOUBLE) = ? THEN CASE WHEN ABS(CAST(JSON_UNQUOTE(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, '$'), ?)) AS DOUBLE)) BETWEEN 1e-12 AND 1e34 THEN CAST(JSON_UNQUOTE(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, '$'), ?)) AS DECIMAL(65, 30)) = CAST(? AS DECIMAL(65, 30)) WHEN ABS(CAST(JSON_UNQUOTE(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, '$'), ?)) AS DOUBLE)) BETWEEN 1e34 AND 1e64 THEN CAST(JSON_UNQUOTE(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, '$'), ?)) AS DECIMAL(65, 0)) = CAST(? AS DECIMAL(65, 0)) ELSE TRUE END ELSE CAST(JSON_UNQUOTE(JSON_EXTRACT(JSON_EXTRACT(`pages`.`data`, '$'), ?)) AS DOUBLE) = ? END END)))  <- 0 LeafPath(0), 0 LeafPath(0), 0 LeafPath(0), 0 LeafPath(0), 0 LeafFloat(1), 0 LeafPath(0), 0 LeafPath(0), 0 LeafText(1), 0 LeafPath(0), 0 LeafPath(0), 0 LeafText(1), 0 LeafPath(0), 0 LeafFloat(1)
    "#);
    assert_snapshot!(contained("[\"x\"]"), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_contained("data", '[]', ?, 'pages', 'data'))
        PostgreSQL: SELECT "id" FROM "pages" WHERE ("data" <@ $1::jsonb)
        MySQL: SELECT `id` FROM `pages` WHERE (JSON_TYPE(JSON_EXTRACT(`pages`.`data`, '$')) = 'ARRAY' AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, '$')) = 'ARRAY' THEN JSON_EXTRACT(`pages`.`data`, '$') ELSE '[]' END, '$[*]' COLUMNS (chakra_v JSON PATH '$')) AS chakra_e0 WHERE (FALSE OR (JSON_TYPE(chakra_e0.chakra_v) = 'STRING' AND CAST(JSON_UNQUOTE(chakra_e0.chakra_v) AS BINARY) = CAST(? AS BINARY))) IS NOT TRUE) OR (JSON_TYPE(JSON_EXTRACT(`pages`.`data`, '$')) = 'STRING' AND CAST(JSON_UNQUOTE(JSON_EXTRACT(`pages`.`data`, '$')) AS BINARY) = CAST(? AS BINARY)))  <- 0 LeafText(0), 0 LeafText(0)
    "#);
    assert_snapshot!(contained("[]"), @r#"
        SQLite: SELECT "id" FROM "pages" WHERE (chakra_json_contained("data", '[]', ?, 'pages', 'data'))
        PostgreSQL: SELECT "id" FROM "pages" WHERE ("data" <@ $1::jsonb)
        MySQL: SELECT `id` FROM `pages` WHERE ((JSON_TYPE(JSON_EXTRACT(`pages`.`data`, '$')) = 'ARRAY' AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(CASE WHEN JSON_TYPE(JSON_EXTRACT(`pages`.`data`, '$')) = 'ARRAY' THEN JSON_EXTRACT(`pages`.`data`, '$') ELSE '[]' END, '$[*]' COLUMNS (chakra_v JSON PATH '$')) AS chakra_e0 WHERE (FALSE) IS NOT TRUE)) AND ? IS NOT NULL)
    "#);
}
