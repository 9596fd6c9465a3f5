//! What a prefetch asks for: one statement a step.

use chakra::engine::Step;
use chakra::query::{Order, Param, Select};
use chakra::schema::relationship::Link;
use chakra::schema::{Column, ForeignKey, Table, TableRef};
use chakra::types::{SqlType, Value};
use insta::assert_snapshot;

use super::support::{statement, text};

fn table(model: &str, name: &str, fields: &[&str], keys: usize, referred: &[(&str, Vec<usize>)]) -> TableRef {
    let column = |(at, name): (usize, &&str)| {
        let column = Column::new(*name, if *name == "hall" { SqlType::Text } else { SqlType::BigInteger });
        if at < keys { column.primary_key() } else { column }
    };
    let mut table = Table::new(model, name, fields.iter().enumerate().map(column).collect()).unwrap();
    table.foreign_keys = referred
        .iter()
        .map(|(target, columns)| ForeignKey::new("fk", columns.clone(), *target, vec!["id".into()]))
        .collect();
    TableRef::new(table)
}

fn key(values: &[i64]) -> Vec<Value> {
    values.iter().map(|value| Value::Integer(*value)).collect()
}

#[test]
fn keys_of_one_column_are_one_parameter() {
    let authors = table("Author", "authors", &["id", "name"], 1, &[]);
    let books = table("Book", "books", &["id", "author_id"], 1, &[("authors", vec![1])]);
    let link = Link::Backward { own: vec![0], target: vec![1] };
    let step = Step::along(&link, &authors, &books, None).unwrap();
    let mut select = Select::from(&books);
    let keys = || vec![key(&[1]), key(&[2]), key(&[3])];
    assert_snapshot!(statement(step.query(&select, keys())), @r#"
    SQLite: SELECT "id", "author_id" FROM "books" WHERE "author_id" IN (SELECT value FROM json_each(?))  <- 0 JsonList
    PostgreSQL: SELECT "id", "author_id" FROM "books" WHERE "author_id" = ANY($1)
    MySQL: SELECT `id`, `author_id` FROM `books` WHERE `author_id` IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT PATH '$' ERROR ON ERROR)) AS members)  <- 0 JsonListWithin { before: 35, after: 30 }
    "#);
    select.order_by = vec![Order::descending(&books, 0)];
    select.limit = Some(Param(Value::Integer(2)));
    assert_snapshot!(statement(step.query(&select, keys())), @r#"
    SQLite: SELECT c0, c1 FROM (SELECT "id" AS c0, "author_id" AS c1, ROW_NUMBER() OVER (PARTITION BY "author_id" ORDER BY "id" DESC) AS number FROM "books" WHERE "author_id" IN (SELECT value FROM json_each(?))) AS numbered WHERE number <= ? ORDER BY number  <- 0 JsonList, 1 None
    PostgreSQL: SELECT c0, c1 FROM (SELECT "id" AS c0, "author_id" AS c1, ROW_NUMBER() OVER (PARTITION BY "author_id" ORDER BY "id" DESC) AS number FROM "books" WHERE "author_id" = ANY($1)) AS numbered WHERE number <= $2 ORDER BY number
    MySQL: SELECT c0, c1 FROM (SELECT `id` AS c0, `author_id` AS c1, ROW_NUMBER() OVER (PARTITION BY `author_id` ORDER BY `id` DESC) AS number FROM `books` WHERE `author_id` IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT PATH '$' ERROR ON ERROR)) AS members)) AS numbered WHERE number <= ? ORDER BY number  <- 0 JsonListWithin { before: 35, after: 30 }, 1 None
    "#);
}

#[test]
fn few_keys_of_several_columns_are_written_out_and_many_are_one_parameter() {
    let shelves = table("Shelf", "shelves", &["hall", "number"], 2, &[]);
    let crates = table("Crate", "crates", &["id", "hall", "number"], 1, &[]);
    let link = Link::Backward { own: vec![0, 1], target: vec![1, 2] };
    let step = Step::along(&link, &shelves, &crates, None).unwrap();
    let keys = |number: i64| (0..number).map(|number| vec![text("a"), Value::Integer(number)]).collect();
    assert_snapshot!(statement(step.query(&Select::from(&crates), keys(2))), @r#"
    SQLite: SELECT "id", "hall", "number" FROM "crates" WHERE ("hall" = ? AND "number" = ?) OR ("hall" = ? AND "number" = ?)
    PostgreSQL: SELECT "id", "hall", "number" FROM "crates" WHERE ("hall" = $1 AND "number" = $2) OR ("hall" = $3 AND "number" = $4)
    MySQL: SELECT `id`, `hall`, `number` FROM `crates` WHERE (`hall` = ? AND `number` = ?) OR (`hall` = ? AND `number` = ?)
    "#);
    assert_snapshot!(statement(step.query(&Select::from(&crates), keys(1_001))), @r#"
    SQLite: SELECT "id", "hall", "number" FROM "crates" WHERE ("hall" IN (SELECT json_extract(value, '$[0]') FROM json_each(?)) AND CASE WHEN ("hall", "number") IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)) THEN TRUE ELSE FALSE END)  <- 0 JsonKeys { columns: 2 }, 0 JsonKeys { columns: 2 }
    PostgreSQL: SELECT "id", "hall", "number" FROM "crates" WHERE ("hall", "number") IN (SELECT * FROM unnest($1, $2))  <- 0 KeysColumn { number: 0, columns: 2, kind: Text }, 0 KeysColumn { number: 1, columns: 2, kind: Integer }
    MySQL: SELECT `id`, `hall`, `number` FROM `crates` WHERE (`hall`, `number`) IN (SELECT JSON_UNQUOTE(v0), v1 FROM JSON_TABLE(?, '$[*]' COLUMNS (v0 JSON PATH '$[0]' ERROR ON ERROR, v1 BIGINT PATH '$[1]' ERROR ON ERROR)) AS members)  <- 0 JsonKeys { columns: 2 }
    "#);
}

#[test]
fn a_junction_is_read_together_with_what_is_behind_it() {
    let posts = table("Post", "posts", &["id"], 1, &[]);
    let tags = table("Tag", "tags", &["id", "rank"], 1, &[]);
    let both = [("posts", vec![0]), ("tags", vec![1])];
    let pairs = table("PostTag", "post_tags", &["post_id", "tag_id"], 2, &both);
    let link = |to_own, to_target| Link::Junction { own: vec![0], to_own, to_target, target: vec![0] };
    let step = Step::along(&link(vec![0], vec![1]), &posts, &tags, Some(&pairs)).unwrap();
    assert_snapshot!(statement(step.query(&Select::from(&tags), vec![key(&[1])])), @r#"
    SQLite: SELECT t0."post_id", t1."id", t1."rank" FROM "post_tags" AS t0 LEFT JOIN "tags" AS t1 ON t1."id" = t0."tag_id" WHERE t0."post_id" IN (SELECT value FROM json_each(?))  <- 0 JsonList
    PostgreSQL: SELECT t0."post_id", t1."id", t1."rank" FROM "post_tags" AS t0 LEFT JOIN "tags" AS t1 ON t1."id" = t0."tag_id" WHERE t0."post_id" = ANY($1)
    MySQL: SELECT t0.`post_id`, t1.`id`, t1.`rank` FROM `post_tags` AS t0 LEFT JOIN `tags` AS t1 ON t1.`id` = t0.`tag_id` WHERE t0.`post_id` IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT PATH '$' ERROR ON ERROR)) AS members)  <- 0 JsonListWithin { before: 35, after: 30 }
    "#);

    // A pair may stand there twice, and a row of the junction may lead to nothing.
    let both = [("posts", vec![1]), ("tags", vec![2])];
    let mut evenings = (*table("PostTag", "post_tags", &["id", "post_id", "tag_id"], 1, &both)).clone();
    evenings.columns[2].nullable = true;
    let step = Step::along(&link(vec![1], vec![2]), &posts, &tags, Some(&TableRef::new(evenings))).unwrap();
    let mut select = Select::from(&tags);
    select.order_by = vec![Order::ascending(&tags, 1)];
    select.limit = Some(Param(Value::Integer(2)));
    assert_snapshot!(statement(step.query(&select, vec![key(&[1])])), @r#"
    SQLite: SELECT c0, c1, c2 FROM (SELECT t0."post_id" AS c0, t1."id" AS c1, t1."rank" AS c2, DENSE_RANK() OVER (PARTITION BY t0."post_id" ORDER BY t1."rank" NULLS LAST, t0."tag_id") AS number FROM "post_tags" AS t0 LEFT JOIN "tags" AS t1 ON t1."id" = t0."tag_id" WHERE t0."post_id" IN (SELECT value FROM json_each(?)) AND t1."id" IS NOT NULL) AS numbered WHERE number <= ? ORDER BY number  <- 0 JsonList, 1 None
    PostgreSQL: SELECT c0, c1, c2 FROM (SELECT t0."post_id" AS c0, t1."id" AS c1, t1."rank" AS c2, DENSE_RANK() OVER (PARTITION BY t0."post_id" ORDER BY t1."rank", t0."tag_id") AS number FROM "post_tags" AS t0 LEFT JOIN "tags" AS t1 ON t1."id" = t0."tag_id" WHERE t0."post_id" = ANY($1) AND t1."id" IS NOT NULL) AS numbered WHERE number <= $2 ORDER BY number
    MySQL: SELECT c0, c1, c2 FROM (SELECT t0.`post_id` AS c0, t1.`id` AS c1, t1.`rank` AS c2, DENSE_RANK() OVER (PARTITION BY t0.`post_id` ORDER BY t1.`rank` IS NULL, t1.`rank`, t0.`tag_id`) AS number FROM `post_tags` AS t0 LEFT JOIN `tags` AS t1 ON t1.`id` = t0.`tag_id` WHERE t0.`post_id` IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT PATH '$' ERROR ON ERROR)) AS members) AND t1.`id` IS NOT NULL) AS numbered WHERE number <= ? ORDER BY number  <- 0 JsonListWithin { before: 35, after: 30 }, 1 None
    "#);
}
