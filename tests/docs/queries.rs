//! `docs/queries.md`.

use chakra::Model;

#[derive(Model)]
#[chakra(table = "books")]
struct Book {
    #[chakra(primary_key)]
    id: Option<i64>,
    title: String,
    year: Option<i32>,
}

#[tokio::test]
async fn statements_written_by_hand() -> chakra::Result<()> {
    let pool = crate::pool(&[Book::table()]).await;
    for (title, year) in [("Emma", Some(1815)), ("Dracula", Some(1897)), ("Beowulf", None)] {
        Book { id: None, title: title.into(), year }.insert(&pool).await?;
    }
    let early: Vec<(String, Option<i32>)> =
        chakra::raw("SELECT title, year FROM books WHERE year < :before ORDER BY year")
            .bind("before", 1900)
            .all(&pool)
            .await?;
    assert_eq!(early[0], ("Emma".into(), Some(1815)));

    let named = chakra::raw("SELECT * FROM books WHERE title IN :titles").bind_all("titles", ["Emma", "Dracula"]);
    let books: Vec<Book> = named.all(&pool).await?;
    assert_eq!(books.len(), 2);

    let count: i64 =
        chakra::raw("SELECT count(*) FROM books WHERE year > :year").bind("year", 1850).scalar(&pool).await?;
    assert_eq!(count, 1);
    let undated = chakra::raw("UPDATE books SET year = :year WHERE year IS NULL").bind("year", 1000);
    assert_eq!(undated.execute(&pool).await?, 1);

    let mut stream = chakra::raw("SELECT * FROM books ORDER BY year").stream::<Book>(&pool);
    while let Some(book) = stream.next().await {
        assert!(book?.year.is_some());
    }
    Ok(())
}
