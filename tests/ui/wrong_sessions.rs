//! What a session does not take, told before the program runs.

use chakra::{Model, Related, Session};

#[derive(Model)]
struct Author {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(foreign_key = "author_id")]
    books: Related<Vec<Book>>,
}

#[derive(Model)]
struct Book {
    #[chakra(primary_key)]
    id: Option<i64>,
    #[chakra(references = "authors.id", on_delete = "CASCADE")]
    author_id: i64,
    #[chakra(foreign_key = "author_id")]
    author: Related<Author>,
}

struct Note;

async fn wrong(pool: &chakra::Pool, author: Author, book: Book) -> chakra::Result<()> {
    let mut session = Session::new(pool);
    let (author, book) = (session.adopt(author), session.adopt(book));
    session.adopt(Note);
    session.assign(book, Book::author(), book)?;
    session.assign(author, Author::books(), book)?;
    Ok(())
}

fn main() {}
