//! The Rust examples of the documentation: each page has a program here that holds its blocks word by word, and runs.
#![cfg(all(feature = "derive", feature = "sqlite", feature = "mysql"))]
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops at the first surprise
#![allow(dead_code, unused_must_use)] // examples show more than they use

#[path = "docs/mixins.rs"]
mod mixins;
#[path = "docs/models.rs"]
mod models;
#[path = "docs/observability.rs"]
mod observability;
#[path = "docs/pools.rs"]
mod pools;
#[path = "docs/postgres_and_mysql.rs"]
mod postgres_and_mysql;
#[path = "docs/queries.rs"]
mod queries;
#[path = "docs/relationships.rs"]
mod relationships;
#[path = "docs/sessions.rs"]
mod sessions;
#[path = "docs/tables.rs"]
mod tables;
#[path = "docs/transactions.rs"]
mod transactions;

use std::path::{Path, PathBuf};

use chakra::schema::TableRef;
use chakra::{Pool, create_tables};

/// A database of one's own with these tables.
async fn pool(tables: &[&TableRef]) -> Pool {
    let pool = chakra::connect("sqlite:///:memory:").await.unwrap();
    create_tables(&pool, tables).await.unwrap();
    pool
}

/// What is left where layout is not counted: neither blanks nor the commas that a list may end in.
fn bare(code: &str) -> String {
    let code: String = code.split_whitespace().collect();
    [",}", ",)", ",]"].iter().fold(code, |code, end| code.replace(end, &end[1..]))
}

/// The blocks of a page that are Rust.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

#[test]
fn every_block_is_part_of_a_program() {
    let mut seen = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let name = page.file_stem().unwrap().to_str().unwrap().replace('-', "_");
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/docs/{name}.rs"));
        for block in blocks(&text) {
            let program = std::fs::read_to_string(&program)
                .unwrap_or_else(|_| panic!("{name}.md has Rust, and there is no {}", program.display()));
            assert!(bare(&program).contains(&bare(block)), "tests/docs/{name}.rs does not hold this block:\n{block}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen} blocks were found");
}
