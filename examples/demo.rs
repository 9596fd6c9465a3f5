//! A tour: a small bookshop in a temporary SQLite file.
//!
//! `cargo run --example demo --features sqlite`
#![allow(clippy::print_stdout)] // it is what a tour is for

use std::path::PathBuf;

use chakra::{Error, ErrorKind, Model, Pool, Result};
use rust_decimal::Decimal;
use serde::Deserialize;

/// A writer. The key is plain, because the data set brings it.
#[derive(Model, Debug, Deserialize)]
struct Author {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(length = 100, unique)]
    name: String,
    born: Option<i32>,
    died: Option<i32>,
    country: String,
}

/// A title in the shop, found by the code on its label.
#[derive(Model, Debug)]
struct Book {
    #[chakra(primary_key, length = 10)]
    code: String,
    #[chakra(length = 200)]
    title: String,
    #[chakra(index)]
    author_id: i64,
    year: Option<i32>,
    #[chakra(precision = 8, scale = 2)]
    price: Decimal,
    copies: i32,
}

/// A sale. The database makes the key, so it is None until the object is stored.
#[derive(Model, Debug)]
struct Sale {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(index, length = 10)]
    book_code: String,
    price: Decimal,
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let file = std::env::temp_dir().join(format!("chakra-demo-{}.db", std::process::id()));
    let pool = chakra::connect(&format!("sqlite:///{}", file.display())).await?;
    let outcome = tour(&pool).await;
    pool.close().await;
    remove(&file)?;
    outcome
}

async fn tour(pool: &Pool) -> std::result::Result<(), Box<dyn std::error::Error>> {
    chakra::create_all(pool).await?;
    load(pool).await?;
    search(pool).await?;
    change(pool).await?;
    sell(pool).await?;
    mistakes(pool).await?;
    Ok(())
}

/// Reads the data set that the project ships and writes it in one call for each table.
async fn load(pool: &Pool) -> std::result::Result<(), Box<dyn std::error::Error>> {
    #[derive(Deserialize)]
    struct Shop {
        authors: Vec<Author>,
        books: Vec<Entry>,
    }

    #[derive(Deserialize)]
    struct Entry {
        code: String,
        title: String,
        author_id: i64,
        year: Option<i32>,
        price: String,
        copies: i32,
    }

    let mut shop: Shop = serde_json::from_str(include_str!("data/books.json"))?;
    let authors = Author::bulk_insert(&mut shop.authors, pool).await?;
    let mut books = Vec::new();
    for Entry { code, title, author_id, year, price, copies } in shop.books {
        books.push(Book { code, title, author_id, year, price: price.parse()?, copies });
    }
    let books = Book::bulk_insert(&mut books, pool).await?;
    println!("loaded {authors} authors and {books} books into {}\n", pool.url());
    Ok(())
}

async fn search(pool: &Pool) -> Result<()> {
    println!("French novels after 1840, dearest first");
    let french: Vec<i64> = Author::query()
        .filter(Author::country().eq("France"))
        .all(pool)
        .await?
        .iter()
        .map(|author| author.id)
        .collect();
    let novels = Book::query()
        .filter(Book::author_id().is_in(french).and(Book::year().gt(1840)))
        .order_by((Book::price().desc(), Book::title()))
        .limit(5);
    for book in novels.all(pool).await? {
        println!("  {:>6}  {} ({})", book.price, book.title, book.year.unwrap_or_default());
    }

    let undated = Book::query().filter(Book::year().is_null());
    let others = Book::query().exclude(Book::year().gte(1800));
    println!(
        "\n{} books have no year; {} are not known to be from 1800 or later",
        undated.count(pool).await?,
        others.count(pool).await?
    );
    let holmes = Book::query().filter(Book::title().icontains("sherlock")).one(pool).await?;
    println!("the one with Sherlock in its title is {}", holmes.code);

    let (mut stock, mut books) = (Decimal::ZERO, Book::query().stream(pool));
    while let Some(book) = books.next().await {
        let book = book?;
        stock += book.price * Decimal::from(book.copies);
    }
    println!("the stock is worth {stock}\n");
    Ok(())
}

async fn change(pool: &Pool) -> Result<()> {
    let mut emma = Book::query().filter(Book::title().eq("Emma")).one(pool).await?;
    emma.copies += 3;
    emma.update(pool).await?;
    println!("Emma: {} copies after a delivery", Book::get(emma.code, pool).await?.copies);

    let reduced = Book::query().filter(Book::copies().gte(12)).update(Book::price().set(Decimal::new(499, 2)));
    println!("{} books on the table at the door cost 4.99 now", reduced.execute(pool).await?);
    let gone = Book::query().filter(Book::copies().eq(0)).delete().execute(pool).await?;
    println!("{gone} sold-out title left the catalogue\n");
    Ok(())
}

/// Sells a book in a transaction: both rows are written, or none.
async fn sell_one(title: &str, pool: &Pool) -> Result<Sale> {
    pool.transaction(async |tx| {
        let mut book = Book::query().filter(Book::title().eq(title)).one(tx).await?;
        let mut sale = Sale { id: None, book_code: book.code.clone(), price: book.price };
        sale.insert(tx).await?;
        book.copies -= 1;
        if book.copies < 0 {
            return Err(Error::query(format!("{title} is sold out")));
        }
        book.update(tx).await?;
        Ok(sale)
    })
    .await
}

async fn sell(pool: &Pool) -> Result<()> {
    for _ in 0..3 {
        match sell_one("Bleak House", pool).await {
            Ok(sale) => println!("sale {}: {} for {}", sale.id.unwrap_or_default(), sale.book_code, sale.price),
            Err(error) => println!("no sale: {error}"),
        }
    }
    println!("{} sales are in the books: the failed one was rolled back\n", Sale::query().count(pool).await?);
    Ok(())
}

async fn mistakes(pool: &Pool) -> Result<()> {
    let mut twin = Author { id: 99, name: "Homer".into(), born: None, died: None, country: "Greece".into() };
    match twin.insert(pool).await {
        Err(error) if error.kind() == ErrorKind::UniqueViolation => println!("a second Homer is refused: {error}"),
        other => other?,
    }
    let lasting = Author::query().order_by(Author::died().desc().nulls_last()).first(pool).await?;
    if let Some(Author { name, born: Some(born), died: Some(died), .. }) = lasting {
        println!("the last of them to die was {name} ({born}–{died})");
    }
    Ok(())
}

fn remove(file: &PathBuf) -> std::io::Result<()> {
    for suffix in ["-wal", "-shm"] {
        let beside = PathBuf::from(format!("{}{suffix}", file.display()));
        if beside.exists() {
            std::fs::remove_file(beside)?;
        }
    }
    std::fs::remove_file(file)
}
